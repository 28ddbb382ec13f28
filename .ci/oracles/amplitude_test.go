package oracles

import (
	"github.com/percorso/percorso/export/dialect"
)

var amplitudeOracle = oracle{
	dialect: "amplitude", sdk: "amplitude.js", target: "/2/httpapi", list: "events",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"body.client_upload_time", changed}: clock,
		{"body.events[].library", changed}:   itself,
		{"body.events[].event_id", missing}:  "it tells events of the same time apart, as insert_id does",
		{"body.options", missing}:            "it is empty",
	},
}
