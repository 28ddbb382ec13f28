const Analytics = require('@rudderstack/rudder-sdk-node');
const {host} = require('./tables');
const {calls} = require('./spec');

const analytics = new Analytics('KEY', {dataPlaneUrl: host, flushAt: 1000, gzip: false});
for (const {method, args: {timestamp, ...args}} of calls()) {
	analytics[method]({...args, originalTimestamp: timestamp});
}
analytics.flush();
