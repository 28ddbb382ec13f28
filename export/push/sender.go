package push

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/percorso/percorso/export/pace"
)

// A sender sends requests when they are due, and again when that may help.
type sender struct {
	opt     *Options
	measure *Measure
	packer  *packer
	queue   <-chan *Request     // from the feed, in the order in which they are due
	room    *semaphore.Weighted // bytes that may wait

	ready chan *Request // due now
	again chan *Request // to be retried now
	idle  chan struct{} // closed when nothing is left to do

	ctx     context.Context // done: the user wants it to end
	making  context.Context // done: no first attempts any more
	stop    context.CancelCauseFunc
	sending context.Context // done: no attempts any more

	held   sync.WaitGroup // requests that are not settled
	health health
}

// longWait is how long a wait for a request is worth telling.
const longWait = 200 * time.Millisecond

// dispatch hands out each request when it is due, and ends when all are settled.
func (s *sender) dispatch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r := range s.queue {
		wait := r.Due - s.measure.start(s.opt.Began)
		if wait > 0 && s.opt.Pace != pace.Max {
			if wait > longWait {
				s.measure.awaits(r.Due)
			}
			timer.Reset(wait)
			select {
			case <-timer.C:
				wait = 0
			case <-s.making.Done():
			}
		}
		if s.making.Err() != nil && (wait > 0 || s.opt.Pace == pace.Max) {
			s.release(r) // it is not due yet
			continue
		}
		s.measure.due(r)
		if r.Empty() {
			s.settle(r, &Settlement{})
			continue
		}
		if s.making.Err() != nil {
			s.settle(r, &Settlement{Rest: Dropped})
			continue
		}
		select {
		case s.ready <- r:
		case <-s.making.Done():
			s.settle(r, &Settlement{Rest: Dropped})
		}
	}
	s.held.Wait()
	close(s.idle)
}

// work sends requests, one at a time, until there is nothing left to do.
func (s *sender) work() {
	t := newClient(s.sending, s.opt, s.packer)
	defer t.close()
	for {
		var r *Request
		select { // retries go before new requests
		case r = <-s.again:
		default:
			select {
			case r = <-s.again:
			case r = <-s.ready:
			case <-s.idle:
				return
			}
		}
		s.send(t, r)
	}
}

// send makes one attempt to send a request, recorded beforehand, and decides what follows.
func (s *sender) send(t *client, r *Request) {
	if r.attempts == 0 && !s.begin(r) {
		return
	}
	r.attempts++
	s.measure.attempting(r)
	began := time.Now()
	v := t.do(r)
	s.measure.attempted(r, &v, time.Since(began))
	if v.answered && success(v.status) {
		s.health.good()
		s.settle(r, s.taken(r, &v))
		return
	}
	if v.fatal != nil && !s.health.proven() {
		s.stop(s.advise(&v))
	} else if dead := s.health.bad(&v); dead != nil {
		s.stop(dead)
	}
	switch {
	case v.tooLarge && len(r.IDs) > 1:
		s.split(t, r)
	case v.passing:
		s.retry(t, r, &v)
	default:
		s.health.said(v.String())
		s.settle(r, s.refused(r, &v))
	}
}

// begin prepares a request for its first attempt; if there must be none it settles the request.
func (s *sender) begin(r *Request) bool {
	if s.making.Err() != nil && !r.part {
		s.settle(r, &Settlement{Rest: Dropped})
		return false
	}
	if s.opt.MaxLag > 0 && s.opt.Pace != pace.Max && !r.part &&
		s.measure.start(s.opt.Began)-r.Due > s.opt.MaxLag {
		s.settle(r, &Settlement{Rest: Dropped, Status: "late"})
		return false
	}
	if s.failed() {
		s.settle(r, &Settlement{Rest: Dropped})
		return false
	}
	r.began = time.Now()
	s.packer.pack(r)
	if s.opt.Ledger != nil {
		if err := s.opt.Ledger.Sending(r); err != nil {
			s.stop(err)
			s.settle(r, &Settlement{Rest: Dropped})
			return false
		}
	}
	return true
}

// advise is the error of a verdict that will be the same for every request, with advice.
func (s *sender) advise(v *verdict) error {
	if v.status == http.StatusUnauthorized || v.status == http.StatusForbidden {
		if s.opt.Credentials != "" {
			return fmt.Errorf("%w; %s", v.fatal, s.opt.Credentials)
		}
	}
	return v.fatal
}

// taken is the settlement of a request answered with a status of success.
func (s *sender) taken(r *Request, v *verdict) *Settlement {
	a := s.opt.Wire.Answer(v.status, v.body, len(r.IDs))
	a.Why = oneLine(a.Why)
	if len(a.Rejected) > 0 {
		s.health.said(a.Why)
	}
	return &Settlement{Status: v.name, HTTP: true, Answer: a, Rest: Uncertain}
}

// refused is the settlement of a request answered with a final refusal.
func (s *sender) refused(r *Request, v *verdict) *Settlement {
	if !v.answered {
		return &Settlement{Status: v.name, Rest: r.unanswered()}
	}
	a := s.opt.Wire.Answer(v.status, v.body, len(r.IDs))
	if a.Why = oneLine(a.Why); a.Why == "" {
		a.Why = v.String()
	}
	return &Settlement{Status: v.name, Answer: a, Rest: Rejected}
}

// split sends the two halves of a request that was too large for the target, one after the other.
func (s *sender) split(t *client, r *Request) {
	s.measure.split()
	parts := r.halves(s.opt.Wire.Between)
	s.held.Add(len(parts))
	parts[0].weight = r.weight / 2
	parts[1].weight = r.weight - parts[0].weight
	r.weight = 0
	s.release(r)
	for _, half := range parts {
		s.send(t, half)
	}
}

// retry sends a request again after a while, unless that has gone on for too long. Where the target
// wants its events in order, later requests wait for it.
func (s *sender) retry(t *client, r *Request, v *verdict) {
	r.lost = r.lost || v.lost
	left := s.opt.RetryFor - time.Since(r.began)
	if left <= 0 || v.after > left || s.sending.Err() != nil || s.failed() {
		why := v.String()
		if left > 0 && v.after > left {
			why += fmt.Sprintf("; it asks to wait %v, but %s leaves %v",
				v.after.Round(time.Second), s.opt.name("RetryFor"), left.Round(time.Second))
		}
		s.health.lost(len(r.IDs), why)
		s.settle(r, &Settlement{Status: v.name, Rest: r.unanswered()})
		return
	}
	wait := min(max(r.pause(), v.after), left)
	s.measure.rests(1)
	rest := func() {
		s.sleep(wait)
		s.measure.rests(-1)
	}
	if s.opt.Wire.Limits.InOrder {
		rest()
		s.send(t, r)
		return
	}
	go func() {
		rest()
		s.again <- r
	}()
}

// failed reports whether the stream has ended for a reason that no other attempt will change.
func (s *sender) failed() bool { return s.making.Err() != nil && s.ctx.Err() == nil }

// sleep waits, but only as long as there are attempts.
func (s *sender) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.sending.Done():
	}
}

// settle ends the life of a request.
func (s *sender) settle(r *Request, x *Settlement) {
	x.Attempts, x.Time = r.attempts, time.Now()
	x.MaybeDuplicate = r.lost || r.again
	if x.Rest == Dropped { // no longer sent, but it may have been sent before
		x.Rest = r.unanswered()
	}
	s.measure.settled(r, x)
	if s.opt.Ledger != nil {
		if err := s.opt.Ledger.Settled(r, x); err != nil {
			s.stop(err)
		}
	}
	s.release(r)
}

// release returns what a request holds.
func (s *sender) release(r *Request) {
	s.room.Release(r.weight)
	s.held.Done()
	r.free()
}
