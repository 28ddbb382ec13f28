package oracles

var snowplowOracle = oracle{
	dialect: "snowplow", sdk: "snowplow.js", list: "data",
	target: "/com.snowplowanalytics.snowplow/tp2",
	intended: map[difference]string{
		{"body.data[].tv", changed}:  itself,
		{"body.data[].eid", changed}: "ours is the id of the event, the SDK's a random one",
		{"body.data[].dtm", added}: "the device's clock, which the SDK leaves out where there is " +
			"a true time; phones and browsers send it",
		{"body.data[].stm", changed}: "each was sent at its own time: ours just before the " +
			"event was received",
		{"body.data[].ue_pr.data.schema", changed}: "the screens of phones have a newer schema, " +
			"which the trackers of phones use",
	},
}
