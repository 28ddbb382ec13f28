package simulate

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/percorso/percorso/model"
	"go.uber.org/goleak"
)

// orders are the two orders of the same work. Tests of faults run one after the other, so that what
// a run leaves behind can be told from what others do.
var orders = map[string]func(context.Context, *model.World, model.Sink, Options) error{
	"by part": ByPart, "by day": ByDay}

// manyParts are 16 towns in 8 parts, each of several batches.
func manyParts(t testing.TB) *model.World {
	w := builtIn(t, "fashion", "customers", "3_200", "town", "200", "days", "60", "warmup", "5")
	w.PartTowns, w.Parts = 2, 8
	return w
}

// TestATownThatPanicsIsNamed: a fault in one town ends the run with an error, not the program, and
// nothing of its part looks whole.
func TestATownThatPanicsIsNamed(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	w := manyParts(t)
	for name, run := range orders {
		for _, workers := range []int{1, 3} {
			var mu sync.Mutex
			last := map[int]bool{}
			sink := observer(func(b *model.Batch) error {
				mu.Lock()
				defer mu.Unlock()
				last[b.Part] = last[b.Part] || b.Last && b.Tables[model.TableProducts].Len == 0
				return nil
			})
			const town, day, part = 5, 17, 2
			err := run(t.Context(), w, sink, Options{Workers: workers, trouble: func(n, d int) {
				if n == town && d == day {
					panic("the mayor has left")
				}
			}})
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			for _, want := range []string{"part 2", "town 5", "the mayor has left"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: the error does not name %q: %.200s", name, want, err)
				}
			}
			// Day by day, the days are the parts.
			if name == "by part" && last[part] || name == "by day" && last[day] {
				t.Errorf("%s: what lacks a town looks whole", name)
			}
		}
	}
}

// TestASinkThatFailsStopsTheRun: at once, but for batches that are on their way, whether it fails
// to encode or to commit; and its error is returned.
func TestASinkThatFailsStopsTheRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	w := manyParts(t)
	full := errors.New("disk full")
	for name, run := range orders {
		for _, workers := range []int{1, 3} {
			for _, commits := range []bool{false, true} {
				for _, at := range []int64{1, 2, 6} { // the first are the static tables
					s := &failing{at: at, err: full, commits: commits}
					err := run(t.Context(), w, s, Options{Workers: workers})
					if !errors.Is(err, full) {
						t.Errorf("%s, batch %d: got %v, want %v", name, at, err, full)
					}
					if n := s.calls.Load(); n > at+int64(workers)-1 || n < at {
						t.Errorf("%s, %d workers: %d batches, after batch %d failed", name, workers,
							n, at)
					}
				}
			}
		}
	}
}

// A failing sink takes some batches and fails from then on.
type failing struct {
	calls   atomic.Int64
	at      int64
	err     error
	commits bool // rather than encodes
}

func (s *failing) Encode(*model.Batch) (func() error, error) {
	if s.calls.Add(1) < s.at {
		return nil, nil
	}
	if s.commits {
		return func() error { return s.err }, nil
	}
	return nil, s.err
}

// TestCancellingStopsTheRun: within a day of each worker, with the cause that was given.
func TestCancellingStopsTheRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	w := manyParts(t)
	lost := errors.New("lost interest")
	for name, run := range orders {
		for _, workers := range []int{1, 3} {
			for _, cause := range []error{nil, lost} {
				ctx, cancel := context.WithCancelCause(t.Context())
				const enough = 9
				done := 0
				err := run(ctx, w, observer(func(*model.Batch) error { return nil }),
					Options{Workers: workers, Progress: func(p Progress) {
						done = p.Done
						if done == enough {
							cancel(cause)
						}
					}})
				want := cause
				if cause == nil {
					want = context.Canceled
				}
				if !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", name, err, want)
				}
				if done < enough || done > enough+workers {
					t.Errorf("%s, %d workers: %d days were lived, after %d it was over", name,
						workers, done, enough)
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := run(ctx, w, observer(func(*model.Batch) error { return nil }),
			Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled before: got %v", name, err)
		}
	}
}

// TestProgressIsWhole: it counts up to its total and to all events.
func TestProgressIsWhole(t *testing.T) {
	w := manyParts(t)
	for name, run := range orders {
		var last Progress
		var events atomic.Int64
		err := run(t.Context(), w, observer(func(b *model.Batch) error {
			events.Add(int64(b.Tables[model.TableEvents].Len))
			return nil
		}), Options{Workers: 3, Progress: func(p Progress) {
			if p.Done < last.Done || p.Events < last.Events || p.Total < p.Done {
				t.Errorf("%s: %+v after %+v", name, p, last)
			}
			last = p
		}})
		if err != nil || last.Done != last.Total || last.Events != events.Load() || last.Done == 0 {
			t.Errorf("%s: ends with %+v of %d events, %v", name, last, events.Load(), err)
		}
	}
}

// TestSkippedPartsAreNotSimulated: nor is anybody else's life changed.
func TestSkippedPartsAreNotSimulated(t *testing.T) {
	w := manyParts(t)
	rows := func(skip func(int) bool) map[int]int {
		n, mu := map[int]int{}, sync.Mutex{}
		err := ByPart(t.Context(), w, observer(func(b *model.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			n[b.Part] += b.Tables[model.TableEvents].Len
			return nil
		}), Options{Skip: skip})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := rows(nil)
	odd := rows(func(part int) bool { return part%2 == 0 })
	for part := range w.Parts {
		want := all[part]
		if part%2 == 0 {
			want = 0
		}
		if odd[part] != want || all[part] == 0 {
			t.Errorf("part %d: %d rows of %d, want %d", part, odd[part], all[part], want)
		}
	}
}

// TestStrangeShardsAreEmpty: more shards than parts leave some without work, and that is fine.
func TestStrangeShardsAreEmpty(t *testing.T) {
	w := manyParts(t)
	for name, run := range orders {
		batches := 0
		err := run(t.Context(), w, observer(func(b *model.Batch) error {
			batches += b.Tables[model.TableEvents].Len
			return nil
		}), Options{Shard: 20, Shards: 20})
		if err != nil || batches != 0 {
			t.Errorf("%s: shard 20/20 of 8 parts has %d rows, %v", name, batches, err)
		}
	}
}
