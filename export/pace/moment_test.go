package pace

import (
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// worldIn is a world of ten days from a day on, in a time zone.
func worldIn(t testing.TB, zone string, start time.Time) *model.World {
	t.Helper()
	s, err := model.Load("null", scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	s.TimeZone, s.Days = zone, 10
	s.Start.Year, s.Start.Month, s.Start.Day = start.Year(), start.Month(), start.Day()
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func berlin(t testing.TB) *model.World {
	return worldIn(t, "Europe/Berlin", time.Date(2025, 3, 25, 0, 0, 0, 0, time.UTC))
}

// moments are texts that ParseMoment reads, and what they mean in Berlin from 2025-03-25 on, where
// summer time begins on the 30th.
var moments = map[string]struct {
	day int
	utc string
}{
	"2025-03-25":                {0, "2025-03-24T23:00:00Z"},
	"2025-03-30":                {5, "2025-03-29T23:00:00Z"},
	"2025-03-31":                {6, "2025-03-30T22:00:00Z"},
	"2025-04-03":                {9, "2025-04-02T22:00:00Z"},
	"2025-03-26T08:00":          {1, "2025-03-26T07:00:00Z"},
	"2025-03-26T08:00:30":       {1, "2025-03-26T07:00:30Z"},
	"2025-03-26T08:00:30.5":     {1, "2025-03-26T07:00:30.5Z"},
	"2025-04-01T08:00":          {7, "2025-04-01T06:00:00Z"},
	"2025-03-26T08:00:00Z":      {1, "2025-03-26T08:00:00Z"},
	"2025-03-26T00:30:00+04:00": {0, "2025-03-25T20:30:00Z"},
	"2025-03-24T23:00:00Z":      {0, "2025-03-24T23:00:00Z"},
	"2025-04-03T21:59:59Z":      {9, "2025-04-03T21:59:59Z"},
}

// wrongMoments are texts that ParseMoment does not read, and others of days that the world has not.
var wrongMoments = map[string]string{
	"":                     "want a day such as 2025-03-31 or a time such as 2025-03-31T09:00:00Z",
	"yesterday":            "want a day such as",
	"2025-3-1":             "want a day such as",
	"2025-02-30":           "want a day such as",
	"2025-03-26T25:00":     "want a day such as",
	"2025-03-26 08:00":     "want a day such as",
	"2025-03-26T08:00Z":    "want a day such as",
	"2025-03-24":           "want a day of the scenario, from 2025-03-25 to 2025-04-03",
	"2025-04-04":           "want a day of the scenario, from 2025-03-25 to 2025-04-03",
	"0001-01-01":           "want a day of the scenario, from 2025-03-25 to 2025-04-03",
	"9999-12-31":           "want a day of the scenario, from 2025-03-25 to 2025-04-03",
	"2025-03-24T23:59":     "want a day of the scenario, from 2025-03-25 to 2025-04-03",
	"2025-04-03T22:00:00Z": "want a day of the scenario, from 2025-03-25 to 2025-04-03",
}

// find reads a moment and finds it in a world.
func find(text string, w *model.World) (day int, micros int64, err error) {
	m, err := ParseMoment(text)
	if err != nil {
		return 0, 0, err
	}
	return m.In(w)
}

func TestMomentsAreFound(t *testing.T) {
	w := berlin(t)
	for text, want := range moments {
		day, micros, err := find(text, w)
		if utc := time.UnixMicro(micros).UTC().Format(time.RFC3339Nano); day != want.day ||
			utc != want.utc || err != nil {
			t.Errorf("%s is %s on day %d (%v), want %s on day %d", text, utc, day, err, want.utc, want.day)
		}
	}
	for text, want := range wrongMoments {
		day, _, err := find(text, w)
		if err == nil || !strings.HasPrefix(err.Error(), text+": "+want) {
			t.Errorf("%s is on day %d (%v), want %q", text, day, err, want)
		}
	}
}

// TestDaysBeginWithTheirFirstMoment, also where clocks go from 23:59 to 1:00, or back to 23:00.
func TestDaysBeginWithTheirFirstMoment(t *testing.T) {
	for _, test := range []struct{ zone, day, utc string }{
		{"Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z"},   // at 0:00 it is 1:00
		{"Africa/Cairo", "2025-10-31", "2025-10-30T22:00:00Z"},   // at 24:00 it is 23:00
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"}, // at 1:00 it is 0:00
	} {
		at, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		for ahead := range 3 {
			w := worldIn(t, test.zone, at.AddDate(0, 0, -ahead))
			day, micros, err := find(test.day, w)
			utc := time.UnixMicro(micros).UTC().Format(time.RFC3339)
			if begins, _ := w.Bounds(ahead); day != ahead || micros != begins || utc != test.utc {
				t.Errorf("%s: %s is %s on day %d (%v), want %s on day %d", test.zone, test.day, utc, day,
					err, test.utc, ahead)
			}
		}
	}
}

// FuzzParseMoment holds that a moment that was found lies on its day.
func FuzzParseMoment(f *testing.F) {
	for text := range moments {
		f.Add(text)
	}
	for text := range wrongMoments {
		f.Add(text)
	}
	w := berlin(f)
	f.Fuzz(func(t *testing.T, text string) {
		day, micros, err := find(text, w)
		if err != nil {
			if !strings.HasPrefix(err.Error(), text+": ") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if from, to := w.Bounds(day); micros < from || micros >= to {
			t.Fatalf("%q is %d, and its day %d lasts from %d to %d", text, micros, day, from, to)
		}
	})
}
