package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/percorso/percorso/simulate"
)

// A meter tells how far a run has come: on a terminal one line with a bar that is written over and
// over, elsewhere a plain line every ten seconds.
type meter struct {
	w     io.Writer
	now   func() time.Time
	live  bool // w is a terminal
	began time.Time
	last  time.Time
	drawn bool // a live line stands on the terminal
}

func newMeter(con console) *meter {
	began := con.now()
	return &meter{
		w: con.stderr, now: con.now, live: isTerminal(con.stderr), began: began, last: began,
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// show draws progress, if the last time is long enough ago.
func (m *meter) show(p simulate.Progress) {
	pause := 10 * time.Second
	if m.live {
		pause = 100 * time.Millisecond
	}
	now := m.now()
	if now.Sub(m.last) < pause {
		return
	}
	m.last = now
	line := m.line(p, now.Sub(m.began))
	if m.live {
		m.drawn = true
		fmt.Fprintf(m.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(m.w, line)
}

// line is one look at progress: how much, how fast, how long still.
func (m *meter) line(p simulate.Progress, took time.Duration) string {
	done := float64(p.Done) / float64(max(p.Total, 1))
	text := fmt.Sprintf("%3.0f%%, %s events, %s/s", 100*done, count(p.Events), rate(p.Events, took))
	if p.Done > 0 {
		text += ", " + span(time.Duration(float64(took)*(1-done)/done)) + " left"
	}
	if !m.live {
		return text
	}
	const width = 30
	full := int(done * width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full) + " " + text
}

// clear takes the live line away, so that what follows starts on an empty one.
func (m *meter) clear() {
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
		m.drawn = false
	}
}
