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

// A Dialect is how a kind of system takes events over HTTP. It says what a request looks like and
// what the answer means; package push sends.
type Dialect struct {
	Name    string   // segment, ga4, …
	Aliases []string // systems that take the same
	Doc     string   // in one line: what it is, whose
	Example string   // where such a system listens
	Key     string   // what the system calls the key it gives out; empty: it has none
	Limits  Limits
	Rows    bool // what arrives may have the columns of the events table, by their names
	Files   bool // its options name files of this machine, which are not for strangers to choose
	Options []Option
	Open    func(w *model.World, s Settings) (*Wire, error)
}

// An Option is a setting that only one dialect has.
type Option struct {
	Name    string
	Doc     string
	Default string
}

// Settings are what a user says about a target.
type Settings struct {
	Key     string            // the system's key for us
	Options map[string]string // by name; those that are missing have their default
	Lead    string            // what users write before an option, for errors; may be empty
}

// Limits are what a target takes at most; 0 is no limit.
type Limits struct {
	Events     int           // in a request
	Bytes      int           // of a body, before compression
	EventBytes int           // of one event, with all the calls it makes
	Past       time.Duration // how old an event may be
	Future     time.Duration // how far ahead of the clock
	InOrder    bool          // wants its events in the order of time: one request after the other
	Batch      int           // events in a request unless one asks for another number
}

// A Wire is a dialect opened for a world: it makes requests and reads answers. It is for one
// goroutine, but for End and Answer, which several may call, also while that one makes requests.
type Wire struct {
	Encoder
	Dialect *Dialect
	Limits  Limits      // the dialect's, or those of a mode of it
	Header  http.Header // of every request
	Query   url.Values  // added to the target's address
	Between string      // stands between two events of a body

	// Key tells the events that may share a request, those with the same key; nil: all may.
	Key func(e *Event) int64
	// Attributes are what the headers of a request say of its only event; nil: nothing.
	Attributes func(e *Event) http.Header
	// Err says what went wrong with the last event that was not appended, as no event will be from
	// then on; nil: nothing can.
	Err func() error
	// Answer reads what the target says to a request of so many events.
	Answer func(status int, body []byte, events int) Answer
}

// An Encoder writes the bodies of requests: Begin, events with Wire.Between in between, End. It
// allocates nothing per event.
type Encoder interface {
	// Begin appends what stands before the events of a request, of which the first is given.
	Begin(dst []byte, first *Event) []byte
	// Event appends an event. It is false for those that such a system never sees: then it has
	// appended nothing.
	Event(dst []byte, e *Event) ([]byte, bool)
	// End appends what stands after the events of a request sent at a time, µs since 1970. Several
	// may call it at the same time.
	End(dst []byte, sent int64) []byte
}

// An Answer is what became of the events of a request that the target answered.
type Answer struct {
	Accepted int    // how many it took
	Rejected []int  // the places of those it says it refused, from 0
	Why      string // of the first refused, in its own words
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

// byStatus reads the answer of a target whose status says it all.
func byStatus(status int, body []byte, events int) Answer {
	if status >= 200 && status < 300 {
		return Taken(events)
	}
	return Refused(events, firstLine(body))
}

// firstLine is what a body begins with, cut to what one reads in an error.
func firstLine(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	const most = 200
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return format.ValidText(line)
}

// dialects are all there are; a new one is a file of its own and a line here, or registered.
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

// Dialects returns the dialects there are.
func Dialects() []*Dialect { return slices.Clone(dialects) }

// Register adds a dialect, so that streams find it by its name and aliases. It is for the init
// function of the package that has the dialect; a name that is taken is a panic.
func Register(d *Dialect) {
	for _, name := range append([]string{d.Name}, d.Aliases...) {
		if _, err := LookupDialect(name); err == nil {
			panic("dialect: " + name + " is registered twice")
		}
	}
	dialects = append(dialects, d)
}

// LookupDialect returns the dialect of a name or alias; the error of an unknown one says which
// there are.
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

// OpenDialect opens a dialect for the events of a world. Options that it does not have are an error
// that says which it has.
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
	wire, err := d.Open(w, Settings{Key: s.Key, Options: options, Lead: s.Lead})
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
