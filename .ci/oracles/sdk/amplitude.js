// Amplitude's documentation: https://amplitude.com/docs/apis/analytics/http-v2 (keys of an event) and
// https://amplitude.com/docs/sdks/analytics/node (calls). What Amplitude has no word for is told in
// Segment's.
const amplitude = require('@amplitude/analytics-node');
const {host, events, link, when, some, inApp, identified, introduces, began} =
	require('./tables');
const {names, properties, traits} = require('./spec');

const name = {...names, page_view: '[Amplitude] Page Viewed',
	screen_view: '[Amplitude] Screen Viewed'};

const viewed = (e) => ({category: e.category, duration_ms: e.duration_ms,
	marketing_channel: e.channel});

const own = (e) => {
	switch (e.event_type) {
	case 'page_view':
		return {'[Amplitude] Page Domain': new URL(link(e)).host, '[Amplitude] Page Path': e.page,
			'[Amplitude] Page Location': link(e), ...viewed(e)};
	case 'screen_view':
		return {'[Amplitude] Screen Name': e.page, ...viewed(e)};
	default:
		return properties(e);
	}
};

const revenue = (e) => {
	switch (e.event_type) {
	case 'purchase':
		return {revenue: e.revenue, revenueType: 'purchase', currency: e.currency};
	case 'return':
		return {productId: e.product_id, revenue: -e.refund,
			revenueType: 'refund', currency: e.currency};
	default:
		return {};
	}
};

const around = (e) => some({
	user_id: e.user_id, device_id: e.device_id || (e.user_id ? undefined : e.order_id),
	time: when(e).getTime(), session_id: e.session_id ? began(e).getTime() : -1,
	platform: !e.device_id ? 'Server' : inApp(e) ? 'App' : 'Web',
	device_model: e.device_type, city: e.home_city,
});

const run = async () => {
	await amplitude.init('KEY', {serverUrl: host + '/2/httpapi', flushQueueSize: 1000,
		flushIntervalMillis: 100}).promise;
	for (const e of events().filter(identified)) {
		if (introduces(e)) {
			const she = new amplitude.Identify();
			for (const [key, value] of Object.entries(traits(e.customer))) she.set(key, value);
			amplitude.identify(she, {...around(e), insert_id: e.event_id + '-identify'});
		}
		amplitude.track({event_type: name[e.event_type], ...around(e), insert_id: e.event_id,
			event_properties: some(own(e)), ...some(revenue(e)),
			user_properties: some({utm_source: e.utm_source, utm_medium: e.utm_source && e.utm_medium,
				utm_campaign: e.utm_source && e.campaign_id, referrer: e.referrer,
				consent: e.consent})});
	}
	amplitude.flush();
};
run();
