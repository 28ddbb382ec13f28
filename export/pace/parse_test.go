package pace

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// paces are texts that Parse reads, and what they mean.
var paces = map[string]Pace{
	"5000/s":                   Rate(5000),
	"5000":                     Rate(5000),
	"+5000":                    Rate(5000),
	"5_000/s":                  Rate(5000),
	"5e3/s":                    Rate(5000),
	"5k/s":                     Rate(5000),
	"1.5k":                     Rate(1500),
	"300/min":                  Rate(5),
	"300/m":                    Rate(5),
	"0.5/s":                    Rate(0.5),
	".5/s":                     Rate(0.5),
	"5.":                       Rate(5),
	"007":                      Rate(7),
	"1/h":                      Rate(1. / 3600),
	"36G/h":                    nil,
	"10M/s":                    Rate(1e7),
	"max":                      Max,
	"ramp:1000..50000/5m":      Ramp{1000, 50_000, 5 * time.Minute},
	"ramp:0..50k/5m":           Ramp{0, 50_000, 5 * time.Minute},
	"step:1000,5000,10000/1m":  Steps{{1000, time.Minute}, {5000, time.Minute}, {10_000, time.Minute}},
	"spike:1000..20000/10s@1m": Steps{{1000, time.Minute}, {20_000, 10 * time.Second}, {1000, 0}},
	"sine:1000..5000/1m":       Wave{1000, 5000, time.Minute},
	"sine:0..5000/1h30m":       Wave{0, 5000, 90 * time.Minute},
}

// wrongPaces are texts that Parse does not read, and what it says of them.
var wrongPaces = map[string]string{
	"":                      "from 1/h to 10M/s, e.g. 5000/s, 5k/s, 300/min, a shape, e.g. ramp:1",
	"fast":                  "from 1/h to 10M/s",
	"0":                     "from 1/h to 10M/s",
	"-5":                    "from 1/h to 10M/s",
	"5/":                    "from 1/h to 10M/s",
	"5/d":                   "from 1/h to 10M/s",
	"5/s/s":                 "from 1/h to 10M/s",
	"5 /s":                  "from 1/h to 10M/s",
	"5kk":                   "from 1/h to 10M/s",
	"5kM":                   "from 1/h to 10M/s",
	"5_/s":                  "from 1/h to 10M/s",
	"0.9/h":                 "from 1/h to 10M/s",
	"11M/s":                 "from 1/h to 10M/s",
	"NaN":                   "from 1/h to 10M/s",
	"Inf":                   "from 1/h to 10M/s",
	"1e400":                 "from 1/h to 10M/s",
	"Max":                   "from 1/h to 10M/s",
	":":                     `unknown shape "", want ramp, sine, spike or step; e.g. ramp:1000..50`,
	"rampe:1..2/1m":         `want ramp, sine, spike or step, did you mean "ramp"?; e.g. ramp:1000`,
	"ramp:1000/5m":          "want ramp:FROM..TO/TIME with rates of up to 10M/s and times abov",
	"ramp:1000..0/5m":       "want ramp:FROM..TO/TIME",
	"ramp:1..2/0s":          "want ramp:FROM..TO/TIME",
	"ramp:1..11M/1m":        "want ramp:FROM..TO/TIME",
	"ramp:1..2":             "want ramp:FROM..TO/TIME",
	"ramp:-1..2/1m":         "want ramp:FROM..TO/TIME",
	"ramp:1..NaN/1m":        "want ramp:FROM..TO/TIME",
	"step:1,0/1m":           "want step:RATE,RATE,…/TIME",
	"step:1,2/1m@1m":        "want step:RATE,RATE,…/TIME",
	"spike:1..2/1m":         "want spike:BASE..HIGH/TIME@AFTER",
	"sine:2..1/1m":          "want sine:LOW..HIGH/PERIOD",
	"sine:1..2/1 m":         "e.g. sine:1000..5000/1m",
	"spike:1..2..3/10s@10s": "e.g. spike:1000..20000/10s@1m",
}

// inner is a pace without what it was written as.
func inner(p Pace) Pace {
	if s, ok := p.(Shape); ok {
		return s.Pace
	}
	return p
}

func TestPacesAreRead(t *testing.T) {
	for text, want := range paces {
		got, err := Parse(text, MaxRate)
		if (err == nil) != (want != nil) || !reflect.DeepEqual(inner(got), want) {
			t.Errorf("%s is read as %v (%v), want %v", text, got, err, want)
		}
		if s, ok := got.(Shape); ok && s.Text != text {
			t.Errorf("%s is a shape that says it was %s", text, s.Text)
		}
	}
	for text, want := range wrongPaces {
		got, err := Parse(text, MaxRate)
		if err == nil || !strings.HasPrefix(err.Error(), text+": ") ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s is read as %v (%v), want %q", text, got, err, want)
		}
	}
}

// TestRatesHaveBounds of those who read them.
func TestRatesHaveBounds(t *testing.T) {
	for text, want := range map[string]string{
		"5k/s":                "",
		"5001":                "5001: want a rate from 1/h to 5000/s, e.g. ",
		"ramp:1..5k/1m":       "",
		"ramp:1..5.1k/1m":     "ramp:1..5.1k/1m: want ramp:FROM..TO/TIME with rates of up to 5000/s and ",
		"spike:9k..1k/1m@10s": "spike:9k..1k/1m@10s: want spike:BASE..HIGH/TIME@AFTER with rates of ",
		"max":                 "",
	} {
		_, err := Parse(text, 5000)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if r, err := ParseRate("1e9", 1, 1e9); r != 1e9 || err != nil {
		t.Errorf("1e9: got %v, %v", r, err)
	}
	for _, text := range []string{"0.5", "1.1e9", "max", "NaN", "ramp:1..2/1m"} {
		const want = ": want a rate from 1/s to 1000M/s, e.g. 5000/s, 5k/s, 300/min"
		if r, err := ParseRate(text, 1, 1e9); err == nil || err.Error() != text+want {
			t.Errorf("%s: got %v, %v, want %s", text, r, err, text+want)
		}
	}
	if s, err := ParseShape("5000/s", MaxRate); err == nil {
		t.Errorf("5000/s is the shape %v", s)
	}
}

// TestExamplesOfErrorsAreAccepted: who is told of a bound is shown only what is within it.
func TestExamplesOfErrorsAreAccepted(t *testing.T) {
	example := regexp.MustCompile(`[a-z]+:[\d.,]+[\dkM]/\w+(@\w+)?|[\d.]+[kM]?/(s|min|h)`)
	for _, most := range []Rate{MinRate, 0.5, 1, 3, 20, 100, 4999, 5000, 20_000, MaxRate} {
		for _, text := range []string{"fast", "1e9", "ramp:1..1e9/1m", "spike:1..1e9/1s@1s", "x:1"} {
			_, err := Parse(text, most)
			if err == nil {
				t.Fatalf("%s is within %v", text, most)
			}
			_, examples, _ := strings.Cut(err.Error(), "e.g. ")
			for _, one := range example.FindAllString(examples, -1) {
				if _, err := Parse(one, most); err != nil {
					t.Errorf("up to %v the example %s: %v", most, one, err)
				}
			}
			if !strings.HasPrefix(text, "ramp") && !strings.HasPrefix(text, "spike") && examples == "" {
				t.Errorf("up to %v there is no example in %q", most, err)
			}
		}
	}
}

// speeds are texts that ParseSpeed reads, and what they mean.
var speeds = map[string]Speed{
	"60x": 60, "60": 60, "1x": 1, "0.05x": 0.05, ".05x": 0.05, "0.001": 0.001, "1_000_000x": 1e6,
	"3600x": 3600, "max": AtOnce,
}

// wrongSpeeds are texts that ParseSpeed does not read.
var wrongSpeeds = []string{"", "x", "fast", "0", "-1x", "60xx", "60 x", "0.0009x", "1000001x",
	"NaN", "Infx", "1/s", "maxx"}

func TestSpeedsAreRead(t *testing.T) {
	for text, want := range speeds {
		if got, err := ParseSpeed(text); got != want || err != nil {
			t.Errorf("%s is read as %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range wrongSpeeds {
		const want = ": want a speed from 0.001x to 1,000,000x, e.g. 60x for 60 times faster than " +
			"real time, or max"
		if got, err := ParseSpeed(text); err == nil || err.Error() != text+want {
			t.Errorf("%s is read as %v (%v), want %s", text, got, err, text+want)
		}
	}
}

// TestWhatIsWrittenIsRead again as the same.
func TestWhatIsWrittenIsRead(t *testing.T) {
	for text, p := range paces {
		if r, ok := p.(Rate); ok {
			if again, err := Parse(r.String(), MaxRate); again != p {
				t.Errorf("%s is written as %v and read as %v (%v)", text, r, again, err)
			}
		}
	}
	for text, s := range speeds {
		if again, err := ParseSpeed(s.String()); again != s {
			t.Errorf("%s is written as %v and read as %v (%v)", text, s, again, err)
		}
	}
}

// FuzzParse holds that nothing but what lies within the bounds is read, that events of a pace that
// was read are due one after the other, and that errors say what was found.
func FuzzParse(f *testing.F) {
	for text := range paces {
		f.Add(text)
	}
	for text := range wrongPaces {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text, MaxRate)
		if err != nil {
			if p != nil || !strings.HasPrefix(err.Error(), text+": ") {
				t.Fatalf("%q is read as %v, and %v", text, p, err)
			}
			return
		}
		if r, ok := p.(Rate); ok && r != Max && !(r >= MinRate && r <= MaxRate) {
			t.Fatalf("%q is the rate %v", text, r)
		}
		last := time.Duration(0)
		for n := int64(0); n < 1<<40; n += n/2 + 1 {
			due := p.Due(n, 0)
			if due < last {
				t.Fatalf("%q: event %d is due at %v, after one at %v", text, n, due, last)
			}
			last = due
		}
	})
}

// FuzzParseSpeed holds that only speeds within the bounds are read, and that the events of an hour
// are due within an hour at that speed.
func FuzzParseSpeed(f *testing.F) {
	for text := range speeds {
		f.Add(text)
	}
	for _, text := range wrongSpeeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpeed(text)
		switch {
		case err != nil:
			if s != 0 || !strings.HasPrefix(err.Error(), text+": ") {
				t.Fatalf("%q is read as %v, and %v", text, s, err)
			}
		case s == AtOnce && text == "max":
		case !(s >= minSpeed && s <= maxSpeed):
			t.Fatalf("%q is the speed %v", text, s)
		default:
			got := s.From(-7).Due(0, 3_600_000_000-7).Hours() * float64(s)
			if got < 1-1e-3 || got > 1+1e-3 {
				t.Fatalf("%s: an hour takes %v of them", fmt.Sprint(s), got)
			}
		}
	})
}
