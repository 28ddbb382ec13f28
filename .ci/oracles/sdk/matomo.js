// Matomo's documentation: https://developer.matomo.org/api-reference/tracking-api.
const Matomo = require('matomo-tracker');
const {host, events, link, when, some, identified} = require('./tables');

const money = (amount) => amount.toFixed(2);

const items = (products) => JSON.stringify(products.map((p) =>
	[p.product_id, p.product_name, [p.category], p.unit_price, p.quantity]));

const own = (e) => {
	switch (e.event_type) {
	case 'page_view': case 'screen_view': return {action_name: e.page};
	case 'view_item': return {action_name: e.product_name, _pks: e.product_id,
		_pkn: e.product_name, _pkc: e.category, _pkp: money(e.unit_price)};
	case 'search': return {search: e.search_term, search_cat: e.category};
	case 'add_to_cart': return {idgoal: 0, revenue: money(e.quantity * e.unit_price),
		ec_items: items([e])};
	case 'purchase': {
		const {total, subtotal, tax, shipping, discount, products} = e.order;
		return {idgoal: 0, ec_id: e.order_id, _rcn: e.campaign_id, revenue: money(total),
			ec_st: money(subtotal), ec_tx: money(tax), ec_sh: money(shipping),
			ec_dt: money(discount), ec_items: items(products)};
	}
	default: return {ca: 1, e_c: e.touchpoint, e_a: e.event_type,
		e_n: e.product_id || e.reason || e.category || e.store_id,
		e_v: e.score !== undefined ? e.score :
			e.duration_ms !== undefined ? Math.floor(e.duration_ms / 1000) : undefined};
	}
};

const visitor = (id) => id && BigInt(id).toString(16).padStart(16, '0');

// What is done to customers is no visit.
const seen = (e) => identified(e) && !['click', 'message_opened', 'impression'].includes(e.event_type);

new Matomo(1, host + '/matomo.php').trackBulk(events().filter(seen).map((e) => some({
	apiv: 1, lang: e.scenario.locale, ...own(e), uid: e.user_id,
	_id: visitor(e.device_id || (e.user_id ? undefined : e.order_id)),
	cdt: Math.floor(when(e).getTime() / 1000), city: e.home_city,
	url: e.page && link(e), urlref: e.referrer,
	cookie: e.device_type && (e.consent === 'granted' ? 1 : 0),
})));
