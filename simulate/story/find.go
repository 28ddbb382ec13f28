package story

import (
	"context"
	"errors"
	"fmt"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// ErrNobody is the error of a search that finds no journey of its pattern.
var ErrNobody = errors.New("nobody has a journey of this pattern")

// Find returns the first person, town after town, with a journey of a pattern all of which was
// written: the pattern is a code such as table.Webrooming, the person counts from 1. The error is
// ErrNobody if there is none; the search stops when ctx is done.
func Find(ctx context.Context, w *model.World, pattern uint32) (person int, err error) {
	if pattern < 1 || int(pattern) > len(table.Patterns) {
		return 0, fmt.Errorf("there is no pattern %d, want 1 to %d", pattern, len(table.Patterns))
	}
	s := &search{world: w, pattern: pattern}
	for town := 0; town < w.Towns && s.found == 0; town++ {
		if err := simulate.Town(ctx, w, town, s); err != nil {
			return 0, err
		}
	}
	if s.found == 0 {
		return 0, ErrNobody
	}
	return s.found, nil
}

// A search is a sink that looks for a journey of a pattern.
type search struct {
	world   *model.World
	pattern uint32
	found   int // person, 0: none yet
}

// Encode implements table.Sink.
func (s *search) Encode(b *table.Batch) (func() error, error) {
	of, rows := &s.world.Tables[table.TableTruthJourneys], &b.Tables[table.TableTruthJourneys]
	begins := rows.Ints(of.At("started_at"))
	firstDay, _ := s.world.Bounds(0)
	for i, pattern := range rows.Codes(of.At("pattern")) {
		if s.found == 0 && pattern == s.pattern && begins[i] >= firstDay {
			s.found = int(rows.Ints(of.At("person_id"))[i])
		}
	}
	return nil, nil
}
