package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/serve"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A serving is what `serve` was asked to do.
type serving struct {
	request
	without     []string
	listen      string
	token       string // itself, not where it is
	clients     int    // at once, at most
	idleTimeout time.Duration
	maxRate     pace.Rate // 0: no limit
	quiet       bool
}

func serveCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "serves the events of a scenario over HTTP, to each client at its own pace",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso serve fashion
  percorso serve fashion --customers 1000 --listen 127.0.0.1:0
  TOKEN=… percorso serve fashion --listen 0.0.0.0:8080 --token env:TOKEN
In another terminal:
  curl -N 'http://127.0.0.1:8080/v1/events?limit=3'
  curl -N 'http://127.0.0.1:8080/v1/events?speed=60x&format=sse'
  curl -N 'http://127.0.0.1:8080/v1/events?rate=100&from=2025-03-01&dialect=segment'
  curl -N -H 'Last-Event-ID: 1234567890' http://127.0.0.1:8080/v1/events
  curl http://127.0.0.1:8080/             all paths and parameters

Clients get the events that "percorso generate SCENARIO -o -" writes. Each client runs its own
simulation: 1.5 to 4 kB of memory per customer, so 150 to 400 MB for 100,000 customers. The first
event arrives once the days before it, warm-up included, are simulated: some seconds for 100,000
customers. To need less of both, serve fewer with --customers, or ask for fewer with customers=.
A slow client delays only its own stream. A client that takes nothing for --idle-timeout is
disconnected; it can go on after its last event with Last-Event-ID.
Without --token only programs on this machine can connect.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "listen", Usage: "`ADDRESS`: listen here; port 0 is any free port",
				Value: "127.0.0.1:8080"},
			&cli.StringFlag{Name: "token", Usage: "`env:NAME|file:PATH`: require the token found " +
				"there as Authorization: Bearer TOKEN"},
			&cli.StringFlag{Name: "max-clients", Usage: "serve at most `N` clients at once",
				Value: "16"},
			&cli.DurationFlag{Name: "idle-timeout", Value: time.Minute,
				Usage: "disconnect a client that takes nothing for `TIME`"},
			&cli.StringFlag{Name: "max-rate", Usage: "send a client at most `N` events a second, " +
				"e.g. 5k (default: no limit)"},
			withoutFlag("serve the same market without these `CHANNELS`, e.g. display,email"),
			quietFlag("do not print where it listens"),
		),
		Action: func(c *cli.Context) error {
			s, err := readServing(c)
			if err != nil {
				return err
			}
			return s.run(c.Context, con)
		},
	}
}

// readServing reads the flags of serve.
func readServing(c *cli.Context) (s serving, err error) {
	if s.request, err = requested(c); err != nil {
		return s, err
	}
	s.without, s.listen, s.quiet = withoutChannels(c), c.String("listen"), c.Bool("quiet")
	clients, err := readCount(c, "max-clients", 1, 10_000)
	if err != nil {
		return s, err
	}
	s.clients = int(clients)
	if s.idleTimeout = c.Duration("idle-timeout"); s.idleTimeout < time.Second {
		return s, misused("--idle-timeout %v: want at least 1s", s.idleTimeout)
	}
	if text := c.String("max-rate"); text != "" {
		if s.maxRate, err = pace.ParseRate(text, 1, pace.MaxRate); err != nil {
			return s, misused("--max-rate %w", err)
		}
	}
	s.token, err = readToken(c.String("token"))
	return s, err
}

// readToken reads the token from a place, env:NAME or file:PATH. No message repeats it.
func readToken(place string) (string, error) {
	if place == "" {
		return "", nil
	}
	token, err := secret(place)
	switch {
	case err != nil:
		return "", misused("--token: %w", err)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", misused("--token %s: want one word of ASCII characters", place)
	}
	return token, nil
}

// run serves until ^C.
func (s *serving) run(ctx context.Context, con console) error {
	address, err := s.address()
	if err != nil {
		return err
	}
	w, err := loadWorld(s.name, s.sets)
	if err != nil {
		return err
	}
	if w, err = without(w, s.without); err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("--listen %s: another program listens there; stop it, or take any free "+
			"port with --listen %s", s.listen, net.JoinHostPort(address.IP.String(), "0"))
	}
	if err != nil {
		return fmt.Errorf("--listen %s: %w", s.listen, err)
	}
	talk := con.stderr
	if s.quiet {
		talk = io.Discard
	}
	server := serve.New(serve.Options{
		World: w, Smaller: s.smaller(w), Live: liveByDay, EventDay: simulate.EventDay,
		Token: s.token, MaxClients: s.clients, IdleTimeout: s.idleTimeout, MaxRate: s.maxRate,
		Log: log.New(talk, "percorso: ", 0),
	})
	s.greet(talk, w, listener.Addr())
	return server.Serve(ctx, listener)
}

// address is where to listen. Outside of this machine it takes a token.
func (s *serving) address() (*net.TCPAddr, error) {
	address, err := net.ResolveTCPAddr("tcp", s.listen)
	if err != nil {
		return nil, misused("--listen %s: %w; want ADDRESS:PORT, e.g. 127.0.0.1:8080", s.listen, err)
	}
	if !address.IP.IsLoopback() && s.token == "" {
		return nil, misused("--listen %s: others can reach this address, so give --token; or "+
			"listen on 127.0.0.1", s.listen)
	}
	return address, nil
}

// liveByDay runs the simulation of a client.
func liveByDay(ctx context.Context, w *model.World, from int, sink table.Sink) error {
	return simulate.ByDay(ctx, w, sink, simulate.Options{From: from, Identify: true})
}

// smaller returns markets with the first customers of w only.
func (s *serving) smaller(w *model.World) func(int) (*model.World, error) {
	return func(customers int) (*model.World, error) {
		fewer := *w.Scenario
		fewer.Customers = customers
		small, err := model.Compile(&fewer)
		if err != nil {
			return nil, err
		}
		return small.Without(s.without...)
	}
}

// greet says where it listens, and what to do there.
func (s *serving) greet(talk io.Writer, w *model.World, at net.Addr) {
	who := ""
	if s.token != "" {
		who = ` -H "Authorization: Bearer $TOKEN"`
	}
	memory := 10e6 + 4e3*float64(w.Customers)
	fmt.Fprintf(talk, "percorso serves %s, %s customers, on http://%s/\n"+
		"  curl -N%s 'http://%s/v1/events?speed=60x'\n"+
		"At most %d clients at once, each with up to %s of memory. Press ^C to stop.\n",
		w.Scenario.Name, count(w.Customers), at, who, at, s.clients, size(memory))
}
