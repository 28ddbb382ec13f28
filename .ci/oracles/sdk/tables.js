// What a row of our tables says, in the words that several SDKs want.
const fs = require('fs');

const shop = 'https://shop.example';

// events reads what the second argument names.
exports.events = () => JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));

// host is where to send.
exports.host = process.argv[2];

// address is that of a page.
exports.address = (e) => new URL(shop + e.page).href;

// link is the address of a page; where a visit lands it also says what brought it, and of an advert
// which click: the number of the event, to the base of 36.
exports.link = (e) => {
	const url = new URL(exports.address(e));
	for (const [key, column] of [['utm_source', 'utm_source'], ['utm_medium', 'utm_medium'],
		['utm_campaign', 'campaign_id']]) {
		if (e.utm_source !== undefined && e[column] !== undefined) {
			url.searchParams.set(key, e[column]);
		}
	}
	if (e.utm_source !== undefined && e.paid) {
		url.searchParams.set('pclid', BigInt(e.event_id).toString(36));
	}
	return url.href;
};

// when is the time of an event.
exports.when = (e) => new Date(e.event_time);

// some leaves out what is undefined.
exports.some = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));

// inApp says whether an event came from the app.
exports.inApp = (e) => e.device_type === 'app';

// identified says whether anybody could tell whose an event is, and owner which id tells it.
exports.identified = (e) => Boolean(exports.owner(e));
exports.owner = (e) => e.user_id || e.device_id || e.order_id;

// introduces says whether an event tells who somebody is: she signs up, logs in, or becomes known by
// an order.
exports.introduces = (e) => ['sign_up', 'login'].includes(e.event_type) ||
	Boolean(e.event_type === 'purchase' && e.user_id && e.customer &&
		e.customer.identified_at === e.event_time);

// began is when the visit of an event began. The events are picked from the middle of visits, and
// for those it is the midnight before.
exports.began = (e) => new Date(exports.when(e).setUTCHours(0, 0, 0, 0));

// uuid is one of our ids where a system wants a UUID; timed is one that begins with a time.
exports.uuid = (id) => {
	let high = BigInt.asUintN(64, BigInt(id) * 0x9e3779b97f4a7c15n);
	high ^= high >> 29n;
	return halves(high & ~0xf000n | 0x8000n, BigInt(id));
};
exports.timed = (when, id) => halves(BigInt(when.getTime()) << 16n | 0x7000n, BigInt(id));

const halves = (high, low) => {
	const hex = high.toString(16).padStart(16, '0') + (low | 1n << 63n).toString(16);
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
