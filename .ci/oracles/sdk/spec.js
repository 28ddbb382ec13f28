// Segment's specification, as its documentation has it: https://segment.com/docs/connections/spec/
// (common fields, identify, alias, page, screen, e-commerce V2). RudderStack has taken it over. Each
// event becomes the arguments of one or more calls.
const {events, address, link, when, some, introduces} = require('./tables');

const names = exports.names = {
	search: 'Products Searched', view_item: 'Product Viewed', add_to_cart: 'Product Added',
	view_cart: 'Cart Viewed', begin_checkout: 'Checkout Started',
	add_shipping_info: 'Checkout Step Completed', add_payment_info: 'Payment Info Entered',
	payment_declined: 'Payment Declined', purchase: 'Order Completed', sign_up: 'Signed Up',
	login: 'Signed In', return: 'Order Refunded', review: 'Product Reviewed',
	click: 'Promotion Clicked', impression: 'Promotion Viewed', message_opened: 'Email Opened',
};

exports.calls = () => events().flatMap((e) => {
	const who = some({userId: e.user_id, anonymousId: e.device_id});
	if (!who.userId && !who.anonymousId) {
		if (!e.order_id) return []; // Segment drops what has no id, RudderStack refuses it
		who.anonymousId = e.order_id;
	}
	const call = (method, rest, suffix = '') => ({method, args: {...who, ...rest,
		messageId: e.event_id + suffix, timestamp: when(e), context: context(e)}});
	const identify = () => call('identify', {traits: traits(e.customer)}, '-identify');
	const track = () => call('track', {event: names[e.event_type], properties: properties(e)});
	switch (e.event_type) {
	case 'page_view': return [call('page', {name: e.page, properties: properties(e)})];
	case 'screen_view': return [call('screen', {name: e.page, properties: properties(e)})];
	case 'sign_up': {
		const alias = call('alias', {previousId: e.device_id}, '-alias');
		delete alias.args.anonymousId; // alias has userId and previousId only
		return [alias, identify(), track()];
	}
	default: return introduces(e) ? [identify(), track()] : [track()];
	}
});

const traits = exports.traits = (c) => some({
	email: c.email, firstName: c.first_name, lastName: c.last_name, phone: c.phone,
	birthday: c.birth_date, createdAt: new Date(c.identified_at),
	address: {street: c.street, city: c.city, postalCode: c.postal_code, state: c.province,
		country: c.country},
	marketing_consent: c.has_marketing_consent,
	loyalty_card: c.loyalty_card, loyalty_tier: c.tier, loyalty_points: c.points,
});

const product = (p) => ({product_id: p.product_id, sku: p.product_id, name: p.product_name,
	category: p.category, price: p.unit_price, quantity: p.quantity});

const properties = exports.properties = (e) =>
	e.event_type === 'screen_view' ? ours(e) : some({...about(e), ...ours(e)});

// What the specification has no word for.
const ours = (e) => some({
	order_id: e.order_id, store_id: e.store_id, duration_ms: e.duration_ms, score: e.score,
	reason: e.reason, marketing_channel: e.channel, device_type: e.device_type,
	touchpoint: e.touchpoint,
});

const page = (e) => some({url: link(e), path: e.page, referrer: e.referrer,
	search: new URL(link(e)).search || undefined});

const about = (e) => {
	switch (e.event_type) {
	case 'page_view':
		return {...page(e), category: e.category};
	case 'search':
		return {query: e.search_term};
	case 'message_opened':
		return {campaign_id: e.campaign_id, campaign_name: e.campaign_id, category: e.category};
	case 'click': case 'impression':
		return {promotion_id: e.campaign_id, name: e.campaign_id, category: e.category};
	case 'purchase': {
		const o = e.order;
		// after discounts, without shipping and tax
		const net = round(o.total - o.shipping - o.tax);
		return {affiliation: o.touchpoint, currency: e.currency, subtotal: net, revenue: net,
			total: o.total, shipping: o.shipping, tax: o.tax, discount: o.discount,
			coupon: o.coupon, fulfilment: o.fulfilment,
			products: o.products.map((p, i) => ({...product(p), position: i + 1}))};
	}
	case 'return':
		return {currency: e.currency, total: e.refund,
			products: [product(e)]};
	case 'add_shipping_info': return {step: 1};
	case 'add_payment_info': return {step: 2};
	case 'review':
		return {...seen(e), rating: String(e.score)};
	default:
		return seen(e);
	}
};

const seen = (e) => e.product_id ?
	{...product(e), currency: e.currency, url: e.page && address(e)} : {category: e.category};

const round = (amount) => Math.round(100 * amount) / 100;

const context = (e) => some({
	campaign: e.utm_source && some({source: e.utm_source, medium: e.utm_medium,
		name: e.campaign_id}),
	page: e.session_id && e.page && e.device_type !== 'app' ? page(e) : undefined,
	app: e.device_type === 'app' ? {name: e.scenario.name} : undefined,
	device: e.device_type === 'app' ? {id: e.device_id} : undefined,
	locale: e.device_id && e.scenario.locale,
	timezone: e.device_id && e.scenario.time_zone,
	location: {city: e.home_city},
	sessionId: e.session_id && Number(e.session_id),
	consent: {categoryPreferences: {analytics: e.consent === 'granted'}},
});
