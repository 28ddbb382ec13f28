package push

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/record"
)

// A sent is what became of a request that a stream sent.
type sent struct {
	Number, First, Next int64
	Due                 time.Duration
	IDs                 []int64
	Body                string
	again               bool
}

// sending runs a stream in a bubble and returns its requests in the order in which they were sent.
func sending(t *testing.T, opt Options, stream func(m *Measure, opt Options) error) (list []sent) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opt.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			list[len(list)-1].Body = string(body)
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
		})
		opt.Connections = 1
		opt.Ledger = ledger(func(r *Request) {
			list = append(list, sent{r.Number, r.First, r.Next, r.Due, slices.Clone(r.IDs), "", r.again})
		})
		if err := stream(NewMeasure(opt.Pace), opt); err != nil {
			t.Fatal(err)
		}
	})
	return list
}

// taped are recorded requests in memory.
type taped []record.Request

// tape records a stream.
func (p *pulse) tape(t *testing.T, opt Options) (all taped) {
	t.Helper()
	err := Record(t.Context(), p.live, func(r *record.Request, prefix int) error {
		if prefix != 0 {
			t.Errorf("a prefix of %d bytes, the wire has none", prefix)
		}
		c := *r
		c.IDs, c.Positions = slices.Clone(r.IDs), slices.Clone(r.Positions)
		c.Times, c.Spans, c.Body = slices.Clone(r.Times), slices.Clone(r.Spans), bytes.Clone(r.Body)
		all = append(all, c)
		return nil
	}, NewMeasure(opt.Pace), opt)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// play returns a function that reads the requests one after the other.
func (all taped) play() func(r *record.Request, prefix []byte) error {
	n := 0
	return func(r *record.Request, _ []byte) error {
		if n == len(all) {
			return io.EOF
		}
		from := &all[n]
		n++
		r.First, r.Next, r.Until = from.First, from.Next, from.Until
		r.IDs, r.Positions = append(r.IDs, from.IDs...), append(r.Positions, from.Positions...)
		r.Times, r.Spans = append(r.Times, from.Times...), append(r.Spans, from.Spans...)
		r.Body = append(r.Body, from.Body...)
		return nil
	}
}

// TestReplayIsTheStream: a recording that is sent at the pace at which it was recorded makes the
// requests of the stream, each when it was due, also when it ends earlier than the recording.
func TestReplayIsTheStream(t *testing.T) {
	p := newPulse(t, 700*time.Millisecond, 2)
	shape, err := pace.ParseShape("ramp:10..200/5s", pace.MaxRate)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		pace pace.Pace
		set  func(opt *Options) // of the stream, not of the recording
	}{
		{"max", pace.Max, nil},
		{"rate", pace.Rate(30), nil},
		{"slow rate", pace.Rate(1.7), nil},
		{"shape", shape, nil},
		{"speed", pace.Clock{Speed: 60, Origin: pulseStart.UnixMicro()}, nil},
		{"requests", pace.Rate(7), func(opt *Options) { opt.PerRequest = true }},
		{"fewer events", pace.Rate(30), func(opt *Options) { opt.Events = 777 }},
		{"shorter", pace.Rate(30), func(opt *Options) { opt.Duration = 11100 * time.Millisecond }},
		{"shorter requests", pace.Rate(7), func(opt *Options) {
			opt.PerRequest, opt.Duration = true, 2500*time.Millisecond
		}},
	} {
		opt := p.options(nil, test.pace)
		opt.Events, opt.Batch, opt.Linger, opt.From = 2_000, 40, time.Second, pulseStart.UnixMicro()
		recorded := opt
		if test.set != nil {
			test.set(&opt)
			recorded.PerRequest = opt.PerRequest
		}
		tape := p.tape(t, recorded)
		live := sending(t, opt, func(m *Measure, opt Options) error {
			return Run(t.Context(), p.live, m, opt)
		})
		again := sending(t, opt, func(m *Measure, opt Options) error {
			opt.World = nil
			return Replay(t.Context(), tape.play(), m, opt)
		})
		if len(live) < 3 || !reflect.DeepEqual(live, again) {
			t.Errorf("%s: the recording makes %d requests, the stream %d; they differ", test.name,
				len(again), len(live))
			for i := range min(len(live), len(again)) {
				if !reflect.DeepEqual(live[i], again[i]) {
					t.Errorf("first request %d:\n%+v, want\n%+v", i, again[i], live[i])
					break
				}
			}
		}
	}
}

// TestReplayAtAnotherPace leaves the bodies as they are, and no request is due before its events or
// after a later request.
func TestReplayAtAnotherPace(t *testing.T) {
	p := newPulse(t, 700*time.Millisecond, 1)
	opt := p.options(nil, pace.Rate(5)) // five events in a request, none waits for more
	opt.Events, opt.Batch, opt.Linger = 1_000, 40, time.Second
	tape := p.tape(t, opt)
	for _, other := range []pace.Pace{pace.Max, pace.Rate(1), pace.Rate(1000)} {
		opt.Pace = other
		list := sending(t, opt, func(m *Measure, opt Options) error {
			return Replay(t.Context(), tape.play(), m, opt)
		})
		if len(list) != len(tape) {
			t.Fatalf("%v: %d requests, want the recorded %d", other, len(list), len(tape))
		}
		last, events := time.Duration(0), int64(0)
		for i, r := range list {
			if !bytes.HasPrefix([]byte(r.Body), tape[i].Body) {
				t.Fatalf("%v: request %d is %q, recorded was %q", other, i, r.Body, tape[i].Body)
			}
			events += int64(len(r.IDs))
			if due := other.Due(events-1, 0); r.Due < due || r.Due < last {
				t.Fatalf("%v: request %d is due after %v; its events are after %v, the one before after %v",
					other, i, r.Due, due, last)
			}
			last = r.Due
		}
	}
}

// A remembered is a past in which some positions were settled and others are in doubt.
type remembered struct{ settled, uncertain done }

func (h remembered) Settled(p int64) bool   { return h.settled(p) }
func (h remembered) Uncertain(p int64) bool { return h.uncertain(p) }

// TestReplayResumes: of recorded requests, what an earlier run settled is left out, and what it
// left in doubt goes in requests of its own.
func TestReplayResumes(t *testing.T) {
	p := newPulse(t, 700*time.Millisecond, 1)
	opt := p.options(nil, pace.Max)
	opt.Events, opt.Batch, opt.IgnoreLimits = 100, 10, true
	tape := p.tape(t, opt)
	opt.Events = 0
	past := remembered{
		settled:   func(n int64) bool { return n < 25 || n == 33 || n == 37 },
		uncertain: func(n int64) bool { return n == 40 || n == 41 },
	}
	opt.Resumed = past
	list := sending(t, opt, func(m *Measure, opt Options) error {
		return Replay(t.Context(), tape.play(), m, opt)
	})
	var got []string
	for _, r := range list {
		got = append(got, fmt.Sprintf("%d-%d:%d:%v", r.IDs[0], r.IDs[len(r.IDs)-1], len(r.IDs),
			r.again))
		var want []byte
		for _, id := range r.IDs {
			want = fmt.Appendf(want, "%d\n", id)
		}
		if !bytes.HasPrefix([]byte(r.Body), want) {
			t.Errorf("body %q, want %q", r.Body, want)
		}
	}
	want := []string{"26-30:5:false", "31-33:3:false", "35-37:3:false", "39-40:2:false",
		"41-42:2:true", "43-50:8:false", "51-60:10:false", "61-70:10:false", "71-80:10:false",
		"81-90:10:false", "91-100:10:false"}
	if !slices.Equal(got, want) {
		t.Errorf("sends %v, want %v", got, want)
	}
}

// TestCutsKeepWhatComesBefore: of a request that the end of the stream cuts, the events in no body
// stay that come before.
func TestCutsKeepWhatComesBefore(t *testing.T) {
	r := newRequest()
	for p := range int64(4) {
		r.Body = append(r.Body, 'x')
		r.IDs, r.Positions, r.Times = append(r.IDs, p), append(r.Positions, 2*p), append(r.Times, p)
		r.Spans = append(r.Spans, record.Span{From: len(r.Body) - 1, To: len(r.Body)})
		r.Skipped, r.SkippedAt = append(r.Skipped, 100+p), append(r.SkippedAt, 2*p+1)
	}
	r.TooBig, r.TooBigAt, r.Next = []int64{200}, []int64{8}, 9
	r.cut(2)
	if len(r.IDs) != 2 || r.Next != 3 || string(r.Body) != "xx" || len(r.Skipped) != 1 ||
		len(r.TooBig) != 0 {
		t.Errorf("two events leave %+v", r.Request)
	}
}
