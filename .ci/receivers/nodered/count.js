// The function of the flow: takes a batch of Segment's calls as RudderStack does, all of it or
// nothing, and counts what it has taken.
const has = flow.get('has') || {calls: 0, ids: {}, kinds: {}, cents: 0};
const answer = (status, text) => ({...msg, statusCode: status, payload: text});
const batch = msg.payload.batch;
if (!Array.isArray(batch) || batch.length === 0) return answer(400, 'empty batch payload');
for (const call of batch) {
	if (!call.userId && !call.anonymousId) {
		return answer(400, 'request neither has anonymousId nor userId');
	}
	if (typeof call.messageId !== 'string') return answer(400, 'no messageId');
	if (Number.isNaN(Date.parse(call.timestamp))) return answer(400, 'no timestamp');
}
for (const call of batch) {
	has.calls++;
	has.ids[call.messageId] = true;
	has.kinds[call.type] = (has.kinds[call.type] || 0) + 1;
	if (call.event === 'Order Completed') has.cents += Math.round(100 * call.properties.total);
}
flow.set('has', has);
return answer(200, 'ok');
