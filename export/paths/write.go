package paths

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Forms are those in which paths are written, by name.
var Forms = []string{"paths", "journeys", "touches"}

// Write writes a set in a form: paths, a row for each distinct path as ChannelAttribution takes
// them; journeys, a row for each as the library of DP6 does; touches, a row for each touch, with
// the time before the path's end.
func Write(to io.Writer, s *Set, form string) error {
	for _, name := range s.Channels {
		if strings.Contains(name, ">") {
			return fmt.Errorf("channel %q has a > in its name, which separates channels in paths", name)
		}
	}
	buffered := bufio.NewWriter(to)
	out := csv.NewWriter(buffered)
	switch form {
	case "paths":
		s.writePaths(out)
	case "journeys":
		s.writeJourneys(out)
	default:
		s.writeTouches(out)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

// text writes the channels of a path.
func (s *Set) text(p *Path) string {
	names := make([]string, len(p.Touches))
	for i, channel := range p.Touches {
		names[i] = s.Channels[channel]
	}
	return strings.Join(names, " > ")
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (s *Set) writePaths(out *csv.Writer) {
	type sums struct {
		conversions, nulls int64
		value              float64
	}
	all := map[string]*sums{}
	for i := range s.Paths {
		p := &s.Paths[i]
		text := s.text(p)
		if all[text] == nil {
			all[text] = &sums{}
		}
		all[text].conversions += p.Conversions
		all[text].nulls += p.Nulls
		all[text].value += p.Value
	}
	texts := make([]string, 0, len(all))
	for text := range all {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	out.Write([]string{"path", "total_conversions", "total_conversion_value", "total_null"})
	for _, text := range texts {
		one := all[text]
		out.Write([]string{text, strconv.FormatInt(one.conversions, 10),
			strconv.FormatFloat(one.value, 'f', 2, 64), strconv.FormatInt(one.nulls, 10)})
	}
}

func (s *Set) writeJourneys(out *csv.Writer) {
	out.Write([]string{"id", "path", "converted", "value", "hours"})
	for i := range s.Paths {
		p := &s.Paths[i]
		var hours []string
		for _, days := range p.Ago {
			hours = append(hours, strconv.FormatFloat(days*24, 'f', 4, 64))
		}
		out.Write([]string{s.id(i), s.text(p), strconv.FormatBool(p.Conversions > 0),
			number(p.Value), strings.Join(hours, " > ")})
	}
}

// id is that of a journey: its order or, without one, its place.
func (s *Set) id(i int) string {
	if s.Paths[i].ID != "" {
		return s.Paths[i].ID
	}
	return "journey-" + strconv.Itoa(i+1)
}

func (s *Set) writeTouches(out *csv.Writer) {
	out.Write([]string{"id", "time", "channel", "conversion", "value"})
	for i := range s.Paths {
		p := &s.Paths[i]
		for k, channel := range p.Touches {
			row := []string{s.id(i), strconv.FormatFloat(0-p.Ago[k]*86400, 'f', 3, 64),
				s.Channels[channel], "0", ""}
			if k == len(p.Touches)-1 && p.Conversions > 0 {
				row[3], row[4] = "1", number(p.Value)
			}
			out.Write(row)
		}
	}
}
