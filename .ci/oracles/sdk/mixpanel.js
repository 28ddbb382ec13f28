// Mixpanel's documentation: https://docs.mixpanel.com/docs/tracking-methods/id-management (simplified
// ID merge), https://docs.mixpanel.com/docs/data-structure/property-reference and
// https://developer.mixpanel.com/reference/import-events. What Mixpanel has no word for is told in
// Segment's.
const Mixpanel = require('mixpanel');
const {host, events, link, when, some, inApp, identified} = require('./tables');
const {names, properties} = require('./spec');

const name = {...names, page_view: '$mp_web_page_view', screen_view: 'Screen Viewed'};

const own = (e) => {
	switch (e.event_type) {
	case 'page_view': case 'screen_view':
		return {category: e.category, duration_ms: e.duration_ms, marketing_channel: e.channel};
	default:
		return properties(e);
	}
};

const page = (e) => {
	if (!e.page) return {};
	return inApp(e) ? {screen_name: e.page} : {$current_url: link(e), current_url_path: e.page};
};

const who = (e) => ({
	distinct_id: e.user_id || (e.device_id ? '$device:' + e.device_id : ''),
	$device_id: e.device_id, $user_id: e.user_id,
});

const url = new URL(host);
const mixpanel = Mixpanel.init('TOKEN', {key: 'KEY', protocol: 'http', host: url.hostname,
	port: url.port});
mixpanel.import_batch(events().filter(identified).map((e) => ({event: name[e.event_type],
	properties: some({
		time: when(e), $insert_id: e.event_id, ...who(e), ...own(e), ...page(e),
		$referrer: e.referrer, $device: e.device_type,
		utm_source: e.utm_source, utm_medium: e.utm_source && e.utm_medium,
		utm_campaign: e.utm_source && e.campaign_id,
		session_id: e.session_id, $city: e.home_city, consent: e.consent,
	})})), () => process.exit());
