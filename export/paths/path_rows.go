package paths

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// readPaths reads a row for each distinct path, as the R package ChannelAttribution takes them.
func (r *reader) readPaths() error {
	for {
		if _, err := r.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		p, err := r.path(">")
		if err != nil {
			return err
		}
		if p.Conversions, err = r.count("total_conversions"); err != nil {
			return err
		}
		if p.Nulls, err = r.count("total_null"); err != nil {
			return err
		}
		if p.Value, err = r.amount("total_conversion_value"); err != nil {
			return err
		}
		if p.Conversions == 0 && p.Value != 0 {
			return r.fail(fmt.Sprintf("total_conversion_value: found %g, but there is no conversion",
				p.Value))
		}
		r.set.Paths = append(r.set.Paths, p)
	}
}

// readJourneys reads a row for each journey, as the Python library marketing_attribution_models of
// DP6 writes them: names of channels are separated by " > ", and so are hours.
func (r *reader) readJourneys() error {
	r.set.Timed = r.has("hours")
	for {
		if _, err := r.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		p, err := r.path(" > ")
		if err != nil {
			return err
		}
		p.ID = r.text("id")
		yes, err := r.yes("conversion")
		if err != nil {
			return err
		}
		if yes {
			p.Conversions = 1
			if p.Value, err = r.amount("value"); err != nil {
				return err
			}
		} else {
			p.Nulls = 1
		}
		if r.set.Timed {
			if p.Ago, err = r.hours(len(p.Touches)); err != nil {
				return err
			}
		}
		r.set.Paths = append(r.set.Paths, p)
	}
}

// path reads the column of channels.
func (r *reader) path(separator string) (p Path, err error) {
	text := r.text("path")
	if text == "" {
		return p, r.fail("the path is empty, want one channel or more with > between them")
	}
	for name := range strings.SplitSeq(text, separator) {
		channel, err := r.channel(name)
		if err != nil {
			return p, err
		}
		p.Touches = append(p.Touches, channel)
	}
	p.Touches = slices.Clip(p.Touches)
	return p, nil
}

// hours reads how long before the end each touch was, in days.
func (r *reader) hours(n int) (days []float64, err error) {
	text := r.text("hours")
	for hours := range strings.SplitSeq(text, ">") {
		v, err := strconv.ParseFloat(strings.TrimSpace(hours), 64)
		if err != nil || v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, r.fail(fmt.Sprintf("hours: found %q, want a number from 0 for each touch", text))
		}
		days = append(days, v/24)
	}
	if len(days) != n {
		return nil, r.fail(fmt.Sprintf("hours: found %d numbers for %d touches", len(days), n))
	}
	return days, nil
}
