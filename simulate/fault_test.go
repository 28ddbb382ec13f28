package simulate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/percorso/percorso/model/table"
)

// orders are the two orders of work; what one promises of faults the other does too.
var orders = map[string]runner{"part": ByPart, "day": ByDay}

// TestATownThatPanicsEndsTheRun: the error names the town and the day, no part with that town is
// reported as whole, and nothing is left running. By day, exactly the days before the tile with
// that day are written; the first day is a tile of its own.
func TestATownThatPanicsEndsTheRun(t *testing.T) {
	w := fashionWorld(t, 2_100, 30, 150, 2)
	for _, tile := range []struct{ days, whole int }{{1, 11}, {4, 9}, {7, 8}} {
		for name, run := range orders {
			t.Run(fmt.Sprintf("order=%s/tile=%d", name, tile.days), func(t *testing.T) {
				defer goleak.VerifyNone(t)
				const town, day = 7, 11
				w.TileDays = tile.days
				whole := map[int]bool{}
				err := run(t.Context(), w, sinkFunc(func(b *table.Batch) error {
					whole[b.Part] = whole[b.Part] || b.Last
					return nil
				}), Options{Workers: 1, trouble: func(n, d int) {
					if n == town && d == day {
						panic("the bridge is out")
					}
				}})
				if err == nil {
					t.Fatal("the run succeeded")
				}
				for _, want := range []string{"town 7", "day 11", "the bridge is out"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not say %q", err, want)
					}
				}
				if part := town / w.PartTowns; name == "part" && whole[part] {
					t.Errorf("part %d was said to be whole", part)
				}
				for d := range day + 2 {
					if name == "day" && whole[d] != (d < tile.whole) {
						t.Errorf("day %d is whole: %v, want days before %d", d, whole[d], tile.whole)
					}
				}
			})
		}
	}
}

// TestASinkThatFailsStopsTheRun: its error is returned, and workers do not go on for long.
func TestASinkThatFailsStopsTheRun(t *testing.T) {
	w := fashionWorld(t, 6_000, 60, 150, 1)
	full := errors.New("the disk is full")
	for name, run := range orders {
		for _, late := range []bool{false, true} { // in Encode, or in the commit it returned
			t.Run("order="+name, func(t *testing.T) {
				defer goleak.VerifyNone(t)
				var batches atomic.Int64
				err := run(t.Context(), w, brokenSink{&batches, full, late}, Options{Workers: 2})
				if !errors.Is(err, full) {
					t.Errorf("got %v, want %v", err, full)
				}
				if n := batches.Load(); n > 3+2 {
					t.Errorf("%d batches came, after the third failed", n)
				}
			})
		}
	}
}

// A brokenSink takes two batches and refuses the others.
type brokenSink struct {
	batches *atomic.Int64
	err     error
	late    bool
}

func (s brokenSink) Encode(*table.Batch) (func() error, error) {
	if s.batches.Add(1) < 3 {
		return nil, nil
	}
	if s.late {
		return func() error { return s.err }, nil
	}
	return nil, s.err
}

// TestCancellingStopsTheRun within a day of every worker.
func TestCancellingStopsTheRun(t *testing.T) {
	w := fashionWorld(t, 3_000, 60, 150, 4)
	for name, run := range orders {
		t.Run("order="+name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			const workers = 2
			var after atomic.Int64
			err := run(ctx, w, newFingerprint(w),
				Options{Workers: workers, trouble: func(n, d int) {
					if ctx.Err() != nil {
						after.Add(1)
					}
					if n == 3 && d == 5 {
						cancel()
					}
				}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
			// What has begun may end: a day of a part for each worker, or of all parts.
			limit := int64(workers * w.PartTowns)
			if name == "day" {
				limit = int64(w.Towns)
			}
			if n := after.Load(); n > limit {
				t.Errorf("%d days of towns were lived after the end, want at most %d", n, limit)
			}
		})
	}
}

// TestSkippedPartsAreNotLived, nor the static tables when they are skipped.
func TestSkippedPartsAreNotLived(t *testing.T) {
	w := fashionWorld(t, 900, 20, 150, 1)
	got := map[int]bool{}
	err := ByPart(t.Context(), w, sinkFunc(func(b *table.Batch) error {
		got[b.Part] = true
		return nil
	}), Options{Workers: 1, Skip: func(part int) bool { return part%2 != 0 }})
	if err != nil {
		t.Fatal(err)
	}
	for part := table.StaticPart; part < w.Parts; part++ {
		if want := part%2 == 0; got[part] != want {
			t.Errorf("part %d: lived %v, want %v", part, got[part], want)
		}
	}
}

// TestProgressAddsUp to the whole, never backwards.
func TestProgressAddsUp(t *testing.T) {
	w := fashionWorld(t, 900, 20, 150, 2)
	for name, run := range orders {
		t.Run("order="+name, func(t *testing.T) {
			var last Progress
			f := newFingerprint(w)
			err := run(t.Context(), w, f, Options{Workers: 2, Progress: func(p Progress) {
				if p.Done < last.Done || p.Events < last.Events || p.Done > p.Total {
					t.Errorf("%+v after %+v", p, last)
				}
				last = p
			}})
			if err != nil {
				t.Fatal(err)
			}
			if last.Done != last.Total || last.Events != int64(f.rows[table.TableEvents]) {
				t.Errorf("ended with %+v, want all of it and %d events", last,
					f.rows[table.TableEvents])
			}
		})
	}
}

// TestCancellingSaysWhy: a run that is cancelled returns the cause it was given, also before it
// begins.
func TestCancellingSaysWhy(t *testing.T) {
	w := fashionWorld(t, 300, 20, 150, 1)
	lost := errors.New("lost interest")
	for name, run := range orders {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(lost)
		if err := run(ctx, w, newFingerprint(w), Options{}); !errors.Is(err, lost) {
			t.Errorf("order %s: got %v, want %v", name, err, lost)
		}
	}
}

// TestMoreShardsThanPartsLeaveSomeEmpty, and that is fine.
func TestMoreShardsThanPartsLeaveSomeEmpty(t *testing.T) {
	w := fashionWorld(t, 900, 20, 150, 2)
	for name, run := range orders {
		f := newFingerprint(w)
		if err := run(t.Context(), w, f, Options{Shard: 20, Shards: 20}); err != nil {
			t.Fatal(err)
		}
		if f.rows != [table.TableCount]int{} {
			t.Errorf("order %s: shard 20 of 20 has %v rows of 3 parts", name, f.rows)
		}
	}
}

// TestShardZeroIsAll, as its comment says, of however many.
func TestShardZeroIsAll(t *testing.T) {
	w := fashionWorld(t, 900, 20, 150, 1)
	for _, shards := range []int{0, 1, 4} {
		parts, static, _ := (&Options{Shards: shards}).parts(w)
		if len(parts) != w.Parts || !static {
			t.Errorf("0/%d: %d of %d parts, static tables %v", shards, len(parts), w.Parts, static)
		}
	}
}

// TestThereIsNoTownBeyondTheLast: an error, not an empty life.
func TestThereIsNoTownBeyondTheLast(t *testing.T) {
	w := fashionWorld(t, 900, 20, 150, 1)
	nowhere := sinkFunc(func(*table.Batch) error { return nil })
	for _, town := range []int{-1, w.Towns} {
		if err := Town(t.Context(), w, town, nowhere); err == nil {
			t.Errorf("town %d of %d lives", town, w.Towns)
		}
	}
}
