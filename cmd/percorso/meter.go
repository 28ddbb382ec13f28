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

// A meter shows how far a run has come: on a terminal as one line with a bar, which is drawn over
// and over, elsewhere as a plain line every plainPause.
type meter struct {
	w     io.Writer
	now   func() time.Time
	live  bool // w is a terminal
	began time.Time
	last  time.Time
	drawn bool   // a live line stands on the terminal
	of    string // what is counted as done, where it is not events
}

// plainPause is the time between two plain lines.
const plainPause = 10 * time.Second

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
	pause := plainPause
	if m.live {
		pause = 100 * time.Millisecond
	}
	now := m.now()
	if now.Sub(m.last) < pause {
		return
	}
	m.last = now
	m.draw(m.line(p, now.Sub(m.began)))
}

// unless is show, or nil if the run shall be quiet.
func (m *meter) unless(quiet bool) func(simulate.Progress) {
	if quiet {
		return nil
	}
	return m.show
}

// draw writes a line: over the last one on a terminal, below it elsewhere.
func (m *meter) draw(line string) {
	if m.live {
		m.drawn = true
		fmt.Fprintf(m.w, "\r\x1b[K%s", fit(line, m.w))
		return
	}
	fmt.Fprintln(m.w, line)
}

// fit cuts a line to the width of a terminal: what is wrapped cannot be written over.
func fit(line string, w io.Writer) string {
	f, ok := w.(*os.File)
	if !ok {
		return line
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if letters := []rune(line); err == nil && width > 1 && len(letters) >= width {
		return string(letters[:width-1])
	}
	return line
}

// line is one look at progress: how much, how fast, how long still.
func (m *meter) line(p simulate.Progress, took time.Duration) string {
	done := float64(p.Done) / float64(max(p.Total, 1))
	text := fmt.Sprintf("%3.0f%%, %s events, %s/s", 100*done, count(p.Events), rate(p.Events, took))
	switch {
	case m.of != "":
		text = fmt.Sprintf("%3.0f%%, %s of %s %s", 100*done, count(p.Done), count(p.Total), m.of)
	case p.Events == 0:
		text = fmt.Sprintf("%3.0f%%, simulating the warm-up", 100*done)
	}
	if p.Done > 0 {
		text += ", " + span(time.Duration(float64(took)*(1-done)/done)) + " left"
	}
	if !m.live {
		return text
	}
	return bar(done, 30) + " " + text
}

// bar shows how much of it is done.
func bar(done float64, width int) string {
	full := int(min(max(done, 0), 1) * float64(width))
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// clear removes the live line, so that what follows starts on an empty one.
func (m *meter) clear() {
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
		m.drawn = false
	}
}
