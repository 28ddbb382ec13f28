package push

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// A sender sends requests when they are due, and again when that may help.
type sender struct {
	opt     *Options
	measure *Measure
	queue   <-chan *Request     // from the feed, in the order in which they are due
	room    *semaphore.Weighted // bytes that may wait

	ready chan *Request // due now
	again chan *Request // to be tried again now
	idle  chan struct{} // closed when there is nothing left to do

	making context.Context // done: what was not tried yet is not tried any more
	stop   context.CancelCauseFunc
	trying context.Context // done: nothing is

	held   sync.WaitGroup // requests that are not settled
	health health
}

// dispatch hands out each request when it is due, and ends when all are settled.
func (s *sender) dispatch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r := range s.queue {
		wait := r.Due - s.measure.start(s.opt.Began)
		if wait > 0 && s.opt.Pace != Max {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-s.making.Done():
			}
		}
		if s.making.Err() != nil {
			s.release(r)
			continue
		}
		s.measure.due(r)
		if r.empty() {
			s.settle(r, &Settlement{})
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
	t := newTry(s.opt)
	for {
		var r *Request
		select { // what failed goes before what is new
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

// send tries a request once and decides what follows.
func (s *sender) send(t *try, r *Request) {
	if r.attempts == 0 {
		if lag := s.measure.start(s.opt.Began) - r.Due; s.opt.MaxLag > 0 && lag > s.opt.MaxLag &&
			s.opt.Pace != Max {
			s.settle(r, &Settlement{Rest: Dropped, Status: "late"})
			return
		}
		r.began = time.Now()
		if err := t.pack(r); err != nil {
			s.stop(err)
			s.settle(r, &Settlement{Rest: Dropped})
			return
		}
		if s.opt.Ledger != nil {
			if err := s.opt.Ledger.Sending(r); err != nil {
				s.stop(err)
				s.settle(r, &Settlement{Rest: Dropped})
				return
			}
		}
	}
	r.attempts++
	began := time.Now()
	v := t.do(s.trying, r)
	took := time.Since(began)
	s.measure.tried(r, &v, took)
	switch {
	case v.answered && v.status < 300:
		s.health.good()
		s.settle(r, s.taken(r, &v))
	case v.fatal != nil && !s.health.proven():
		s.stop(v.fatal)
		s.settle(r, s.refused(r, &v))
	case v.tooLarge && len(r.IDs) > 1:
		s.split(r)
	case v.passing:
		s.retry(r, &v)
	default:
		s.settle(r, s.refused(r, &v))
	}
}

// taken is what became of a request that was answered with a status that says yes.
func (s *sender) taken(r *Request, v *verdict) *Settlement {
	return &Settlement{Status: v.name, HTTP: true, Answer: s.opt.Wire.Answer(v.status, v.body, len(r.IDs)),
		Rest: Uncertain}
}

// refused is what became of a request that was answered with a status that says no, for good.
func (s *sender) refused(r *Request, v *verdict) *Settlement {
	if !v.answered {
		return &Settlement{Status: v.name, Rest: r.unanswered()}
	}
	a := s.opt.Wire.Answer(v.status, v.body, len(r.IDs))
	if a.Why == "" {
		a.Why = v.String()
	}
	return &Settlement{Status: v.name, Answer: a, Rest: Rejected}
}

// split sends the two halves of a request that the target found too large.
func (s *sender) split(r *Request) {
	for _, half := range r.halves(s.opt.Wire.Between) {
		s.held.Add(1)
		go func() { s.again <- half }()
	}
	s.release(r)
}

// retry sends a request again after a while, unless it has been tried for too long.
func (s *sender) retry(r *Request, v *verdict) {
	r.lost = r.lost || v.lost
	if dead := s.health.bad(v); dead != nil {
		s.stop(dead)
	}
	wait := max(r.pause(), v.after)
	if s.trying.Err() != nil || time.Since(r.began)+wait > s.opt.GiveUp {
		s.settle(r, &Settlement{Status: v.name, Rest: r.unanswered()})
		return
	}
	go func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.trying.Done():
		}
		s.again <- r
	}()
}

// settle ends the life of a request.
func (s *sender) settle(r *Request, x *Settlement) {
	x.Attempts, x.Time = r.attempts, time.Now()
	x.MaybeDuplicate = r.lost || r.again
	s.measure.settled(r, x)
	if s.opt.Ledger != nil {
		if err := s.opt.Ledger.Settled(r, x); err != nil {
			s.stop(err)
		}
	}
	s.release(r)
}

// release gives back what a request holds.
func (s *sender) release(r *Request) {
	s.room.Release(r.weight)
	s.held.Done()
	r.free()
}
