package push

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
)

// A journal is a file that records what becomes of requests while they are under way: JSON Lines,
// each written at once, so that none is lost with the process. A request has one line before its
// first attempt, with its events, and one when it is settled. Each run of a stream begins with a
// line of its own.
//
//	{"receipt":{…,"runs":1}}
//	{"sending":0,"at":[0,3],"ids":[17,4,88]}
//	{"settled":0,"key":0,"outcome":"accepted","attempts":1,"status":"200","time":…}
//
// at are positions as runs: where each begins and how many it has.
type journal struct {
	mu       sync.Mutex
	file     *os.File
	line     []byte
	outcomes []Outcome
	err      error // the first one; later lines would follow a gap
}

// Sending implements Ledger.
func (j *journal) Sending(r *Request) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open(`{"sending":`, r.Number)
	j.events(`,"at":`, `,"ids":`, r.Positions, r.IDs)
	return j.end()
}

// Settled implements Ledger.
func (j *journal) Settled(r *Request, s *Settlement) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open(`{"settled":`, r.Number)
	if len(r.IDs) > 0 {
		if r.attempts == 0 { // nothing was written about it before
			j.events(`,"at":`, `,"ids":`, r.Positions, r.IDs)
		} else {
			j.number(`,"key":`, r.Positions[0])
		}
		j.outcome(s, len(r.IDs))
		j.number(`,"attempts":`, int64(s.Attempts))
		if s.MaybeDuplicate {
			j.line = append(j.line, `,"maybe_duplicate":true`...)
		}
		j.line = strconv.AppendQuote(append(j.line, `,"status":`...), s.Status)
	}
	j.events(`,"skipped_at":`, `,"skipped":`, r.SkippedAt, r.Skipped)
	j.events(`,"too_big_at":`, `,"too_big":`, r.TooBigAt, r.TooBig)
	j.number(`,"time":`, s.Time.UnixMicro())
	return j.end()
}

// outcome appends the outcome of the events in the body: that of most, and the places of those that
// the target rejected.
func (j *journal) outcome(s *Settlement, events int) {
	most := Rejected
	j.outcomes = s.Outcomes(j.outcomes[:0], events)
	for _, o := range j.outcomes {
		if o != Rejected {
			most = o
		}
	}
	j.line = append(append(append(j.line, `,"outcome":"`...), most...), '"')
	if most == Rejected {
		return
	}
	lead := `,"rejected":[`
	for i, o := range j.outcomes {
		if o == Rejected {
			j.number(lead, int64(i))
			lead = ","
		}
	}
	if lead == "," {
		j.line = append(j.line, ']')
	}
}

// events appends the positions and the ids of some events, if there are any.
func (j *journal) events(at, ids string, positions, of []int64) {
	if len(of) == 0 {
		return
	}
	j.line = append(append(j.line, at...), '[')
	for i := 0; i < len(positions); {
		n := 1
		for i+n < len(positions) && positions[i+n] == positions[i]+int64(n) {
			n++
		}
		if i > 0 {
			j.line = append(j.line, ',')
		}
		j.line = strconv.AppendInt(j.line, positions[i], 10)
		j.number(",", int64(n))
		i += n
	}
	j.line = append(append(append(j.line, ']'), ids...), '[')
	for i, id := range of {
		if i > 0 {
			j.line = append(j.line, ',')
		}
		j.line = strconv.AppendInt(j.line, id, 10)
	}
	j.line = append(j.line, ']')
}

func (j *journal) open(lead string, number int64) {
	j.line = j.line[:0]
	j.number(lead, number)
}

func (j *journal) number(lead string, x int64) {
	j.line = strconv.AppendInt(append(j.line, lead...), x, 10)
}

// end writes the line.
func (j *journal) end() error {
	j.line = append(j.line, '}', '\n')
	if j.err == nil {
		if _, j.err = j.file.Write(j.line); j.err != nil {
			j.err = fmt.Errorf("receipt: %w", j.err)
		}
	}
	return j.err
}

// A line is any line of a journal except those that begin a run.
type line struct {
	Sending        *int64  `json:"sending"`
	Settled        *int64  `json:"settled"`
	Key            *int64  `json:"key"` // position of the first event that was sent
	At             runs    `json:"at"`
	IDs            []int64 `json:"ids"`
	Outcome        Outcome `json:"outcome"`
	Rejected       []int   `json:"rejected"`
	Attempts       int     `json:"attempts"`
	MaybeDuplicate bool    `json:"maybe_duplicate"`
	Status         string  `json:"status"`
	SkippedAt      runs    `json:"skipped_at"`
	Skipped        []int64 `json:"skipped"`
	TooBigAt       runs    `json:"too_big_at"`
	TooBig         []int64 `json:"too_big"`
	Time           int64   `json:"time"`
}

// runs are positions: where each run begins and how many it has.
type runs []int64

// A section is the part of a journal that one run of the stream wrote.
type section struct {
	run      int
	from, to int64 // bytes
}

// sections reads the lines that begin runs. The last section ends with the last complete line:
// anything after it belongs to a process that ended while writing.
func sections(ctx context.Context, file *os.File) (*Origin, []section, error) {
	var origin *Origin
	var found []section
	end, err := eachLine(file, 0, -1, func(text []byte, at int64) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if at > 0 && !bytes.HasPrefix(text, []byte(`{"receipt":`)) {
			return nil
		}
		var first header
		if err := json.Unmarshal(text, &first); err != nil {
			return err
		}
		if origin = first.Receipt; origin == nil {
			return errors.New(`the line is not {"receipt":…}`)
		}
		if len(found) > 0 {
			found[len(found)-1].to = at
		}
		found = append(found, section{run: origin.Runs, from: at})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if origin == nil {
		return nil, nil, errors.New("it is empty")
	}
	found[len(found)-1].to = end
	return origin, found, nil
}

// eachLine calls f for each complete line between two places of a file, to its end if to is
// negative, and returns where the last of them ends.
func eachLine(file *os.File, from, to int64, f func(text []byte, at int64) error) (int64, error) {
	if to < 0 {
		to = 1 << 62
	}
	in := bufio.NewReaderSize(io.NewSectionReader(file, from, to-from), 1<<20)
	var long []byte
	for at := from; ; {
		text, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, text...)
			continue
		}
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		if len(long) > 0 {
			text = append(long, text...)
			long = text[:0]
		}
		if err := f(text, at); err != nil {
			return at, fmt.Errorf("at byte %d: %w", at, err)
		}
		at += int64(len(text))
	}
}

// rows calls f with the outcome of each event of a section. The outcome of requests that were sent
// and never settled is unknown: they come last.
func (s section) rows(file *os.File, f func(*Row) error) error {
	open := make(map[int64]*line) // sent, by position of the first event; few at a time
	_, err := eachLine(file, s.from, s.to, func(text []byte, _ int64) error {
		l := new(line)
		if err := json.Unmarshal(text, l); err != nil {
			return err
		}
		switch {
		case l.Sending != nil && len(l.At) > 0:
			open[l.At[0]] = l
		case l.Settled != nil:
			if l.Key != nil {
				sent := open[*l.Key]
				if sent == nil {
					return fmt.Errorf("request %d was settled and never sent", *l.Settled)
				}
				delete(open, *l.Key)
				l.At, l.IDs = sent.At, sent.IDs
			}
			return l.rows(s.run, f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range open {
		l.Settled, l.Outcome, l.MaybeDuplicate, l.Attempts = l.Sending, Uncertain, true, 1
		if err := l.rows(s.run, f); err != nil {
			return err
		}
	}
	return nil
}

// rows calls f with the outcome of each event of a settled request.
func (l *line) rows(run int, f func(*Row) error) error {
	row := Row{Run: int32(run), Request: *l.Settled, Settled: Micros(l.Time)}
	tell := func(ids []int64, at runs, outcome func(i int) Outcome) error {
		i := 0
		for n := 0; n+1 < len(at); n += 2 {
			for p := at[n]; p < at[n]+at[n+1] && i < len(ids); p++ {
				row.EventID, row.Position, row.Outcome = ids[i], p, outcome(i)
				if err := f(&row); err != nil {
					return err
				}
				i++
			}
		}
		if i < len(ids) {
			return fmt.Errorf("request %d has events without positions", *l.Settled)
		}
		return nil
	}
	for _, unsent := range []struct {
		ids []int64
		at  runs
		is  Outcome
	}{{l.Skipped, l.SkippedAt, Skipped}, {l.TooBig, l.TooBigAt, TooBig}} {
		if err := tell(unsent.ids, unsent.at, func(int) Outcome { return unsent.is }); err != nil {
			return err
		}
	}
	row.Attempts, row.MaybeDuplicate = int32(l.Attempts), l.MaybeDuplicate
	row.Status = l.Status
	next := 0 // of Rejected
	return tell(l.IDs, l.At, func(i int) Outcome {
		if next < len(l.Rejected) && l.Rejected[next] == i {
			next++
			return Rejected
		}
		return l.Outcome
	})
}
