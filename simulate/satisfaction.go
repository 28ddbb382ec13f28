package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// satisfaction is the behavior satisfaction: what customers expect and experience, and what they
// answer in surveys and reviews. The doc comment of model.Satisfaction has the equations.
type satisfaction struct {
	family
	town  *town
	plan  *model.SatisfactionPlan
	holds draw.Log // how far a unit of satisfaction lowers the log-odds of stopping to buy
	minds []mind   // by place
}

// A mind is what a customer thinks of us. Numbers have 16 fractional bits.
type mind struct {
	satisfied int32 // 0 is as expected
	expects   int32
	lived     bool   // has experienced anything
	product   uint32 // the first of the last order
	order     int64  // the id of that order
	asked     int64  // when the customer is, or was, last surveyed; 0: never
}

// The plan has a weight for each feeling.
var _ [feelingsCount]int32 = model.SatisfactionPlan{}.Felt

// Errands of satisfaction.
const (
	toReceive uint8 = iota
	toAsk
	toAnswer
	toReview
)

// Slots of satisfaction under the key of a person, or of one of their orders.
const (
	slotOpinion uint64 = (1 + iota) << 16
	slotTurnsOut
	slotAsked
	slotAskedAfter
	slotAskedHour
	slotAskedWhat
	slotAnswers
	slotAnswersAfter
	slotAnswersHour
	slotReviews
	slotReviewsAfter
	slotReviewsHour
	slotPleases
	slotMixed
	slotWords
)

func newSatisfaction(t *town, f family) any {
	plan := model.PlanOf[model.SatisfactionPlan](t.world)
	if !plan.On {
		return nil
	}
	return &satisfaction{family: f, town: t, plan: plan,
		holds: model.PlanOf[model.ChurnPlan](t.world).Satisfaction,
		minds: make([]mind, len(t.people))}
}

// arrives implements arrivalListener.
func (s *satisfaction) arrives(p *person) { s.minds[p.place] = mind{} }

// hadOrdered makes a customer have been as lucky with an order of the past as with any other.
func (s *satisfaction) hadOrdered(p *person, key draw.Key, at int64) int64 {
	luck := s.normal(s.draw(key, slotTurnsOut))
	s.experience(&s.minds[p.place], times(s.plan.Spread, luck), s.plan.Even)
	return at
}

func (s *satisfaction) mind(p *person) *mind { return &s.minds[s.town.place(p)] }

// portray fills in how satisfied the person is, if they have experienced anything.
func (s *satisfaction) portray(p *person, known portrait) portrait {
	if m := s.mind(p); m.lived {
		known.satisfaction = int64(m.satisfied) * 10_000 >> 16
	}
	return known
}

// class returns the NPS class that the person would be in if asked.
func (s *satisfaction) class(p *person) uint32 {
	if !s.mind(p).lived {
		return 0
	}
	return npsClass(scoreOf(s.plan.Survey.NPS[:], s.opinion(p)))
}

// keeps makes satisfied customers stay, by the weight that churn gives to a unit.
func (s *satisfaction) keeps(p *person) draw.Log {
	return perUnit(s.holds, s.mind(p).satisfied)
}

// opinion is z, on which answers depend: the level, the person's satisfaction, and their
// disposition.
func (s *satisfaction) opinion(p *person) int32 {
	return s.plan.Level + s.mind(p).satisfied + s.normal(s.draw(selfOf(s.town.world, p), slotOpinion))
}

// normal turns a uniform into a standard normal score with 16 fractional bits.
func (s *satisfaction) normal(u uint64) int32 {
	return int32(s.town.world.Normal.At(draw.Threshold(u)) >> 16)
}

// times multiplies numbers with 16 fractional bits.
func times(a, b int32) int32 { return int32(int64(a) * int64(b) >> 16) }

// scoreOf counts the cut points that z has reached.
func scoreOf(cuts []int32, z int32) int64 {
	score := int64(0)
	for _, cut := range cuts {
		if z >= cut {
			score++
		}
	}
	return score
}

// npsClass returns the class of a score from 0 to 10.
func npsClass(score int64) uint32 {
	switch {
	case score >= 9:
		return table.Promoter
	case score >= 7:
		return table.Passive
	}
	return table.Detractor
}

// experience compares a performance with what the person expected.
func (s *satisfaction) experience(m *mind, performance, even int32) {
	d := performance - m.expects
	m.expects += times(s.plan.Adapts, d)
	if d < 0 {
		d = times(s.plan.Losses, d)
	}
	m.satisfied += times(s.plan.Learns, d+even-m.satisfied)
	m.lived = true
}

// lives lets a person have an experience.
func (s *satisfaction) lives(p *person, performance, even int32) {
	s.experience(s.mind(p), performance, even)
	if s.plan.Need > 0 {
		s.town.stir(p)
	}
}

func (s *satisfaction) feel(p *person, what feeling, at int64) {
	s.lives(p, s.plan.Felt[what], 0)
}

// ordered remembers what was bought; what is carried out of a store is fulfilled. Orders of the
// warm-up have no parcel, but count as received.
func (s *satisfaction) ordered(x *touch, o *order) {
	m := s.mind(x.p)
	m.order, m.product = o.id, o.lines[0].product
	switch {
	case o.fulfilment == table.InStore:
		s.fulfilled(x.p, o.id, o.at, x.base.user != none)
	case s.town.day < 0 && o.due != none:
		s.town.remind(s.family, x.p, item{what: toReceive, at: o.due, order: o.id})
	}
}

// turnsOut is the experience of a fulfilled order.
func (s *satisfaction) turnsOut(p *person, order int64) {
	luck := s.normal(s.draw(p.key.With(uint64(order)), slotTurnsOut))
	s.lives(p, times(s.plan.Spread, luck), s.plan.Even)
}

func (s *satisfaction) received(p *person, it *item) {
	s.fulfilled(p, it.order, it.at, p.knownSince != 0)
}

// fulfilled makes an order turn out well or badly. The customer may be surveyed about it, if we
// know whose it is, or review a product.
func (s *satisfaction) fulfilled(p *person, order, at int64, known bool) {
	s.turnsOut(p, order)
	if s.town.day < 0 {
		return
	}
	m, key := s.mind(p), p.key.With(uint64(order))
	v := &s.plan.Survey
	if known && v.Share.Hits(s.draw(key, slotAsked)) {
		due, ok := s.later(p, at, &v.After, v.Channel, key, slotAskedAfter)
		if !ok { // the survey would be due after the last day
			due = max(due, s.town.world.End())
		}
		if m.asked == 0 || due >= m.asked+v.Rest {
			m.asked = due
			if ok {
				s.town.remind(s.family, p, item{what: toAsk, at: due, order: order})
			}
		}
	}
	r := &s.plan.Reviews
	if m.order == order && answers(&r.Answers, s.draw(key, slotReviews), s.verdict(p, key)) {
		if due, ok := s.later(p, at, &r.Answers.After, r.Channel, key, slotReviewsAfter); ok {
			s.town.remind(s.family, p, item{what: toReview, at: due, order: order, ref: int32(m.product)})
		}
	}
}

// later returns a time after another, within the hours of a channel; ok is false when the world
// ends before. The slot for the hour is the one after that for the time.
func (s *satisfaction) later(p *person, at int64, after *model.Wait, channel uint8, key draw.Key,
	slot uint64) (int64, bool) {
	t := s.town
	due := at + after.Micros(draw.Threshold(s.draw(key, slot)), 0)
	day, ok := t.dayOf(p, due)
	if ok {
		_, due, ok = t.handOver(p, &t.world.Channels[channel-1], day, s.draw(key, slot+1<<16), due)
	}
	return due, ok
}

// verdict is what the customer thinks of a product: their opinion of us, and luck with it.
func (s *satisfaction) verdict(p *person, key draw.Key) int32 {
	return s.opinion(p) + times(s.plan.Reviews.Luck, s.normal(s.draw(key, slotPleases)))
}

// answers reports whether a customer of opinion z answers at u, by the logistic law.
func answers(a *model.AnswersPlan, u uint64, z int32) bool {
	return happens(u, a.Base+perUnit(a.Bias, max(z, -z)))
}

func (s *satisfaction) wake(p *person, it item) {
	switch it.what {
	case toReceive:
		s.turnsOut(p, it.order)
	case toAsk:
		s.ask(p, it)
	case toAnswer:
		s.answer(p, it)
	case toReview:
		s.review(p, it)
	}
}

// ask sends a survey. Whether and what the customer answers depends on what they think at that
// moment.
func (s *satisfaction) ask(p *person, it item) {
	t, v := s.town, &s.plan.Survey
	e := t.personal(p, v.Channel, table.MessageSent, model.CauseSatisfaction, it.at)
	if e == nil {
		return
	}
	e.order = it.order
	key, z := p.key.With(uint64(it.order)), s.opinion(p)
	kind := uint32(v.Kinds.Pick(s.draw(key, slotAskedWhat)) + 1)
	answered, score, class := int64(none), int64(none), uint32(0)
	if answers(&v.Answers, s.draw(key, slotAnswers), z) {
		if at, ok := s.later(p, it.at, &v.Answers.After, v.Channel, key, slotAnswersAfter); ok {
			answered, score = at, scoreOf(v.NPS[:], z)
			if kind == table.SurveyCSAT {
				score = 1 + scoreOf(v.CSAT[:], z)
			} else {
				class = npsClass(score)
			}
			t.remind(s.family, p, item{what: toAnswer, at: at, order: it.order, ref: int32(score)})
		}
	}
	t.rec.write(table.TableSurveys, it.at, t.ids.about(surveyIDs, it.order), it.at, t.userID(p),
		int64(kind), int64(v.Channel), it.order, answered, score, int64(class))
}

// answer writes the event of an answer that was settled before.
func (s *satisfaction) answer(p *person, it item) {
	t := s.town
	e := t.personal(p, s.plan.Survey.Channel, table.Survey, model.CauseSatisfaction, it.at)
	if e != nil {
		e.order, e.score = it.order, uint8(it.ref+1)
	}
}

// review rates a product on the site. The sentiment of the text mostly agrees with the stars.
func (s *satisfaction) review(p *person, it item) {
	t, r := s.town, &s.plan.Reviews
	e := t.message(p, r.Channel, table.Review, model.CauseSatisfaction, it.at)
	if e == nil {
		return
	}
	key, product := p.key.With(uint64(it.order)), uint32(it.ref)
	rating := 1 + scoreOf(r.Stars[:], s.verdict(p, key))
	sentiment := table.Neutral
	switch {
	case rating < 3:
		sentiment = table.Negative
	case rating > 3:
		sentiment = table.Positive
	}
	if r.Mixed.Hits(s.draw(key, slotMixed)) { // one of the two others
		sentiment = 1 + (sentiment+uint32(draw.Below(s.draw(key, slotWords), 2)))%3
	}
	category := t.world.Products[product-1].Category + 1
	e.user, e.order, e.score = t.userIf(p, p.known(it.at)), it.order, uint8(rating+1)
	e.product, e.category, e.page = product, uint8(category), t.world.PageOf(product)
	t.rec.write(table.TableReviews, it.at, t.ids.about(reviewIDs, it.order), it.at, e.user,
		it.order, int64(product), int64(category), rating, int64(sentiment))
}

// bendNext makes satisfied customers go on to cart and order more often.
func (s *satisfaction) bendNext(p *person) draw.Log { return s.effect(p, s.plan.Conversion) }

func (s *satisfaction) bendNeed(p *person) draw.Log { return s.effect(p, s.plan.Need) }

// mostNeed is the same as long as nothing is felt.
func (s *satisfaction) mostNeed(p *person) draw.Log { return s.bendNeed(p) }

// effect is how satisfaction weighs on a choice for which each unit has the given weight.
func (s *satisfaction) effect(p *person, unit draw.Log) draw.Log {
	const most = model.SatisfactionLimit
	return perUnit(unit, min(max(s.mind(p).satisfied, -most), most))
}
