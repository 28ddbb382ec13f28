package dialect

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Dialect is the form in which a kind of system takes events over HTTP. It says what a request
// looks like and what the answer means; package push sends.
type Dialect struct {
	Name    string   // segment, ga4, …
	Aliases []string // systems that take the same form
	Doc     string   // one line: what it is and whose
	Example string   // address of such a system
	Key     string   // what the system calls its API key; empty: it has none
	Limits  Limits
	Rows    bool // received tables may have the columns of the events table, under their names
	Files   bool // its options name files of this machine, which a remote reader must not choose
	Options []Option
	Open    func(w *model.World, s Settings) (*Wire, error)
}

// An Option is a setting of one dialect.
type Option struct {
	Name    string
	Doc     string
	Default string
}

// Settings are the user's settings for a target.
type Settings struct {
	Key     string            // API key of the system
	Options map[string]string // by name; missing ones have their default
	Lead    string            // what users write before an option, for errors; may be empty

	// Encoded says that all events are encoded already: what only says how to encode them may be
	// missing, and the world has no goods and no days to speak of.
	Encoded bool
}

// Limits are what a target accepts at most; 0 is no limit.
type Limits struct {
	Events     int           // in a request
	Bytes      int           // of a body, before compression
	EventBytes int           // of one event, with all its calls
	Past       time.Duration // how old an event may be
	Future     time.Duration // how far ahead of the clock
	InOrder    bool          // events must come in the order of time: one request after the other
	Batch      int           // events in a request by default
}

// A Wire is a dialect opened for a world: it makes requests and reads answers. It is not safe for
// concurrent use, except for End and Answer.
type Wire struct {
	Encoder
	Dialect *Dialect
	Limits  Limits      // those of the dialect, or of one of its modes
	Header  http.Header // for every request
	Query   url.Values  // added to the target's address
	Between string      // between two events of a body

	// Prefix is what every body begins with, before what the Encoder begins it with. Of a body only
	// the prefix and the end may have the key.
	Prefix string

	// Key tells which events may share a request: those with the same key; nil: all may.
	Key func(e *Event) int64
	// Attributes returns the headers of a request that depend on its only event; nil: there are
	// none.
	Attributes func(e *Event) http.Header
	// Err returns why the last event was not appended; no event will be from then on. nil: nothing
	// can go wrong.
	Err func() error
	// Answer reads the target's answer to a request with a number of events.
	Answer func(status int, body []byte, events int) Answer
}

// Begin appends the text before the events of a request, the first of which is given.
func (w *Wire) Begin(dst []byte, first *Event) []byte {
	return w.Encoder.Begin(append(dst, w.Prefix...), first)
}

// An Encoder writes the bodies of requests: Begin, events with Wire.Between in between, End. It
// does not allocate per event.
type Encoder interface {
	// Begin appends the text before the events of a request, the first of which is given.
	Begin(dst []byte, first *Event) []byte
	// Event appends an event. It returns false for events that such a system never sees: then it
	// has appended nothing.
	Event(dst []byte, e *Event) ([]byte, bool)
	// End appends the text after the events of a request sent at a time, µs since 1970. It is safe
	// for concurrent use.
	End(dst []byte, sent int64) []byte
}

// An Answer is the outcome of the events of a request that the target answered.
type Answer struct {
	Accepted int    // how many it took
	Rejected []int  // places of the refused events, from 0
	Why      string // reason of the first refusal, in the target's words
}

// Taken is the answer of a target that took everything.
func Taken(events int) Answer { return Answer{Accepted: events} }

// Refused is the answer of a target that took nothing.
func Refused(events int, why string) Answer {
	a := Answer{Rejected: make([]int, events), Why: why}
	for i := range a.Rejected {
		a.Rejected[i] = i
	}
	return a
}

// byStatus reads the answer of a target whose status is all it says.
func byStatus(status int, body []byte, events int) Answer {
	if status >= 200 && status < 300 {
		return Taken(events)
	}
	return Refused(events, firstLine(body))
}

// firstLine returns the beginning of a body, short enough for an error.
func firstLine(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	const most = 200
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return format.ValidText(line)
}

// dialects are the built-in dialects; a new one is a file of its own and a line here.
var dialects = []*Dialect{
	&jsonlDialect,
	&segmentDialect,
	&cloudeventsDialect,
	&ga4Dialect,
	&webhookDialect,
	&snowplowDialect,
	&posthogDialect,
	&mixpanelDialect,
	&amplitudeDialect,
	&matomoDialect,
}

// Dialects returns all dialects, registered ones included.
func Dialects() []*Dialect { return slices.Clone(dialects) }

// Register adds a dialect, so that streams find it by its name and aliases. Call it from the init
// function of the package that defines the dialect; a name that is taken is a panic.
func Register(d *Dialect) {
	for _, name := range append([]string{d.Name}, d.Aliases...) {
		if _, err := LookupDialect(name); err == nil {
			panic("dialect: " + name + " is registered twice")
		}
	}
	dialects = append(dialects, d)
}

// LookupDialect returns the dialect of a name or alias; the error for an unknown name lists the
// dialects.
func LookupDialect(name string) (*Dialect, error) {
	var names []string
	for _, d := range dialects {
		if d.Name == name || slices.Contains(d.Aliases, name) {
			return d, nil
		}
		names = append(append(names, d.Name), d.Aliases...)
	}
	return nil, errors.New(table.Unknown("dialect", name, names))
}

// OpenDialect opens a dialect for the events of a world. The error for an unknown option lists
// those of the dialect.
func OpenDialect(d *Dialect, w *model.World, s Settings) (*Wire, error) {
	options := make(map[string]string, len(d.Options))
	var names []string
	for _, o := range d.Options {
		options[o.Name] = o.Default
		names = append(names, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		if _, ok := options[name]; !ok {
			have := "it has none"
			if len(names) > 0 {
				have = "it has: " + strings.Join(names, ", ")
			}
			return nil, fmt.Errorf("dialect %s has no option %q%s, %s",
				d.Name, name, table.Nearest(name, names), have)
		}
		options[name] = s.Options[name]
	}
	wire, err := d.Open(w, Settings{Key: s.Key, Options: options, Lead: s.Lead,
		Encoded: s.Encoded})
	if err != nil {
		return nil, fmt.Errorf("dialect %s: %w", d.Name, err)
	}
	wire.Dialect = d
	if wire.Limits == (Limits{}) {
		wire.Limits = d.Limits
	}
	if wire.Answer == nil {
		wire.Answer = byStatus
	}
	return wire, nil
}

// Reopen opens a dialect to send events that it has encoded before. The wire has all that is not
// about events: it has the prefix and the end of bodies, and reads answers.
func Reopen(d *Dialect, s Settings) (*Wire, error) {
	const currency = "EUR"
	s.Encoded = true
	return OpenDialect(d, &model.World{Scenario: &model.Scenario{Currency: currency},
		Tables: table.Schema(currency)}, s)
}
