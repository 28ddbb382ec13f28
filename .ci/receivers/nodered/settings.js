// A Node-RED without an editor, for this machine only.
module.exports = {
	uiHost: '127.0.0.1', uiPort: Number(process.env.PORT), httpAdminRoot: false,
	flowFile: 'flows.json', credentialSecret: false, diagnostics: {enabled: false},
	logging: {console: {level: 'warn'}},
};
