// PostHog's documentation: https://posthog.com/docs/libraries/node (calls),
// https://posthog.com/docs/data/events (names that begin with $) and
// https://posthog.com/docs/data/anonymous-vs-identified-events. What PostHog has no word for is told
// in Segment's.
const {PostHog} = require('posthog-node');
const {host, events, link, when, some, inApp, identified, owner, introduces, began, uuid,
	timed} = require('./tables');
const {names, properties, traits} = require('./spec');

const devices = {mobile: 'Mobile', desktop: 'Desktop', tablet: 'Tablet', app: 'Mobile'};

const name = {...names, page_view: '$pageview', screen_view: '$screen'};

const own = (e) => {
	switch (e.event_type) {
	case 'page_view': case 'screen_view':
		return {category: e.category, duration_ms: e.duration_ms, marketing_channel: e.channel};
	default:
		return properties(e);
	}
};

const always = (e) => some({
	$device_id: e.device_id,
	$session_id: e.session_id && timed(began(e), e.session_id),
	$process_person_profile: e.user_id ? undefined : false,
});

const page = (e) => {
	if (!e.page) return {};
	if (inApp(e)) return {$screen_name: e.page};
	return {$current_url: link(e), $host: new URL(link(e)).host, $pathname: e.page};
};

const around = (e) => some({
	...page(e), $referrer: e.referrer, $device_type: devices[e.device_type],
	utm_source: e.utm_source, utm_medium: e.utm_source && e.utm_medium,
	utm_campaign: e.utm_source && e.campaign_id,
	$geoip_city_name: e.home_city, consent: e.consent,
});

const posthog = new PostHog('KEY', {host, flushAt: 1000, disableCompression: true});
for (const e of events().filter(identified)) {
	const common = {distinctId: owner(e), timestamp: when(e)};
	if (introduces(e)) {
		posthog.capture({...common, event: '$identify',
			uuid: uuid(BigInt(e.event_id) | 1n << 53n),
			properties: {...always(e), $anon_distinct_id: e.device_id, $set: traits(e.customer)}});
	}
	posthog.capture({...common, event: name[e.event_type], uuid: uuid(e.event_id),
		properties: some({...always(e), ...own(e), ...around(e)})});
}
posthog.shutdown();
