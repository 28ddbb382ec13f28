package main

import (
	"net/http"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export"
	"github.com/percorso/percorso/export/push"
)

// A transport says how events get to their target.
type transport struct {
	connections     int
	timeout, giveUp time.Duration
}

func transportFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "connections", Usage: "`N` requests under way at the same time",
			Value: 64},
		&cli.DurationFlag{Name: "timeout", Usage: "wait so long for an answer, a `TIME`",
			Value: 30 * time.Second},
		&cli.DurationFlag{Name: "give-up", Usage: "try again for so long, a `TIME`",
			Value: time.Minute},
	}
}

func readTransport(c *cli.Context) (transport, error) {
	return transport{c.Int("connections"), c.Duration("timeout"), c.Duration("give-up")}, nil
}

// key puts the target's key into the settings of a dialect.
func (t *transport) key(_ *export.Settings) error { return nil }

// set sets what a stream needs to reach its target.
func (t *transport) set(opt *push.Options) error {
	opt.Connections, opt.Timeout, opt.GiveUp = t.connections, t.timeout, t.giveUp
	opt.Buffer = 64 << 20
	opt.Transport = &http.Transport{MaxConnsPerHost: opt.Connections,
		MaxIdleConnsPerHost: opt.Connections, DisableCompression: true}
	return nil
}
