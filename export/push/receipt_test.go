package push

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/record"
)

// TestIntervalsAreASet holds intervals against a map.
func TestIntervalsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got intervals
		want := make(map[int64]bool)
		for range rapid.IntRange(0, 40).Draw(t, "adds") {
			from := rapid.Int64Range(0, 60).Draw(t, "from")
			to := from + rapid.Int64Range(0, 8).Draw(t, "length")
			got.add(from, to)
			for p := from; p < to; p++ {
				want[p] = true
			}
		}
		for p := range int64(80) {
			if got.has(p) != want[p] {
				t.Fatalf("has(%d) = %t, want %t in %v", p, got.has(p), want[p], got)
			}
		}
		for i := 1; i < len(got); i++ {
			if got[i-1].to >= got[i].from {
				t.Fatalf("%v and %v should be one", got[i-1], got[i])
			}
		}
	})
}

// A stage makes up what becomes of the requests of a stream, run by run, and knows what a receipt
// must say of it.
type stage struct {
	*rapid.T
	receipt *Receipt
	run     int32
	want    map[int64]Row // by position
	number  int64
}

var origin = Origin{Release: "0.0", Scenario: "made up", YAML: "# made up\nseed: 7\ndays: 3\n",
	Day: 1, From: 86_400_000_000, Dialect: "jsonl", Target: "http://127.0.0.1/"}

// request makes up a request with the next events of the stream that are to be sent.
func (s *stage) request(position *int64, past Resumed) *Request {
	r := newRequest()
	r.Number, r.First = s.number, *position
	s.number++
	for range rapid.IntRange(1, 7).Draw(s.T, "events") {
		p := *position
		if past.Settled(p) {
			if p == r.First {
				r.First++
				*position++
				continue
			}
			break
		}
		doubtful := past.Uncertain(p)
		if len(r.IDs) > 0 && doubtful != r.again {
			break
		}
		*position++
		switch id := 1000 + p; rapid.IntRange(0, 9).Draw(s.T, "kind") {
		case 0:
			r.Skipped, r.SkippedAt = append(r.Skipped, id), append(r.SkippedAt, p)
		case 1:
			r.TooBig, r.TooBigAt = append(r.TooBig, id), append(r.TooBigAt, p)
		default:
			r.again = doubtful
			r.IDs, r.Positions = append(r.IDs, id), append(r.Positions, p)
		}
	}
	r.Next = *position
	return r
}

// live makes up the end of a request; some are never settled.
func (s *stage) live(r *Request) {
	note := func(ids, at []int64, row Row) {
		for i, id := range ids {
			row.EventID, row.Position, row.Run, row.Request = id, at[i], s.run, r.Number
			s.want[at[i]] = row
		}
	}
	x := &Settlement{Time: time.UnixMicro(1_000_000 + r.Number), Status: "200"}
	if !r.Empty() && rapid.IntRange(0, 5).Draw(s.T, "tried") > 0 {
		r.attempts = 1
		s.ok(s.receipt.Sending(r))
		if rapid.IntRange(0, 7).Draw(s.T, "silent") == 0 {
			note(r.IDs, r.Positions, Row{Outcome: Uncertain, MaybeDuplicate: true, Attempts: 1})
			return
		}
	}
	row := Row{Attempts: int32(r.attempts), MaybeDuplicate: r.again, Status: "200",
		Settled: Micros(x.Time.UnixMicro())}
	x.Attempts, x.MaybeDuplicate = r.attempts, r.again
	x.Rest = rapid.SampledFrom([]Outcome{Rejected, Dropped, Uncertain}).Draw(s.T, "rest")
	if r.attempts > 0 && rapid.Bool().Draw(s.T, "taken") {
		for i := range r.IDs {
			if rapid.IntRange(0, 3).Draw(s.T, "refused") == 0 {
				x.Answer.Rejected = append(x.Answer.Rejected, i)
			}
		}
		x.Answer.Accepted = len(r.IDs) - len(x.Answer.Rejected)
	}
	s.ok(s.receipt.Settled(r, x))
	for i, outcome := range x.Outcomes(nil, len(r.IDs)) {
		row.Outcome = outcome
		note(r.IDs[i:i+1], r.Positions[i:i+1], row)
	}
	aside := Row{Settled: row.Settled}
	aside.Outcome = Skipped
	note(r.Skipped, r.SkippedAt, aside)
	aside.Outcome = TooBig
	note(r.TooBig, r.TooBigAt, aside)
}

func (s *stage) ok(err error) {
	if err != nil {
		s.Fatal(err)
	}
}

// rows reads a receipt, in the order of the stream.
func (s *stage) rows(name string) []Row {
	var rows []Row
	s.ok(ReadReceipt(context.Background(), name, func(of *Origin) error {
		if part, had, has := of.differs(&origin); part != "" {
			s.Fatal(part, had, has)
		}
		return nil
	}, func(r *Row) error {
		rows = append(rows, *r)
		return nil
	}))
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Position, b.Position) })
	return rows
}

// TestReceiptTellsWhatBecameOfEachEvent: whatever becomes of requests, over several runs that end
// well or are killed, the receipt in each format has one row per event with the last word on it,
// and the next run knows what is settled and what is in doubt.
func TestReceiptTellsWhatBecameOfEachEvent(t *testing.T) {
	for _, format := range receiptFormats {
		t.Run(format.suffix, func(t *testing.T) {
			dir := t.TempDir()
			rapid.Check(t, func(rt *rapid.T) {
				s := &stage{T: rt, want: make(map[int64]Row)}
				name := filepath.Join(dir, "receipt"+format.suffix)
				os.Remove(name)
				os.Remove(name + journalSuffix)
				for range rapid.IntRange(1, 4).Draw(rt, "runs") {
					s.play(name)
				}
			})
		})
	}
}

// play is one run of a stream.
func (s *stage) play(name string) {
	var err error
	if s.run++; s.run == 1 {
		s.receipt, err = CreateReceipt(name, &origin)
	} else {
		s.receipt, err = ResumeReceipt(context.Background(), name, &origin)
	}
	s.ok(err)
	past := &s.receipt.earlier
	for p := range int64(120) {
		row, known := s.want[p]
		settled := known && row.Outcome != Dropped && row.Outcome != Uncertain
		doubtful := known && row.Outcome == Uncertain
		if past.Settled(p) != settled || past.Uncertain(p) != doubtful {
			s.Fatalf("position %d, %+v: settled %t, doubtful %t", p, row, past.Settled(p), past.Uncertain(p))
		}
	}
	s.number = 0
	for position := int64(0); position < 100; {
		s.live(s.request(&position, past))
		if rapid.IntRange(0, 9).Draw(s.T, "end") == 0 {
			break
		}
	}
	if rapid.Bool().Draw(s.T, "killed") {
		s.receipt.line = append(s.receipt.line[:0], `{"settled":9,"at":[1`...)
		_, err := s.receipt.file.Write(s.receipt.line)
		s.ok(errors.Join(err, s.receipt.file.Close()))
	} else {
		s.ok(s.receipt.Close(context.Background()))
		if _, err := os.Stat(name + journalSuffix); err == nil {
			s.Fatal("the journal is still there")
		}
	}
	var want []Row
	for _, row := range s.want {
		want = append(want, row)
	}
	slices.SortFunc(want, func(a, b Row) int { return cmp.Compare(a.Position, b.Position) })
	if got := s.rows(name); !slices.Equal(got, want) {
		s.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// TestSplitRequestsAreNoneTwice: a request that the target found too large is settled in halves,
// also in those that are not tried.
func TestSplitRequestsAreNoneTwice(t *testing.T) {
	name := filepath.Join(t.TempDir(), "receipt.jsonl")
	receipt, err := CreateReceipt(name, &origin)
	if err != nil {
		t.Fatal(err)
	}
	r := newRequest()
	for p := range int64(8) {
		if p == 3 {
			r.Skipped, r.SkippedAt = append(r.Skipped, 1003), append(r.SkippedAt, p)
			continue
		}
		r.Body = append(r.Body, 'x')
		r.IDs, r.Positions = append(r.IDs, 1000+p), append(r.Positions, p)
		r.Times = append(r.Times, p)
		r.Spans = append(r.Spans, record.Span{From: len(r.Body) - 1, To: len(r.Body)})
	}
	r.Next = 8
	if err := receipt.Sending(r); err != nil {
		t.Fatal(err)
	}
	for i, half := range r.halves("") {
		outcome := []Outcome{Dropped, Rejected}[i]
		if half.attempts = i; i > 0 {
			err = receipt.Sending(half)
		}
		if err := errors.Join(err, receipt.Settled(half, &Settlement{Rest: outcome})); err != nil {
			t.Fatal(err)
		}
	}
	if err := receipt.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	outcomes := make([][]Outcome, 8)
	of := func(*Origin) error { return nil }
	if err := ReadReceipt(context.Background(), name, of, func(r *Row) error {
		outcomes[r.Position] = append(outcomes[r.Position], r.Outcome)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for p, got := range outcomes {
		want := Rejected
		if p < 3 {
			want = Dropped
		}
		if p == 3 {
			want = Skipped
		}
		if !slices.Equal(got, []Outcome{want}) {
			t.Errorf("position %d: %v, want %s", p, got, want)
		}
	}
}

// TestAnotherStreamIsRefused: nothing that changes the events or their positions goes unseen.
func TestAnotherStreamIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "receipt.jsonl")
	receipt, err := CreateReceipt(name, &origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Origin){
		`its Release is "`:                               func(o *Origin) { o.Release = "0.1" },
		`its scenario has "seed: 7", not "seed: 8"`:      func(o *Origin) { o.YAML = "seed: 8\n" },
		`its scenario has "seed: 7", not ""`:             func(o *Origin) { o.YAML = "" },
		`its scenario has "nothing more", not "more: 1"`: func(o *Origin) { o.YAML += "more: 1" },
		`its Without is "", not "x"`: func(o *Origin) {
			o.Without = []string{"x"}
		},
		`its From is "`:    func(o *Origin) { o.From++ },
		`its Dialect is "`: func(o *Origin) { o.Dialect = "segment" },
		`that had other options of the dialect (Options)`:    func(o *Origin) { o.Options = "other" },
		`its Target is "http://127.0.0.1/", not "http://x/"`: func(o *Origin) { o.Target = "http://x/" },
	} {
		other := origin
		change(&other)
		_, err := ResumeReceipt(context.Background(), name, &other)
		if different := (*OtherStreamError)(nil); !errors.As(err, &different) ||
			!strings.Contains(err.Error(), "is the receipt of another stream: "+what) {
			t.Errorf("got %v, want %s", err, what)
		}
	}
	other := origin
	other.YAML = "# otherwise\nseed: 7\ndays: 4"
	again, err := ResumeReceipt(context.Background(), name, &other)
	if err != nil {
		t.Fatalf("other days: %v", err)
	}
	if err := again.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestReceiptsAreReadUntilToldOtherwise: who resumes or reads a receipt does not wait for all of
// it, and no fault is reported, nor anything missing.
func TestReceiptsAreReadUntilToldOtherwise(t *testing.T) {
	name := filepath.Join(t.TempDir(), "receipt.jsonl")
	receipt, err := CreateReceipt(name, &origin)
	if err != nil {
		t.Fatal(err)
	}
	r := newRequest()
	r.Skipped, r.SkippedAt = []int64{7}, []int64{0}
	if err := receipt.Settled(r, new(Settlement)); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if err := receipt.Close(done); !errors.Is(err, context.Canceled) {
		t.Errorf("closed: got %v, want %v", err, context.Canceled)
	}
	any := func(*Origin) error { return nil }
	rows := 0
	count := func(*Row) error {
		rows++
		return nil
	}
	if err := ReadReceipt(done, name, any, count); !errors.Is(err, context.Canceled) || rows != 0 ||
		strings.Contains(err.Error(), "no journal") {
		t.Errorf("read: got %d rows, %v, want %v", rows, err, context.Canceled)
	}
	if _, err := ResumeReceipt(done, name, &origin); !errors.Is(err, context.Canceled) {
		t.Errorf("resumed: got %v, want %v", err, context.Canceled)
	}
	again, err := ResumeReceipt(context.Background(), name, &origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := ReadReceipt(done, name, any, count); !errors.Is(err, context.Canceled) || rows != 0 {
		t.Errorf("read: got %d rows, %v, want %v", rows, err, context.Canceled)
	}
	if err := ReadReceipt(context.Background(), name, any, count); err != nil || rows != 1 {
		t.Errorf("read: got %d rows, %v, want 1", rows, err)
	}
	exists := (*ReceiptExistsError)(nil)
	if _, err := CreateReceipt(name, &origin); !errors.As(err, &exists) || exists.File != name {
		t.Errorf("created again: got %v", err)
	}
}

// TestDamagedReceiptIsRefused: a receipt or journal with anything missing in the middle is no past.
func TestDamagedReceiptIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty.jsonl":             "",
		"rows.jsonl":              `{"event_id":1,"position":0}`,
		"torn.jsonl":              `{"receipt":{}}` + "\n" + `{"event_id":1,"posi`,
		"no.parquet":              "PAR1",
		"no.jsonl.gz":             "{}",
		"head.jsonl" + ".journal": `{"runs":1}` + "\n",
		"gap.jsonl" + ".journal":  `{"receipt":{}}` + "\n{\n" + `{"settled":1,"time":1}` + "\n",
		"key.jsonl" + ".journal": `{"receipt":{}}` + "\n" +
			`{"settled":1,"key":4,"time":1}` + "\n",
		"at.jsonl" + ".journal": `{"receipt":{}}` + "\n" +
			`{"settled":1,"skipped_at":[1,1],"skipped":[7,8],"time":1}` + "\n",
	} {
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if r, err := ResumeReceipt(context.Background(), name, new(Origin)); err == nil {
			t.Errorf("%s was resumed: %+v", filepath.Base(name), r.earlier)
		}
	}
}

// TestJournalStopsAtTheFirstError: after a line that could not be written nothing is sent any more.
func TestJournalStopsAtTheFirstError(t *testing.T) {
	receipt, err := CreateReceipt(filepath.Join(t.TempDir(), "receipt.jsonl"), &origin)
	if err != nil {
		t.Fatal(err)
	}
	receipt.file.Close()
	r := newRequest()
	if err := receipt.Sending(r); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if receipt.file, err = os.Create(filepath.Join(t.TempDir(), "other")); err != nil {
		t.Fatal(err)
	}
	defer receipt.file.Close()
	if err := receipt.Sending(r); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after an error got %v", err)
	}
}

// TestJournalAllocatesNothingPerEvent holds what the journal may cost a stream.
func TestJournalAllocatesNothingPerEvent(t *testing.T) {
	receipt, err := CreateReceipt(filepath.Join(t.TempDir(), "receipt.jsonl"), &origin)
	if err != nil {
		t.Fatal(err)
	}
	defer receipt.file.Close()
	r, x := journalled(500)
	if got := testing.AllocsPerRun(20, func() {
		if err := errors.Join(receipt.Sending(r), receipt.Settled(r, x)); err != nil {
			t.Fatal(err)
		}
	}); got > 2 {
		t.Errorf("%v allocations per request", got)
	}
}

func BenchmarkJournal(b *testing.B) {
	receipt, err := CreateReceipt(filepath.Join(b.TempDir(), "receipt.jsonl"), &origin)
	if err != nil {
		b.Fatal(err)
	}
	r, x := journalled(500)
	for b.Loop() {
		if err := errors.Join(receipt.Sending(r), receipt.Settled(r, x)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "events/s")
	receipt.file.Close()
}

// journalled is a request that was taken.
func journalled(events int) (*Request, *Settlement) {
	r, random := newRequest(), rand.New(rand.NewPCG(1, 2))
	for p := range int64(events) {
		r.IDs, r.Positions = append(r.IDs, random.Int64N(1<<53)), append(r.Positions, p)
	}
	r.attempts = 1
	return r, &Settlement{Answer: dialect.Taken(events), Status: "200", Attempts: 1}
}
