package dialect_test

import (
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model"
)

// The limits of all dialects: events and bytes of a request, bytes of an event, how old and how far
// ahead an event may be, and how many events a request has unless one asks for another number.
func ExampleDialects() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "dialect\tevents\tbytes\tof an event\told\tahead\tbatch")
	some := func(n int) string {
		if n == 0 {
			return "-"
		}
		return fmt.Sprint(n)
	}
	hours := func(d time.Duration) string { return some(int(d.Hours())) }
	for _, d := range dialect.Dialects() {
		l := d.Limits
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", d.Name, some(l.Events), some(l.Bytes),
			some(l.EventBytes), hours(l.Past), hours(l.Future), l.Batch)
	}
	w.Flush()
	// Output:
	// dialect      events  bytes     of an event  old  ahead  batch
	// jsonl        -       10485760  -            -    -      500
	// segment      2500    500000    32000        -    -      100
	// cloudevents  1       -         65536        -    -      1
	// ga4          25      130000    -            72   -      25
	// webhook      -       -         -            -    -      1
	// snowplow     -       1000000   900000       -    -      100
	// posthog      -       20000000  1000000      -    23     100
	// mixpanel     2000    2000000   1000000      -    1      1000
	// amplitude    1000    1000000   900000       -    -      100
	// matomo       -       8000000   -            24   -      100
}

// An idEncoder sends the ids of events, a line each.
type idEncoder struct{}

func (idEncoder) Begin(dst []byte, _ *dialect.Event) []byte { return dst }

func (idEncoder) Event(dst []byte, e *dialect.Event) ([]byte, bool) {
	return append(strconv.AppendInt(dst, e.ID(), 10), '\n'), true
}

func (idEncoder) End(dst []byte, _ int64) []byte { return dst }

// A dialect of one's own is registered once, as a driver of database/sql is; from then on streams
// find it by its name.
func ExampleRegister() {
	dialect.Register(&dialect.Dialect{
		Name: "ids", Doc: "ids of events, a line each", Limits: dialect.Limits{Batch: 100},
		Open: func(*model.World, dialect.Settings) (*dialect.Wire, error) {
			return &dialect.Wire{Encoder: idEncoder{}}, nil
		},
	})
	d, err := dialect.LookupDialect("ids")
	fmt.Println(d.Doc, err)
	// Output: ids of events, a line each <nil>
}
