package push

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/record"
)

// TestReportKeepsItsNames: a report that was written once is read and written the same, so no field
// has gone, come or got another name without a look at this file.
func TestReportKeepsItsNames(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	d := json.NewDecoder(bytes.NewReader(want))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := r.WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

func TestTargetIsWithoutSecrets(t *testing.T) {
	u, err := url.Parse("https://me:secret@127.0.0.1:8080/collect?api_secret=s#token")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Public(u), "https://127.0.0.1:8080/collect"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// logger keeps an interval log.
type logger struct{ *IntervalLog }

func (l logger) Look(s *Second, response, service *hdrhistogram.Histogram) {
	l.Add(s, time.Now(), response, service)
}
func (logger) Waiting() {}

// TestLogsCanBeRead by the library that others use, and hold all there was.
func TestLogsCanBeRead(t *testing.T) {
	var text, percentiles bytes.Buffer
	var r *Report
	synctest.Test(t, func(t *testing.T) {
		l := NewIntervalLog(&text, time.Now(), "a test")
		opt := steady(1000, frozen(3*time.Second, 2*time.Second))
		opt.Duration = 10 * time.Second
		m := NewMeasure(opt.Pace)
		var err error
		if r, err = streamed(t.Context(), m, opt, logger{l}); err != nil || l.Err() != nil {
			t.Fatal(err, l.Err())
		}
		if err := m.WritePercentiles(&percentiles); err != nil {
			t.Fatal(err)
		}
	})
	log := hdrhistogram.NewHistogramLogReader(&text)
	all := map[string]*hdrhistogram.Histogram{"response": newHistogram(), "service": newHistogram()}
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		all[h.Tag()].Merge(h)
	}
	for _, test := range []struct {
		tag  string
		want Latency
	}{{"response", r.Response}, {"service", r.Service}} {
		if got := latencyOf(all[test.tag]); got != test.want {
			t.Errorf("%s of the log is %+v, want %+v", test.tag, got, test.want)
		}
	}
	for _, want := range []string{" Value\tPercentile\tTotalCount\t1/(1-Percentile)\n",
		"Total count    =        10000]", "#[Max     =     2000."} {
		if !strings.Contains(percentiles.String(), want) {
			t.Errorf("no %q in\n%s", want, &percentiles)
		}
	}
}

// TestPrometheusSeesTheMeasure, names that a monitor may show, and buckets that add up.
func TestPrometheusSeesTheMeasure(t *testing.T) {
	m := NewMeasure(pace.Rate(1000))
	synctest.Test(t, func(t *testing.T) {
		opt := steady(1000, frozen(time.Second, 2*time.Second))
		opt.Duration = 4 * time.Second
		if _, err := streamed(t.Context(), m, opt, silentWatcher{}); err != nil {
			t.Fatal(err)
		}
	})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(m))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, f := range families {
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", f.GetName())
		}
		one := f.GetMetric()[0]
		got[f.GetName()] = one.GetCounter().GetValue() + one.GetGauge().GetValue()
		if h := one.GetHistogram(); h != nil {
			got[f.GetName()] = float64(h.GetSampleCount())
			for _, b := range h.GetBucket() {
				if f.GetName() == "percorso_stream_response_seconds" && b.GetUpperBound() == 1 {
					got["within a second"] = float64(b.GetCumulativeCount())
				}
			}
		}
	}
	for name, want := range map[string]float64{
		"percorso_stream_requests_due_total":          4000,
		"percorso_stream_requests_sent_total":         4000,
		"percorso_stream_events_accepted_total":       4000,
		"percorso_stream_events_dropped_total":        0,
		"percorso_stream_answers_total":               4000,
		"percorso_stream_requests_in_flight":          0,
		"percorso_stream_elapsed_seconds":             3.999,
		"percorso_stream_simulated_timestamp_seconds": 1735689604,
		"percorso_stream_response_seconds":            4000,
		"percorso_stream_service_seconds":             4000,
		"within a second":                             3000,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

// TestWaitingIsToldUntilTheFirstRequest: who looks on before there is anything to see is told so.
func TestWaitingIsToldUntilTheFirstRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeasure(pace.Max)
		ctx, stop := context.WithCancel(t.Context())
		seen := new(onlooker)
		done := make(chan struct{})
		go func() { m.Watch(ctx, seen); close(done) }()
		time.Sleep(2500 * time.Millisecond)
		m.start(time.Time{})
		time.Sleep(1600 * time.Millisecond)
		stop()
		<-done
		if seen.waited != 2 || len(seen.lengths) != 3 {
			t.Errorf("waited %d times, then seconds of %v; want 2 and 3 of them", seen.waited,
				seen.lengths)
		}
	})
}

// An onlooker keeps what it is told.
type onlooker struct {
	waited  int
	lengths []float64
}

func (o *onlooker) Look(s *Second, _, _ *hdrhistogram.Histogram) {
	o.lengths = append(o.lengths, s.Length)
}
func (o *onlooker) Waiting() { o.waited++ }

// TestMeasuringAllocatesNothing for each request.
func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMeasure(pace.Rate(1000))
	m.start(time.Now())
	r := &Request{Request: record.Request{IDs: []int64{1}, Times: []int64{0}}, attempts: 1,
		began: time.Now()}
	v := &verdict{name: "200", answered: true, status: http.StatusOK}
	x := &Settlement{HTTP: true, Attempts: 1, Time: time.Now()}
	x.Answer.Accepted = 1
	if n := testing.AllocsPerRun(1000, func() {
		m.due(r)
		m.attempting(r)
		m.attempted(r, v, time.Millisecond)
		m.settled(r, x)
	}); n > 0 {
		t.Errorf("%v allocations for a request, want none", n)
	}
}

func BenchmarkMeasure(b *testing.B) {
	m := NewMeasure(pace.Rate(1000))
	m.start(time.Now())
	r := &Request{Request: record.Request{IDs: []int64{1}, Times: []int64{0}}, attempts: 1,
		began: time.Now()}
	v := &verdict{name: "200", answered: true, status: http.StatusOK}
	x := &Settlement{HTTP: true, Attempts: 1, Time: time.Now()}
	for b.Loop() {
		m.due(r)
		m.attempting(r)
		m.attempted(r, v, time.Millisecond)
		m.settled(r, x)
	}
}
