package oracles

import (
	"github.com/percorso/percorso/export/dialect"
)

var posthogOracle = oracle{
	dialect: "posthog", sdk: "posthog.js", target: "/batch/", list: "batch",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"body.batch[].properties.$lib", changed}:         itself,
		{"body.batch[].properties.$lib_version", changed}: itself,
		{"body.batch[].properties.$is_server", missing}: "browsers and phones sent it, not a " +
			"server",
		{"body.sent_at", changed}: clock,
	},
}
