const {Analytics} = require('@segment/analytics-node');
const {host} = require('./tables');
const {calls} = require('./spec');

const analytics = new Analytics({writeKey: 'KEY', host, flushAt: 1000});
for (const {method, args} of calls()) analytics[method](args);
analytics.closeAndFlush();
