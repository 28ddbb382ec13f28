package paths

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model/table"
)

// TestForms: the three forms of a file say the same.
func TestForms(t *testing.T) {
	t.Parallel()
	for form, text := range map[string]string{
		"paths": "\ufeffpath,total_conversions,total_conversion_value,total_null\n" +
			"tv > search,1,9.5,0\n\"tv\",0,0,1\n",
		"journeys": "id,path,converted,value,hours\n1,tv > search,true,9.5,48 > 0\n2,tv,0,,0\n",
		"touches": "user_id,timestamp,channel,conversion,value\n1,2025-01-01T00:00:00Z,tv,0,\n" +
			"2,2025-01-05 00:00:00,tv,0,\n1,2025-01-03,search,1,9.5\n",
	} {
		s, err := Read(form, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2][]uint16{s.Paths[0].Touches, s.Paths[1].Touches}; !slices.Equal(s.Channels,
			[]string{"tv", "search"}) || !reflect.DeepEqual(got, [2][]uint16{{0, 1}, {0}}) {
			t.Errorf("%s: %v %v", form, s.Channels, got)
		}
		if conversions, nulls, value := s.Totals(); conversions != 1 || nulls != 1 || value != 9.5 {
			t.Errorf("%s: %d %d %g", form, conversions, nulls, value)
		}
		if s.Timed != (form != "paths") || s.Timed && !slices.Equal(s.Paths[0].Ago, []float64{2, 0}) {
			t.Errorf("%s: times %v", form, s.Paths[0].Ago)
		}
	}
}

// TestWrongFiles: what is wrong is said with its line.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	const head = "path,total_conversions,total_null\n"
	for text, want := range map[string]string{
		"":                                  "x: it is empty",
		"a,b\n1,2\n":                        `x:1: found columns "a,b", want path,total_conversions`,
		"path,path,total_conversions\n":     "x:1: two columns are called path",
		head:                                "x: no path ends in a conversion",
		head + "a > b,0,3\n":                "x: no path ends in a conversion",
		head + "a,1,0\n,1,0\n":              "x:3: the path is empty",
		head + "a,1,0\na > > b,1,0\n":       "x:3: found a channel without a name",
		head + "a,1,0\nb,-1,0\n":            `x:3: total_conversions: found "-1", want a whole`,
		head + "a,1.5,0\n":                  `x:2: total_conversions: found "1.5"`,
		head + "a,NaN,0\n":                  `x:2: total_conversions: found "NaN"`,
		head + "a,1\n":                      "x:2: wrong number of fields",
		head + "\"a,1,0\n":                  "x:2: extraneous or missing",
		"path,converted\na,maybe\n":         `x:2: conversion: found "maybe", want 0 or 1`,
		"path,converted,hours\na > b,1,3\n": "x:2: hours: found 1 numbers for 2 touches",
		"path,converted,value\na,1,x\n":     `x:2: value: found "x", want a number`,
		"id,time,channel,conversion\n1,noon,a,1\n":               `x:2: time: found "noon"`,
		"id,time,channel,conversion\n,2025-01-01,a,1\n":          "x:2: id: found nothing",
		"id,time,channel,conversion\n1,2025-01-01,,1\n":          "x:2: found a channel without a name",
		"path,total_conversions,total_conversion_value\na,0,5\n": "x:2: total_conversion_value: found 5",
	} {
		_, err := Read("x", strings.NewReader(text))
		if wrong := (*Error)(nil); !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	s, err := Read("x", strings.NewReader(head+"adv > banner,1,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Mark([]string{"baner"}, nil)
	if err == nil || !strings.Contains(err.Error(), `"banner"`) {
		t.Errorf("got %v, want the nearest name", err)
	}
}

// FuzzRead: no file makes a reader fall over, and what it accepts can be attributed and written.
func FuzzRead(f *testing.F) {
	f.Add("path,total_conversions,total_null\na > b,1,0\n")
	f.Add("id,path,converted,value,hours\n1,a > b,1,3,1 > 0\n")
	f.Add("id,time,channel,conversion,value\n1,2025-01-01,a,1,2\n1,1e11,b,0,\n")
	f.Add("path,total_conversions\n\"a\n>b\",1e9\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("x", strings.NewReader(text))
		if wrong := (*Error)(nil); err != nil {
			if !errors.As(err, &wrong) {
				t.Fatalf("%v is no Error", err)
			}
			return
		}
		conversions, nulls, value := s.Totals()
		if conversions <= 0 || nulls < 0 || math.IsNaN(value) {
			t.Fatalf("%d conversions, %d nulls, value %g", conversions, nulls, value)
		}
		for _, p := range s.Paths {
			if len(p.Touches) == 0 || s.Timed && len(p.Ago) != len(p.Touches) {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// TestWhatIsWrittenIsRead: a set keeps its totals in each form.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	s, err := Read("x", strings.NewReader("id,path,converted,value,hours\n"+
		"1,a > b > a,1,9.25,72 > 5.5 > 0\n2,b,0,,0\n3,a > b > a,1,1,9 > 3 > 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range Forms {
		var text strings.Builder
		if err := Write(&text, s, form); err != nil {
			t.Fatal(err)
		}
		again, err := Read(form, strings.NewReader(text.String()))
		if err != nil {
			t.Fatalf("%s: %v\n%s", form, err, text.String())
		}
		a, b, v := again.Totals()
		if a != 2 || b != 1 || v != 10.25 || len(again.Channels) != 2 {
			t.Errorf("%s: %d %d %g of %v", form, a, b, v, again.Channels)
		}
		if form != "paths" && math.Abs(again.Paths[0].Ago[0]-3) > 1e-4 {
			t.Errorf("%s: %v days ago, want 3", form, again.Paths[0].Ago)
		}
	}
	s.Channels[0] = "a>z"
	if err := Write(&strings.Builder{}, s, "paths"); err == nil {
		t.Error("a channel with a separator in its name is written")
	}
}

// TestVisitors: devices that are linked to a customer are one visitor; a conversion ends a path,
// old touches do not count, and gaps that are longer than the look-back part what leads to nothing.
func TestVisitors(t *testing.T) {
	t.Parallel()
	const day, none = int64(aDay), int64(table.Null)
	at := func(days int64, device, user, order int64, channel uint8) sighting {
		return sighting{device: device, user: user, at: days * day, order: order, channel: channel,
			cents: 1000}
	}
	p := &part{users: map[int64]int64{7: 1}}
	p.seen = []sighting{
		at(50, 9, none, none, 5), // another visitor's
		at(40, none, 1, 22, 0),   // bought in a store: a path of what came since the last order
		at(0, 7, none, none, 1),  // too old at the order, leads to nothing
		at(35, 8, 1, none, 2),    //
		at(36, 7, none, 21, 0),   // bought on a device that is linked
		at(39, 7, 1, none, 3),    //
		at(41, 7, none, none, 4), // two paths to nothing
		at(90, 7, none, none, 4), //
		at(91, none, 1, none, 2), //
		at(200, none, 3, 23, 0),  // no path
	}
	c := &Collector{rule: Rule{LookBack: 30 * 24 * time.Hour}}
	p.cut(c)
	type seen struct {
		id    string
		touch []uint16
	}
	var got []seen
	for _, one := range p.paths {
		got = append(got, seen{one.ID, one.Touches})
	}
	want := []seen{{"", []uint16{5}}, {"", []uint16{1}}, {"21", []uint16{2}}, {"22", []uint16{3}},
		{"", []uint16{4}}, {"", []uint16{4, 2}}}
	if !reflect.DeepEqual(got, want) || p.unseen != 1 {
		t.Errorf("%v, %d unseen; want %v", got, p.unseen, want)
	}
}
