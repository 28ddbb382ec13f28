// What a row of our tables says, in the words that several SDKs want.
const fs = require('fs');

const shop = 'https://shop.example';

// events reads what the second argument names.
exports.events = () => JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));

// host is where to send.
exports.host = process.argv[2];

// address is that of a page.
exports.address = (e) => new URL(shop + e.page).href;

// link is the address of a page; where a visit lands it also says what brought it.
exports.link = (e) => {
	const url = new URL(exports.address(e));
	for (const [key, column] of [['utm_source', 'utm_source'], ['utm_medium', 'utm_medium'],
		['utm_campaign', 'campaign_id']]) {
		if (e.utm_source !== undefined && e[column] !== undefined) {
			url.searchParams.set(key, e[column]);
		}
	}
	return url.href;
};

// when is the time of an event.
exports.when = (e) => new Date(e.event_time);

// some leaves out what is undefined.
exports.some = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));

// inApp says whether it happened in the app.
exports.inApp = (e) => e.touchpoint === 'app';
