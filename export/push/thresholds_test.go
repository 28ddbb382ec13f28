package push

import (
	"strings"
	"testing"
)

// sample is a report with every quantity.
func sample() *Report {
	r := new(Report)
	r.Requests.Due, r.Requests.Sent, r.Requests.Late, r.Requests.Retried = 1000, 990, 20, 30
	r.Events.Due, r.Events.Rejected, r.Events.Dropped, r.Events.Uncertain = 10_000, 50, 100, 5
	r.Events.MaybeDuplicate, r.Events.TooBig = 7, 3
	r.Rate.Held, r.Rate.RequestsHeld = 4950.5, 99
	r.Response = Latency{Count: 1000, Mean: 12.5, P50: 10, P90: 100, P95: 200, P99: 500, P999: 900,
		Max: 1000.125}
	r.Service = Latency{Count: 1000, Mean: 1, P50: 1, P90: 2, P95: 3, P99: 4, P999: 5, Max: 6}
	return r
}

func TestThresholds(t *testing.T) {
	for _, test := range []struct {
		text, value string
		missed      bool
	}{
		{"p99>500ms", "500 ms", false},
		{"p99>=500ms", "500 ms", true},
		{"p99>499.999ms", "500 ms", true},
		{"response.p99>0.4s", "500 ms", true},
		{"service.p99>500ms", "4 ms", false},
		{"p50>10ms", "10 ms", false},
		{"p90 > 99ms", "100 ms", true},
		{"p95>199ms", "200 ms", true},
		{"p99.9>899ms", "900 ms", true},
		{"service.p99.9<5ms", "5 ms", false},
		{"max>1s", "1000.125 ms", true},
		{"mean<=12.5ms", "12.5 ms", true},
		{"errors>1%", "1.55%", true},
		{"errors>155", "155", false},
		{"rejected>49", "50", true},
		{"dropped>0", "100", true},
		{"dropped>1%", "1%", false},
		{"uncertain>0", "5", true},
		{"maybe_duplicate>0", "7", true},
		{"too_big>3", "3", false},
		{"retried>3%", "3%", false},
		{"late>1.9%", "2%", true},
		{"rate<4900/s", "4950.5/s", false},
		{"rate<5000", "4950.5/s", true},
		{"requests<100/s", "99/s", true},
	} {
		list, err := ParseThresholds(test.text)
		if err != nil {
			t.Error(err)
			continue
		}
		want := Finding{strings.ReplaceAll(test.text, " ", ""), test.value, test.missed}
		if got := list[0].Check(sample()); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// TestNothingMeasuredIsMissed: a stream without answers has no latency to be proud of.
func TestNothingMeasuredIsMissed(t *testing.T) {
	list, err := ParseThresholds("p99>500ms, errors>1% ,rate<1/s")
	if err != nil {
		t.Fatal(err)
	}
	var got []Finding
	for _, threshold := range list {
		got = append(got, threshold.Check(new(Report)))
	}
	want := []Finding{{"p99>500ms", "nothing was measured", true}, {"errors>1%", "0%", false},
		{"rate<1/s", "0/s", true}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestThresholdErrorsSayWhereAndWhat(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", `"", at 1: "" has no comparison; want a quantity, one of > < >= <=, and a limit`},
		{"p99", `"p99", at 1: "p99" has no comparison`},
		{"p99>500ms,", `"p99>500ms,", at 11: "" has no comparison`},
		{"p99>500ms, errs>1%", `at 12: unknown quantity "errs", want dropped, errors, late, ` +
			`max, maybe_duplicate, mean, out_of_time, p50, p90, p95, p99, p99.9, rate, rejected, ` +
			`requests, retried, too_big or uncertain, did you mean "errors"?; latencies also as resp`},
		{"p98>1s", `unknown quantity "p98"`},
		{"p99>500", `at 1: p99: "500" is not a time, want e.g. 500ms or 2s`},
		{"p99>-1s", `"-1s" is not a time`},
		{"p99>1%", `"1%" is not a time`},
		{"errors>=1/s", `errors: "1/s" is not a limit, want a number from 0, or a share such as 1%`},
		{"errors>101%", `"101%" is not a limit`},
		{"errors>-1", `"-1" is not a limit`},
		{"errors>NaN", `"NaN" is not a limit`},
		{"errors>Inf", `"Inf" is not a limit`},
		{"errors=1%", `has no comparison`},
		{"errors>>1", `">1" is not a limit`},
		{"rate<1%", `rate: "1%" is not a limit, want a number per second, e.g. 4900/s`},
		{"rate<", `rate: "" is not a limit`},
		{"<5", `unknown quantity ""`},
	} {
		list, err := ParseThresholds(test.text)
		if err == nil {
			t.Errorf("%q is taken for %+v", test.text, list)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %q, want %q in it", test.text, err, test.want)
		}
	}
}
