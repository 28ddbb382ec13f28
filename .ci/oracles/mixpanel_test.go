package oracles

import (
	"github.com/percorso/percorso/export/dialect"
)

var mixpanelOracle = oracle{
	dialect: "mixpanel", sdk: "mixpanel.js", target: "/import", list: "",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"header.Content-Type", changed}: "the API takes JSON, the SDK still sends it in base64 " +
			"in a form",
		{"header.Authorization", added}:           "who may import; the SDK says it in the query",
		{"query.api_key", missing}:                "the header has it",
		{"body[].properties.token", missing}:      "the header has it",
		{"query.strict", added}:                   "only then Mixpanel says which events it refuses",
		{"query.ip", missing}:                     "0 is what is meant without it",
		{"query.verbose", missing}:                "0 is what is meant without it",
		{"body[].properties.mp_lib", added}:       itself,
		{"body[].properties.$lib_version", added}: itself,
	},
}
