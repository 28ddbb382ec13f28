package oracles

import (
	"github.com/percorso/percorso/export/dialect"
)

var matomoOracle = oracle{
	dialect: "matomo", sdk: "matomo.js", target: "/matomo.php", list: "requests",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"body.requests[].pv_id", added}: "which view of a page; the SDK leaves it to its caller",
		{"body.requests[].ua", added}: "a browser that stands for the kind of device, by which " +
			"Matomo tells devices; the SDK leaves it to its caller",
		{"body.token_auth", added}: "without it Matomo takes no old events; the SDK has it in " +
			"each call that is sent alone, and no place for it in those sent together",
	},
}
