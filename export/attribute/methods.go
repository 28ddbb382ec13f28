package attribute

import (
	"errors"
	"math"
	"slices"

	"github.com/percorso/percorso/export/paths"
)

// A Method shares out conversions among the channels of their paths.
type Method struct {
	Name  string
	About string
	Sums  bool // whether its credit adds up to all conversions
	find  func(*paths.Set, *Options) *Credit
	weigh weighing               // nil: it gives no credit to single touches
	needs func(*paths.Set) error // nil: nothing
}

// Options of some methods.
type Options struct {
	First, Last float64 // of position: shares of the first and the last touch
	HalfLife    float64 // of time decay, in days
}

// Defaults are the usual options.
var Defaults = Options{First: 0.4, Last: 0.4, HalfLife: 7}

// A Credit is what a method gives to each channel.
type Credit struct {
	Conversions []float64 // by channel
	Value       []float64
	Removal     []float64 // removal effects, of Markov methods only
}

func newCredit(channels int) *Credit {
	return &Credit{Conversions: make([]float64, channels), Value: make([]float64, channels)}
}

// Methods are all methods.
func Methods() []Method {
	return []Method{
		byTouch("first", "the first touch", first, nil),
		byTouch("last", "the last touch", last, nil),
		byTouch("last_non_direct", "the last touch that is not direct, or the last", lastNonDirect,
			func(s *paths.Set) error {
				if s.Direct == nil {
					return errors.New("it needs to know which channels are direct")
				}
				return nil
			}),
		byTouch("last_paid", "the last paid touch, or the last", lastPaid,
			func(s *paths.Set) error {
				if s.Paid == nil {
					return errors.New("it needs to know which channels are paid")
				}
				return nil
			}),
		byTouch("linear", "all touches alike", linear, nil),
		byTouch("position", "40 % the first touch, 40 % the last, 20 % those between", position, nil),
		byTouch("time_decay", "half as much for each 7 days that a touch is older", timeDecay,
			func(s *paths.Set) error {
				if !s.Timed {
					return errors.New("it needs the times of touches")
				}
				return nil
			}),
		byTouch("shapley", "all channels of a path alike: their Shapley value, if paths need all",
			shapley, nil),
		{Name: "markov_1", About: "removal effects in a Markov chain of order 1", Sums: true,
			find: markov(1)},
		{Name: "markov_2", About: "likewise, of order 2", Sums: true, find: markov(2)},
		{Name: "markov_3", About: "likewise, of order 3", Sums: true, find: markov(3)},
		{Name: "logistic", About: "what a logistic regression says is missing without the channel",
			find: logistic},
	}
}

// Names are those of all methods.
func Names() (names []string) {
	for _, m := range Methods() {
		names = append(names, m.Name)
	}
	return names
}

// Needs says what a method lacks in a set; nil: nothing.
func (m *Method) Needs(s *paths.Set) error {
	if m.needs == nil {
		return nil
	}
	return m.needs(s)
}

// Credit shares out the conversions of a set, which must have what the method needs.
func (m *Method) Credit(s *paths.Set, opt *Options) *Credit { return m.find(s, opt) }

// ByTouch reports whether a method gives credit to single touches.
func (m *Method) ByTouch() bool { return m.weigh != nil }

// Weights returns how a method that ByTouch shares out one path among its touches; they sum to 1.
func (m *Method) Weights(s *paths.Set, p *paths.Path, opt *Options) []float64 {
	weights := make([]float64, len(p.Touches))
	m.weigh(s, p, opt, weights)
	return weights
}

// A weighing weighs the touches of a path; the weights sum to 1.
type weighing func(s *paths.Set, p *paths.Path, opt *Options, weights []float64)

// byTouch is a method that shares out each path by itself.
func byTouch(name, about string, weigh weighing, needs func(*paths.Set) error) Method {
	return Method{Name: name, About: about, Sums: true, needs: needs, weigh: weigh,
		find: func(s *paths.Set, opt *Options) *Credit {
			credit, weights := newCredit(len(s.Channels)), []float64(nil)
			for i := range s.Paths {
				p := &s.Paths[i]
				if p.Conversions == 0 {
					continue
				}
				weights = slices.Grow(weights[:0], len(p.Touches))[:len(p.Touches)]
				clear(weights)
				weigh(s, p, opt, weights)
				for k, channel := range p.Touches {
					credit.Conversions[channel] += float64(weights[k] * float64(p.Conversions))
					credit.Value[channel] += float64(weights[k] * p.Value)
				}
			}
			return credit
		}}
}

func first(_ *paths.Set, _ *paths.Path, _ *Options, weights []float64) { weights[0] = 1 }

func last(_ *paths.Set, _ *paths.Path, _ *Options, weights []float64) {
	weights[len(weights)-1] = 1
}

func lastNonDirect(s *paths.Set, p *paths.Path, _ *Options, weights []float64) {
	lastOf(p, weights, func(channel uint16) bool { return !s.Direct[channel] })
}

func lastPaid(s *paths.Set, p *paths.Path, _ *Options, weights []float64) {
	lastOf(p, weights, func(channel uint16) bool { return s.Paid[channel] })
}

// lastOf gives all to the last touch of some channels or, if there is none, to the last.
func lastOf(p *paths.Path, weights []float64, is func(uint16) bool) {
	for i := len(weights) - 1; i >= 0; i-- {
		if is(p.Touches[i]) {
			weights[i] = 1
			return
		}
	}
	weights[len(weights)-1] = 1
}

func linear(_ *paths.Set, _ *paths.Path, _ *Options, weights []float64) {
	for i := range weights {
		weights[i] = 1 / float64(len(weights))
	}
}

// position shares what is between the first and the last touch alike; where nothing is, the two
// share all of it in proportion.
func position(_ *paths.Set, _ *paths.Path, opt *Options, weights []float64) {
	n := len(weights)
	switch {
	case n == 1:
		weights[0] = 1
	case n == 2 && opt.First+opt.Last > 0:
		weights[0] = opt.First / (opt.First + opt.Last)
		weights[1] = 1 - weights[0]
	case n == 2:
		weights[0], weights[1] = 0.5, 0.5
	default:
		for i := range weights {
			weights[i] = (1 - opt.First - opt.Last) / float64(n-2)
		}
		weights[0], weights[n-1] = opt.First, opt.Last
	}
}

// timeDecay weighs a touch of t days before the conversion by 2^(-t/half-life).
func timeDecay(_ *paths.Set, p *paths.Path, opt *Options, weights []float64) {
	sum, latest := 0.0, slices.Min(p.Ago)
	for i, days := range p.Ago {
		weights[i] = math.Exp2(-(days - latest) / opt.HalfLife)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
}

// shapley is the Shapley value of v(S), the conversions of paths all of whose channels are in S
// (Zhao, Mahboobi and Bagheri 2018): the channels of a path share alike, and so do a channel's
// touches what it gets.
func shapley(_ *paths.Set, p *paths.Path, _ *Options, weights []float64) {
	touches := map[uint16]int{}
	for _, channel := range p.Touches {
		touches[channel]++
	}
	for i, channel := range p.Touches {
		weights[i] = 1 / float64(len(touches)*touches[channel])
	}
}
