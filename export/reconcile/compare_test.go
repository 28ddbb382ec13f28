package reconcile

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

func comparing(t *testing.T, receipt string, of *Foreign, source Source) *comparison {
	return newComparison(t.Context(), receipt, of, source, Options{})
}

// story tells the events of a world made by hand, with ids of their own, all on one day.
func story(w *model.World, damage func(*table.Batch)) func(context.Context, table.Sink) error {
	return func(_ context.Context, sink table.Sink) error {
		id := int64(1000)
		for _, b := range handmade.Batches(w, 0) {
			rows := &b.Tables[table.TableEvents]
			for i := range rows.Len { // those made by hand are by chance
				rows.Cols[table.EventID].Int[i] = id
				id++
			}
			if damage != nil {
				damage(b)
			}
			if _, err := sink.Encode(b); err != nil {
				return err
			}
		}
		return nil
	}
}

// sent streams a world made by hand to a target that rejects the third request of ten events each,
// and returns the receipt and the lines that arrived.
func sent(t *testing.T, w *model.World) (receipt string, lines []string) {
	t.Helper()
	var mu sync.Mutex
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if requests++; requests == 3 {
			http.Error(to, "not today", http.StatusBadRequest)
			return
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		lines = append(lines, strings.Split(strings.TrimSpace(string(text)), "\n")...)
	}))
	defer server.Close()
	d, err := dialect.LookupDialect("jsonl")
	if err != nil {
		t.Fatal(err)
	}
	opt := push.Options{World: w, Pace: pace.Max, Batch: 10, Linger: time.Second, Connections: 1,
		Buffer: 1 << 20, Timeout: 5 * time.Second, RetryFor: time.Second, From: 1}
	opt.Wire, err = dialect.OpenDialect(d, w, dialect.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if opt.Target, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	if opt.Transport, err = push.NewTransport(push.Link{Connections: 1}); err != nil {
		t.Fatal(err)
	}
	receipt = filepath.Join(t.TempDir(), "receipt.jsonl")
	r, err := push.CreateReceipt(receipt, &push.Origin{Release: model.Release,
		Dialect: "jsonl", YAML: "name: handmade\n", From: 1, Target: push.Public(opt.Target)})
	if err != nil {
		t.Fatal(err)
	}
	r.Follow(&opt)
	err = push.Run(t.Context(), story(w, nil), push.NewMeasure(opt.Pace), opt)
	if lost := (*push.UndeliveredError)(nil); errors.As(err, &lost) && lost.Undelivered == 10 {
		err = nil // those of the third request
	}
	if err := errors.Join(err, r.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return receipt, lines
}

// replaying is a source of a world made by hand.
func replaying(w *model.World, damage func(*table.Batch)) Source {
	return func(*push.Origin) (*Replay, error) {
		return &Replay{World: w, Run: story(w, damage),
			Day: func(int64) (int, bool) { return 0, true }}, nil
	}
}

// opened writes lines as a table and opens it.
func opened(t *testing.T, lines []string) *Foreign {
	t.Helper()
	name := filepath.Join(t.TempDir(), "table.jsonl")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	of, err := OpenForeign(name)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// TestCompare: what arrived is right, and whatever is done to it is found; also when only a few
// events may be held at a time.
func TestCompare(t *testing.T) {
	w := handmade.World(1)
	receipt, all := sent(t, w)
	if len(all) < 30 {
		t.Fatalf("only %d lines arrived", len(all))
	}
	for _, c := range []struct {
		what   string
		change func([]string) []string
		want   []Finding
	}{
		{"as it arrived", func(l []string) []string { return l }, nil},
		{"a row less", func(l []string) []string { return l[1:] }, []Finding{{"missing", 1}}},
		{"a row twice", func(l []string) []string { return append(l, l[5]) },
			[]Finding{{"duplicate", 1}}},
		{"a stranger", func(l []string) []string { return append(l, `{"event_id":77}`) },
			[]Finding{{"foreign", 1}}},
		{"another type", func(l []string) []string {
			l[3] = strings.Replace(l[3], `"event_type":"`, `"event_type":"x`, 1)
			return l
		}, []Finding{{"altered", 1}}},
	} {
		for _, atOnce := range []int{0, 7} {
			x, err := Compare(t.Context(), receipt, opened(t, c.change(slices.Clone(all))),
				replaying(w, nil), Options{AtOnce: atOnce})
			if err != nil || !slices.Equal(x.Amiss(), c.want) ||
				x.Receipt[push.Rejected] != 10 || x.Why != "" {
				t.Errorf("%s, %d at once: %v, %v, want %v: %+v",
					c.what, atOnce, err, x.Amiss(), c.want, x)
			}
		}
	}
}

// TestReplayMustHaveTheEvents: a receipt of events that its stream does not have is damaged, and a
// source may refuse.
func TestReplayMustHaveTheEvents(t *testing.T) {
	w := handmade.World(1)
	receipt, lines := sent(t, w)
	other := func(b *table.Batch) {
		rows := &b.Tables[table.TableEvents]
		for i := range rows.Len {
			rows.Cols[table.EventID].Int[i] += 1 << 40
		}
	}
	_, err := Compare(t.Context(), receipt, opened(t, lines), replaying(w, other), Options{})
	if err == nil || !strings.Contains(err.Error(), "of its events do not belong to its scenario") {
		t.Errorf("events of another stream: %v", err)
	}
	refused := errors.New("no such market")
	_, err = Compare(t.Context(), receipt, opened(t, lines),
		func(*push.Origin) (*Replay, error) { return nil, refused }, Options{})
	if !errors.Is(err, refused) {
		t.Errorf("a source that refuses: %v", err)
	}
	absent := (*NoColumnError)(nil)
	_, err = Compare(t.Context(), receipt, opened(t, lines), replaying(w, nil),
		Options{ID: "event_ip"})
	if !errors.As(err, &absent) || strings.Contains(err.Error(), "--") ||
		!strings.Contains(absent.Advise(" (here)"), `did you mean "event_id"? (here); its columns are `) {
		t.Errorf("a column that is not there: %v", err)
	}
}

// TestCompareStops: whatever a comparison is at, it stops when its context ends.
func TestCompareStops(t *testing.T) {
	w := handmade.World(1)
	receipt, lines := sent(t, w)
	of := opened(t, lines)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Compare(ctx, receipt, of, replaying(w, nil), Options{}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("before it began: %v", err)
	}
	if err := of.Read(ctx, []string{"event_id"}, func([]Cell) error { return nil }); !errors.Is(err,
		context.Canceled) {
		t.Errorf("reading the table: %v", err)
	}
}

// TestColumnsOfOldAreNamed: a table with the columns of release 0.3 is not compared by half.
func TestColumnsOfOldAreNamed(t *testing.T) {
	for _, c := range []struct {
		columns []string
		wrong   bool
	}{
		{[]string{"event_id", "received_time", "city"}, true},
		{[]string{"event_id", "received_time", "received_at"}, false}, // one of its own
		{[]string{"event_id", "city"}, true},
		{[]string{"event_id", "city", "home_city"}, false},
	} {
		r := comparing(t, "", &Foreign{Columns: c.columns, name: "old.csv"},
			replaying(handmade.World(1), nil))
		r.origin, r.id = &push.Origin{Release: model.Release, Dialect: "jsonl"}, "event_id"
		err := r.prepare()
		if is := err != nil && strings.Contains(err.Error(), "percorso 0.3"); is != c.wrong {
			t.Errorf("%v: %v", c.columns, err)
		}
	}
}

// TestOtherReleasesAreNotReplayed: of another release ids alone are compared, and that is said.
func TestOtherReleasesAreNotReplayed(t *testing.T) {
	r := comparing(t, "", &Foreign{Columns: []string{"event_id", "city"}}, nil)
	r.origin = &push.Origin{Release: "0.0"}
	err := r.prepare()
	if r.replay != nil || err != nil || !strings.Contains(r.result.Why, "release 0.0") {
		t.Errorf("another release: %v, %q", err, r.result.Why)
	}
}

// TestUncertainIsTold: what nobody knew is known from the table, and is nobody's fault.
func TestUncertainIsTold(t *testing.T) {
	for _, c := range []struct {
		outcome push.Outcome
		maybe   bool
		rows    uint32
		want    string
	}{
		{push.Accepted, false, 0, "missing"}, {push.Accepted, false, 1, ""},
		{push.Accepted, false, 2, "duplicate"}, {push.Accepted, true, 2, "maybe"},
		{push.Uncertain, true, 0, "not there"}, {push.Uncertain, true, 1, "arrived"},
		{push.Uncertain, true, 2, "maybe arrived"}, {push.Rejected, false, 1, "unwanted"},
		{push.Rejected, true, 1, "arrived"}, {push.Rejected, true, 0, ""},
		{push.Dropped, false, 0, ""}, {push.Dropped, false, 1, "unwanted"},
		{push.Skipped, false, 0, ""}, {push.TooBig, false, 1, "unwanted"},
	} {
		r := comparing(t, "", new(Foreign), nil)
		r.events[1] = entry{rows: c.rows, maybe: c.maybe}
		row := push.Row{EventID: 1, Outcome: c.outcome, MaybeDuplicate: c.maybe}
		if err := r.count(&row); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range []struct {
			n    int64
			what string
		}{{r.result.Missing.Count, "missing"}, {r.result.Twice.Count, "duplicate"},
			{r.result.MaybeTwo.Count, "maybe"}, {r.result.NotThere, "not there"},
			{r.result.Arrived, "arrived"}, {r.result.Unwanted.Count, "unwanted"}} {
			if x.n > 0 {
				got = append(got, x.what)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
