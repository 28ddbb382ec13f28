// Snowplow's documentation of its trackers and of its e-commerce schemas:
// https://docs.snowplow.io/docs/collecting-data/collecting-from-own-applications/ (Node.js tracker)
// (JavaScript trackers, web tracker, tracking events, e-commerce)
const {newTracker, buildPageView, buildScreenView, buildSiteSearch, buildSelfDescribingEvent,
	buildStructEvent, buildAdClick} = require('@snowplow/node-tracker');
const {host, events, link, when, some, inApp, identified, began, uuid} = require('./tables');

const action = (type) => buildSelfDescribingEvent({event: {
	schema: 'iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2',
	data: {type},
}});

const entity = (name, data) => ({
	schema: `iglu:com.snowplowanalytics.snowplow.ecommerce/${name}/jsonschema/1-0-0`,
	data: some(data),
});

const event = (e) => {
	switch (e.event_type) {
	case 'page_view': return buildPageView({pageUrl: link(e), pageTitle: e.page,
		referrer: e.referrer});
	case 'screen_view': return buildScreenView({id: uuid(e.event_id), name: e.page});
	case 'search': return buildSiteSearch({terms: [e.search_term]});
	case 'view_item': return action('product_view');
	case 'add_to_cart': return action('add_to_cart');
	case 'begin_checkout': case 'add_shipping_info': case 'add_payment_info':
		return action('checkout_step');
	case 'payment_declined': return action('trns_error');
	case 'purchase': return action('transaction');
	case 'return': return action('refund');
	case 'click': return buildAdClick({targetUrl: 'https://shop.example/', clickId: uuid(e.event_id),
		zoneId: e.touchpoint, campaignId: e.campaign_id});
	default: return buildStructEvent({category: e.channel, action: e.event_type,
		label: e.product_id || e.campaign_id || e.reason || e.search_term || e.category,
		property: e.order_id || e.store_id, value: e.score === undefined ? e.duration_ms : e.score});
	}
};

const product = (e, p) => entity('product', {id: p.product_id, name: p.product_name,
	category: p.category, price: p.unit_price, quantity: p.quantity, currency: e.currency});

const user = (e) => e.customer && e.user_id ?
	[entity('user', {id: e.user_id, is_guest: false, email: e.customer.email})] : [];

const commerce = (e) => {
	switch (e.event_type) {
	case 'view_item': case 'add_to_cart': return [product(e, e)];
	case 'begin_checkout': return [entity('checkout_step', {step: 1})];
	case 'add_shipping_info': return [entity('checkout_step', {step: 2})];
	case 'add_payment_info': return [entity('checkout_step', {step: 3})];
	case 'payment_declined':
		return [entity('transaction_error', {error_shortcode: 'declined_by_payment_method'})];
	case 'purchase': {
		const {order_id, total, tax, shipping, coupon, discount, products} = e.order;
		return [entity('transaction', {transaction_id: order_id, revenue: total,
			currency: e.currency, payment_method: 'unknown',
			total_quantity: products.reduce((n, p) => n + p.quantity, 0),
			tax, shipping, discount_code: coupon, discount_amount: discount}),
			...products.map((p) => product(e, p)), ...user(e)];
	}
	case 'return': return [entity('refund', {transaction_id: e.order_id, currency: e.currency,
		refund_amount: e.refund, refund_reason: e.reason}),
		product(e, e)];
	case 'sign_up': case 'login': return user(e);
	default: return [];
	}
};

const contexts = (e) => [
	{schema: 'iglu:com.snowplowanalytics.snowplow/gdpr/jsonschema/1-0-0', data: {
		basisForProcessing: e.consent === 'granted' ? 'consent' : 'legitimate_interests'}},
	...e.session_id && e.device_id ? [{
		schema: 'iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2', data: {
			userId: uuid(e.device_id), sessionId: uuid(e.session_id), sessionIndex: 1,
			previousSessionId: null, storageMechanism: inApp(e) ? 'SQLITE' : 'COOKIE_1',
			firstEventTimestamp: began(e)}}] : [],
	...commerce(e),
];

const tracker = newTracker({namespace: 'percorso', appId: 'shop', encodeBase64: false},
	{endpoint: host, eventMethod: 'post', bufferSize: 1000, maxPostBytes: 1000000});
for (const e of events().filter(identified)) {
	const web = e.device_id && !inApp(e);
	tracker.setPlatform(!e.device_id ? 'srv' : inApp(e) ? 'mob' : 'web');
	tracker.setUserId(e.user_id);
	tracker.setDomainUserId(e.device_id && uuid(e.device_id));
	tracker.setSessionId(e.session_id && uuid(e.session_id));
	tracker.addPayloadPair('url', web && e.page ? link(e) : undefined);
	tracker.addPayloadPair('refr', web ? e.referrer : undefined);
	tracker.track(event(e), contexts(e), {type: 'ttm', value: when(e).getTime()});
}
tracker.flush();
