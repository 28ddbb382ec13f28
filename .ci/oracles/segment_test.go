package oracles

import (
	"github.com/percorso/percorso/export/dialect"
)

const (
	itself = "a sender says who it is"
	clock  = "each was sent at its own time"
)

var segmentOracle = oracle{
	dialect: "segment", sdk: "segment.js", target: "/v1/batch", list: "batch",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"body.batch[].context.library.name", changed}:    itself,
		{"body.batch[].context.library.version", changed}: itself,
		{"body.batch[]._metadata", missing}:               "it is about Node",
		{"body.batch[].integrations", missing}:            "it is empty",
		{"body.batch[].channel", added}: "where an event came from, which an SDK for servers " +
			"does not say; browsers and phones do",
		{"body.batch[].originalTimestamp", added}: "RudderStack's name of timestamp",
		{"body.sentAt", changed}:                  clock,
		{"body.writeKey", missing}:                "the header has it: one of both is enough",
	},
}

var rudderstackOracle = oracle{
	dialect: "rudderstack", sdk: "rudderstack.js", target: "/v1/batch", list: "batch",
	settings: dialect.Settings{Key: "KEY"},
	intended: map[difference]string{
		{"body.batch[].context.library.name", changed}:    itself,
		{"body.batch[].context.library.version", changed}: itself,
		{"body.batch[]._metadata", missing}:               "it is about Node",
		{"body.batch[].channel", changed}: "where an event came from: an SDK for servers " +
			"always says server",
		{"body.batch[].context.traits", missing}: "it is a copy of traits",
		{"body.batch[].timestamp", added}:        "Segment's name of originalTimestamp",
		{"body.batch[].sentAt", missing}:         "a copy of the batch's",
		{"body.sentAt", changed}:                 clock,
		{"body.timestamp", missing}:              "a copy of sentAt",
	},
}
