package paths

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// A touchRow is a row of a file with one for each touch.
type touchRow struct {
	owner     int32 // by first appearance
	channel   uint16
	converted bool
	at        int64 // µs
	value     float64
}

// readTouches reads a row for each touch. The touches of an id are in the order of time, those of
// the same time in the order of the file; a conversion ends its path.
func (r *reader) readTouches() error {
	var touches []touchRow
	var ids []string
	owners := map[string]int32{}
	for {
		if _, err := r.next(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		one, err := r.touch()
		if err != nil {
			return err
		}
		id := r.text("id")
		if id == "" {
			return r.fail("id: found nothing, want whose touch it is")
		}
		owner, ok := owners[id]
		if !ok {
			owner = int32(len(ids))
			id = string([]byte(id)) // not a part of the row
			owners[id], ids = owner, append(ids, id)
		}
		one.owner = owner
		touches = append(touches, one)
	}
	slices.SortStableFunc(touches, func(a, b touchRow) int {
		return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.at, b.at))
	})
	r.set.Timed = true
	for len(touches) > 0 {
		n := 1
		for n < len(touches) && touches[n].owner == touches[0].owner && !touches[n-1].converted {
			n++
		}
		r.set.Paths = append(r.set.Paths, pathOf(ids[touches[0].owner], touches[:n]))
		touches = touches[n:]
	}
	return nil
}

func pathOf(id string, touches []touchRow) Path {
	p := Path{ID: id, Touches: make([]uint16, len(touches)), Ago: make([]float64, len(touches))}
	last := touches[len(touches)-1]
	for i, one := range touches {
		p.Touches[i], p.Ago[i] = one.channel, float64(last.at-one.at)/aDay
	}
	if last.converted {
		p.Conversions, p.Value = 1, last.value
	} else {
		p.Nulls = 1
	}
	return p
}

const aDay = 24 * 3600 * 1e6 // µs

func (r *reader) touch() (one touchRow, err error) {
	if one.channel, err = r.channel(r.text("channel")); err != nil {
		return one, err
	}
	if one.converted, err = r.yes("conversion"); err != nil {
		return one, err
	}
	if one.converted {
		if one.value, err = r.amount("value"); err != nil {
			return one, err
		}
	}
	text := r.text("time")
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05",
		time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			one.at = at.UnixMicro()
			return one, nil
		}
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < 1e12 {
		one.at = int64(v * 1e6)
		return one, nil
	}
	return one, r.fail(fmt.Sprintf("time: found %q, want a time such as 2025-01-31T12:00:00Z, or "+
		"seconds since 1970", text))
}
