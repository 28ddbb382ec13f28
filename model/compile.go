package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// partRows is how many event rows a part is expected to hold, and tileRows those of a tile of it.
const (
	partRows = 1_000_000
	tileRows = 1 << 17
)

// Compile turns a loaded scenario into a World: names become codes in the order of their ids, laws
// become tables. Load has checked the scenario; what Compile may still miss is its time zone or its
// locale.
func Compile(s *Scenario) (*World, error) {
	l, err := locale.Lookup(s.Locale)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	w := &World{
		Scenario: s, Tables: table.Schema(s.Currency), Locale: l, Key: draw.New(s.Seed),
		Luck: s.Luck, OffSince: AlwaysOff,
		Customers: s.Customers, TownSize: s.Town,
		Towns:    (s.Customers + s.Town - 1) / s.Town,
		Coupling: Coupling(slices.Index(Couplings, s.Coupling)),
	}
	if err := w.compileCalendar(s); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	w.compileChannels(s)
	w.compilePeople(s)
	w.compilePopulation(s)
	w.compileJourneys(s)
	w.compileGoods(s)
	w.compilePlaces(s)
	w.compileCampaigns(s)
	w.compileVisits(s)
	w.compileBehaviors(s)
	w.setWords()
	w.RowsPerCustomer = max(10, 10*math.Round(w.expectedRows()/10))
	w.PartTowns = max(1, int(partRows/(w.RowsPerCustomer*float64(s.Town))))
	w.Parts = (w.Towns + w.PartTowns - 1) / w.PartTowns
	w.TileDays = 1
	if min(w.PartTowns, w.Towns) > 1 {
		w.TileDays = max(7, w.TileOf(float64(w.PartTowns)))
	}
	return w, nil
}

// TileOf returns how many days of a number of towns make a tile, at most 28: so many that they are
// worth it and few enough that their events are not many. The rows are the same for any number.
func (w *World) TileOf(towns float64) int {
	daily := w.RowsPerCustomer * towns * float64(w.TownSize) / float64(w.Days)
	return max(1, min(28, int(tileRows/daily)))
}

// traitsOf returns which traits weigh on the choice of a channel.
func traitsOf(t table.Touchpoint, c Channel) (traits uint8) {
	for i, weighs := range []bool{t.Digital(), c.Paid || t == table.Inbox,
		t == table.SocialFeed || c.Medium == "referral"} {
		if weighs {
			traits |= 1 << i
		}
	}
	return traits
}

// byID lists names in the order of their ids.
func byID[V any](named map[string]V, id func(string) string) []string {
	return slices.SortedFunc(maps.Keys(named), func(a, b string) int {
		return cmp.Compare(id(a), id(b))
	})
}

func own(name string) string { return name }

// weightsOf lines up weights with names.
func weightsOf(names []string, w Weights) []float64 {
	values := make([]float64, len(names))
	for i, name := range names {
		values[i] = w[name]
	}
	return values
}

func cents(amount float64) int64     { return int64(math.Round(amount * 100)) }
func tenThousandths(p float64) int64 { return int64(math.Round(p * 10_000)) }

func (w *World) compileChannels(s *Scenario) {
	for _, name := range byID(s.Channels, func(n string) string { return s.Channels[n].ID }) {
		c := s.Channels[name]
		p := ChannelPlan{Name: name, Paid: c.Paid,
			Touchpoint: table.Touchpoint(slices.Index(table.Touchpoints, c.Touchpoint) + 1)}
		p.Plain = p.Touchpoint == table.App || p.Touchpoint == table.Web && !c.Paid && c.Medium == ""
		p.Hours = draw.ChoiceOf(c.hours(p.Touchpoint))
		w.opening(&p, &c, s)
		p.Source = w.word(table.EventSource, c.Source)
		p.Medium = w.word(table.EventMedium, c.Medium)
		if c.Source != "" && (p.Touchpoint == table.Web || p.Touchpoint == table.SocialFeed) {
			p.Referrer = w.word(table.EventReferrer, referrer(c.Source))
		}
		w.Channels = append(w.Channels, p)
		w.TraitsOf = append(w.TraitsOf, traitsOf(p.Touchpoint, c))
	}
	channels := make([]string, len(w.Channels))
	for i := range w.Channels {
		channels[i] = w.Channels[i].Name
	}
	for i := range w.Channels {
		w.Channels[i].Without = withoutPlan(s.Channels[channels[i]], w.Channels[i].Touchpoint, channels)
	}
	w.Tables[table.TableEvents].Columns[table.EventChannel].Vocab = channels
}

// engines are the sources that everybody knows by a bare name, and whose addresses are theirs.
var engines = []string{"google", "bing", "duckduckgo", "yahoo", "facebook", "instagram", "linkedin",
	"pinterest", "tiktok", "youtube"}

// referrer is the address of a source: a host as it is, a name that everybody knows as its .com,
// and any other in a domain that nobody owns.
func referrer(source string) string {
	if strings.Contains(source, ".") {
		return "https://" + source + "/"
	}
	if slices.Contains(engines, source) {
		return "https://www." + source + ".com/"
	}
	return "https://" + strings.ReplaceAll(source, " ", "-") + ".example/"
}

// word returns the code of a word of an events column, adding it when it is new; no word is 0.
func (w *World) word(column int, word string) uint32 {
	if word == "" {
		return 0
	}
	c := &w.Tables[table.TableEvents].Columns[column]
	if i := slices.Index(c.Vocab, word); i >= 0 {
		return uint32(i + 1)
	}
	c.Vocab = append(c.Vocab, word)
	return uint32(len(c.Vocab))
}

// weekdays in the order of time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// months from January.
var months = []string{"jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec"}

// onlineHours are relative visits by hour of the day: the indices of a US survey published by
// oberlo.com and clickpost.ai for hours 5, 9, 10, 12-16 and 20-24, straight lines in between.
var onlineHours = Hours{104, 79, 57, 40, 28, 22, 30, 45, 60, 75, 103, 122, 142, 151, 149, 145, 142,
	139, 136, 134, 132, 134, 133, 123}

// hours returns the channel's hour weights, or its touchpoint's.
func (c *Channel) hours(t table.Touchpoint) []float64 {
	if c.Hours != (Hours{}) {
		return c.Hours[:]
	}
	if t.Digital() {
		return onlineHours[:]
	}
	var h Hours
	from, to := 8, 22 // in the street
	switch t {
	case table.Store:
		from, to = 9, 20
	case table.Telephone:
		from, to = 8, 19
	}
	for i := from; i < to; i++ {
		h[i] = onlineHours[i]
	}
	return h[:]
}

// Days counts from 1970.
func (d Date) Days() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func (w *World) compilePeople(s *Scenario) {
	names := byID(s.Segments, own)
	shares := make([]float64, len(names))
	for i, name := range names {
		g := s.Segments[name]
		shares[i] = g.Share
		p := SegmentPlan{Name: name, Devices: draw.ChoiceOf(weightsOf(table.Devices, g.Devices)),
			Needs: draw.NatLog(math.Log(g.Needs)), Stay: stayOf(g.stay(s)),
			Ages: g.Ages, Dearness: fixed16(math.Log(g.Spend))}
		for t, trait := range TraitNames {
			p.Mean[t] = fixed16(g.Traits[trait])
			w.Traits = w.Traits || p.Mean[t] != 0
		}
		w.Segments = append(w.Segments, p)
	}
	w.Segment = draw.ChoiceOf(shares)
	w.Normal = draw.Normal()
	if s.Needs.Vary > 0 {
		w.NeedRate = draw.TableOf(draw.Gamma{Shape: s.Needs.Vary})
	} else {
		w.NeedRate = draw.TableOf(draw.Fixed{})
	}
	daily := max(s.Needs.PerYear, 1e-9) / 365.25
	w.NeedWait = draw.LogOf(math.Log2(math.Ln2/daily) + seasonBits)
	for i, row := range covarianceRoot(s.Traits) {
		for j, x := range row {
			w.TraitRoot[i][j] = fixed16(x)
			w.Traits = w.Traits || w.TraitRoot[i][j] != 0
		}
	}
}

func fixed16(x float64) int32 { return int32(math.RoundToEven(x * (1 << 16))) }

// covarianceRoot returns L with L·Lᵀ = D·R·D, D the spreads and R the correlations.
func covarianceRoot(t Traits) [TraitCount][TraitCount]float64 {
	l, _ := correlationRoot(t.Correlate) // Load has refused what has none
	for i, name := range TraitNames {
		for j := range l {
			l[i][j] *= float64(t.Spread[name])
		}
	}
	return l
}

// correlationRoot returns L with L·Lᵀ = R, R the matrix of the correlations: the Cholesky factor,
// row by row. It is not ok when R is not positive definite, and then has no such root.
func correlationRoot(correlate []Correlation) (l [TraitCount][TraitCount]float64, ok bool) {
	var r [TraitCount][TraitCount]float64
	for _, c := range correlate {
		a, b := slices.Index(TraitNames, c.Of[0]), slices.Index(TraitNames, c.Of[1])
		r[a][b], r[b][a] = c.Is, c.Is
	}
	for i := range l {
		rest := 1.0
		for j := range i {
			sum := r[i][j]
			for k := range j {
				sum -= float64(l[i][k] * l[j][k])
			}
			l[i][j] = sum / l[j][j]
			rest -= float64(l[i][j] * l[i][j])
		}
		if rest < 1e-9 {
			return l, false
		}
		l[i][i] = math.Sqrt(rest)
	}
	return l, true
}

func (w *World) compileVisits(s *Scenario) {
	p := s.Sessions.Pages
	for a, mean := range [ActivityCount]float64{p.Notice, p.Browse, p.Cart, p.Order, p.Engage,
		p.Browse} {
		w.Pages[a] = draw.Geometric(max(mean-1, 0))
		w.MeanPages[a] = draw.LogOf(math.Log2(max(mean, 1)))
	}
	w.Length = waitOf(&s.Sessions.Duration)
	w.CallLength = waitOf(&s.Sessions.Call)
	w.StoreLength = waitOf(&s.Sessions.StoreVisit)
	product := float64(s.Sessions.ProductViews)
	w.ProductPage = draw.ChanceOf(product)
	w.SearchPage = draw.ChanceOf(min(product+float64(s.Sessions.Searches), 1))
	w.NewSource = s.Sessions.NewSource
	w.Home = draw.ChanceOf(float64(s.Sessions.HomeDevice))
	for i, device := range table.Devices {
		w.Converts[i] = draw.NatLog(math.Log(factor(s.Sessions.Conversion, device)))
	}

	o := s.Orders
	w.Lines = draw.Poisson(max(o.Lines-1, 0))
	w.Pieces = draw.Geometric(max(o.Quantity-1, 0))
	collect, ship := o.Fulfilment["collect"], o.Fulfilment["ship"]
	w.CollectOf = draw.ChanceOf(collect / (collect + ship))
	w.Delivery, w.Collection = waitOf(&o.Delivery), waitOf(&o.Collection)
	w.Fee, w.FreeFrom = cents(o.Shipping.Fee), cents(o.Shipping.FreeFrom)
	w.VAT = tenThousandths(float64(o.VAT))
	w.Courier.Hours = draw.ChoiceOf((&Channel{}).hours(table.Telephone))
	w.opening(&w.Courier, &Channel{Closed: []Closing{{Weekday: "sun"}, {Holidays: true}}}, s)
	w.Awake.Hours = draw.ChoiceOf((&Channel{}).hours(table.Street))
	w.opening(&w.Awake, &Channel{}, s)
	w.Counter.Hours = draw.ChoiceOf((&Channel{}).hours(table.Store))
	w.opening(&w.Counter, &Channel{Closed: []Closing{{Holidays: true}}}, s)
	for i := range w.Channels {
		if w.Channels[i].Touchpoint == table.Store {
			w.Counter = w.Channels[i]
			break
		}
	}
	reasons := byID(s.Carts.Reasons, own)
	w.Reasons = draw.ChoiceOf(weightsOf(reasons, s.Carts.Reasons))
	w.Tables[table.TableCarts].Column("reason").Vocab = reasons

	i := s.Identity
	for _, c := range []struct {
		to *draw.Chance
		p  Share
	}{{&w.Register, i.Register}, {&w.Login, i.Login}, {&w.LoyaltyCard, i.LoyaltyCard},
		{&w.Marketing, i.Marketing}, {&w.Profiling, i.Profiling}, {&w.Tracking, i.Tracking}} {
		*c.to = draw.ChanceOf(float64(c.p))
	}
}
