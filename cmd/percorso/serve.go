package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
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
	scenario string
	sets     []model.Set
	off      []string
	listen   string
	token    string // itself, not where it is
	readers  int
	patience time.Duration
	maxRate  pace.Rate // 0: none
	quiet    bool
}

func serveCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "lets others pull the events of a scenario over HTTP, each at a pace of their own",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso serve fashion
  percorso serve fashion --customers 1000 --listen 127.0.0.1:0
  TOKEN=… percorso serve fashion --listen 0.0.0.0:8080 --token env:TOKEN
and elsewhere:
  curl -N 'http://127.0.0.1:8080/v1/events?limit=3'
  curl -N 'http://127.0.0.1:8080/v1/events?speed=60x&format=sse'
  curl -N 'http://127.0.0.1:8080/v1/events?rate=100&from=2025-03-01&dialect=segment'
  curl -N -H 'Last-Event-ID: 1234567890' http://127.0.0.1:8080/v1/events
  curl http://127.0.0.1:8080/             what else there is

Readers get the events that "percorso generate SCENARIO --out -" writes. Each has a simulation of
all customers to itself, of 1.5 to 4 kB for each of them: 100,000 take 150 to 400 MB. The first
event comes when the days before it have been lived, the warm-up too: some seconds for 100,000.
Who reads slowly slows down only his own simulation; who takes nothing for --patience is cut off,
and can go on with Last-Event-ID. Fewer customers are less of everything: --customers here, or
customers= there.
Only programs on this machine can read, unless there is a --token.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "listen", Usage: "`ADDRESS` and port; 0 is any port that is free",
				Value: "127.0.0.1:8080"},
			&cli.StringFlag{Name: "token", Usage: "clients have to show the token that is " +
				"`WHERE`, env:NAME or file:PATH, as Authorization: Bearer"},
			&cli.StringFlag{Name: "readers", Usage: "`N` at once, at most", Value: "16"},
			&cli.DurationFlag{Name: "patience", Value: time.Minute,
				Usage: "let go who takes nothing for this `TIME`"},
			&cli.StringFlag{Name: "max-rate", Usage: "`N` events a second for a reader, at most " +
				"(default: no limit)"},
			offFlag("serve the same market without these `CHANNELS`, e.g. display,email"),
			flagOn("quiet", "do not say where it listens"),
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
	if s.scenario, err = oneArgument(c, whatIsScenario); err != nil {
		return s, err
	}
	if s.sets, err = settings(c); err != nil {
		return s, err
	}
	s.off, s.listen, s.quiet = offChannels(c), c.String("listen"), c.Bool("quiet")
	if s.readers, err = strconv.Atoi(c.String("readers")); err != nil || s.readers < 1 ||
		s.readers > 10_000 {
		return s, misused("--readers %s: want a whole number from 1 to 10000", c.String("readers"))
	}
	if s.patience = c.Duration("patience"); s.patience < time.Second {
		return s, misused("--patience %v: want at least 1s", s.patience)
	}
	if text := c.String("max-rate"); text != "" {
		if s.maxRate, err = pace.ParseRate(text, 1, 1e9); err != nil {
			return s, misused("--max-rate %w", err)
		}
	}
	s.token, err = readToken(c.String("token"))
	return s, err
}

// readToken reads the token that is at a place. It is in no message.
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
	w, err := loadWorld(s.scenario, s.sets)
	if err != nil {
		return err
	}
	if w, err = without(w, s.off); err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("--listen %s: another program listens there; end it, or take any free "+
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
		Token: s.token, Readers: s.readers, Patience: s.patience, MaxRate: s.maxRate,
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
		return nil, misused("--listen %s: others can reach this address, so --token has to say "+
			"which token they show; or listen at 127.0.0.1", s.listen)
	}
	return address, nil
}

// liveByDay simulates for a reader.
func liveByDay(ctx context.Context, w *model.World, from int, sink table.Sink) error {
	return simulate.ByDay(ctx, w, sink, simulate.Options{From: from, Identify: true})
}

// smaller makes markets with the first customers of w only.
func (s *serving) smaller(w *model.World) func(int) (*model.World, error) {
	return func(customers int) (*model.World, error) {
		fewer := *w.Scenario
		fewer.Customers = customers
		small, err := model.Compile(&fewer)
		if err != nil {
			return nil, err
		}
		return small.Without(s.off...)
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
		"%d readers at once, each with up to %s of memory. ^C ends it.\n",
		w.Scenario.Name, count(w.Customers), at, who, at, s.readers, size(memory))
}
