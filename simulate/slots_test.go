package simulate

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
)

// A purpose is the uniforms of one purpose under one key.
type purpose struct {
	name        string
	first, span uint64
}

const (
	once  = 1
	daily = 1 << 16 // a slot a day
)

// inVisits are the slots under an episode, within a visit of a stage.
var inVisits = []purpose{
	{"slotDwell", slotDwell, once}, {"slotNext", slotNext, once}, {"slotChannel", slotChannel, once},
	{"slotHour", slotHour, once}, {"slotCategory", slotCategory, once},
	{"slotStart", slotStart, once}, {"slotCampaign", slotCampaign, once},
	{"slotHomeDevice", slotHomeDevice, once}, {"slotOtherDevice", slotOtherDevice, once},
	{"slotPages", slotPages, once}, {"slotLength", slotLength, once}, {"slotLogin", slotLogin, once},
	{"slotRegister", slotRegister, once}, {"slotLines", slotLines, once},
	{"slotReason", slotReason, once}, {"slotCard", slotCard, once},
	{"slotFulfilment", slotFulfilment, once}, {"slotFulfilled", slotFulfilled, once},
	{"slotFulfilledHour", slotFulfilledHour, once}, {"slotSeen", slotSeen, once},
	{"slotClick", slotClick, once}, {"slotKnown", slotKnown, once},
	{"slotCheckout", slotCheckout, once}, {"slotDay", slotDay, once},
	{"slotLater", slotLater, once}, {"slotTravel", slotTravel, once},
	{"slotOff", slotOff, model.MaxChannels + 1},
	{"slotPage", slotPage, 256}, {"slotProduct", slotProduct, 256},
	{"slotBasket", slotBasket, maxLines}, {"slotQuantity", slotQuantity, maxLines},
	{"slotSeenFirst", slotSeenFirst, maxLines}, {"slotPutAside", slotPutAside, maxLines},
	{"slotBeside", slotBeside, maxLines},
}

// inLives are the slots under the key of a person, and those of behaviors also under keys that come
// from it: of an order, a cart, a word.
var inLives = []purpose{
	{"slotSegment", slotSegment, once}, {"slotNeedRate", slotNeedRate, once},
	{"slotAge", slotAge, once}, {"slotDevice", slotDevice, once},
	{"slotMarketing", slotMarketing, once}, {"slotProfiling", slotProfiling, once},
	{"slotTracking", slotTracking, once}, {"slotStore", slotStore, once},
	{"slotNeed", slotNeed, daily}, {"slotTrait", slotTrait, uint64(model.TraitCount)},
	{"slotFelt", slotFelt, daily}, {"slotUrge", slotUrge, daily},
	{"slotUrged", slotUrged, daily}, {"slotEager", slotEager, daily},
	{"slotDeparts", slotDeparts, daily}, {"slotPast", slotPast, mostPast},
	{"slotPastKnown", slotPastKnown, once}, {"slotPastCard", slotPastCard, once},
	{"slotTenure", slotTenure, once}, {"slotVacant", slotVacant, once},
	{"slotOpens", slotOpens, once},
}

// ofRules are the slots of each behavior in its family: in visits and in lives.
var ofRules = map[string][2][]purpose{
	"advertising": {{}, {
		{"slotContacts", slotContacts, daily}, {"slotContact", slotContact, daily},
		{"slotContacts of readers", slotContacts + readers*slotAudience, daily},
		{"slotContact of readers", slotContact + readers*slotAudience, daily},
		{"slotContacts of lists", slotContacts + listed*slotAudience, daily},
		{"slotContact of lists", slotContact + listed*slotAudience, daily},
		{"slotContacts of seekers", slotContacts + seekers*slotAudience, daily},
		{"slotContact of seekers", slotContact + seekers*slotAudience, daily},
		{"slotContacts of visitors", slotContacts + visitors*slotAudience, daily},
		{"slotContact of visitors", slotContact + visitors*slotAudience, daily},
	}},
	"cart": {{
		{"slotFollowUp", slotFollowUp, once}, {"slotRetry", slotRetry, once},
		{"slotFollowedRival", slotFollowedRival, once},
		{"slotRemoves", slotRemoves, once}, {"slotTooMuch", slotTooMuch, once},
		{"slotPutsIn", slotPutsIn, 2}, {"slotTakesOut", slotTakesOut, once},
		{"slotSeesCart", slotSeesCart, once}, {"slotDeclines", slotDeclines, once},
		{"slotAnyStep", slotAnyStep, once}, {"slotInsists", slotInsists, once},
		{"slotBegins", slotBegins, once}, {"slotShips", slotShips, once},
		{"slotPays", slotPays, once}, {"slotPaysAgain", slotPaysAgain, once},
		{"slotIsDeclined", slotIsDeclined, 2},
	}, {
		{"slotReminder", slotReminder, model.MaxChannels}, {"slotAnswer", slotAnswer, model.MaxChannels},
		{"slotReading", slotReading, model.MaxChannels}, {"slotSending", slotSending, model.MaxChannels},
	}},
	"churn": {{}, {
		{"slotStays", slotStays, once}, {"slotBound", slotBound, once},
		{"slotRemaining", slotRemaining, once}, {"slotUsed", slotUsed, once},
		{"slotTerms", slotTerms, once}, {"slotHolds", slotHolds, once},
		{"purposeRenews", purposeRenews, daily}, {"purposeWhy", purposeWhy, daily},
		{"purposeHour", purposeHour, daily},
		{"slotDropsOut", slotDropsOut, once}, {"slotReturns", slotReturns, once},
		{"slotSigns", slotSigns, once}, {"mails of churn", firstWinBack << 16, mails},
	}},
	"fulfilment": {{}, {
		{"slotLate", slotLate, once}, {"slotDelay", slotDelay, once},
		{"slotReturned", slotReturned, maxLines}, {"slotWhy", slotWhy, maxLines},
		{"slotReturn", slotReturn, once}, {"slotReturnHour", slotReturnHour, once},
		{"slotInStore", slotInStore, once}, {"slotStay", slotStay, once},
		{"slotExtra", slotExtra, once}, {"slotExtraLines", slotExtraLines, once},
		{"slotExtraProduct", slotExtraProduct, maxLines},
		{"slotExtraQuantity", slotExtraQuantity, maxLines},
		{"slotExtraBeside", slotExtraBeside, maxLines},
	}},
	"loyalty": {{{"slotRelated", slotRelated, once}}, {
		{"mails of loyalty", firstRestock << 16, mails},
	}},
	"market": {{
		{"slotStockOut", slotStockOut, once}, {"slotMissed", slotMissed, once},
		{"slotInstead", slotInstead, once}, {"slotElsewhere", slotElsewhere, once},
		{"slotFromRival", slotFromRival, once},
	}, {{"slotHolder", slotHolder, 1 << 20},
		{"mails of market", firstCoupon << 16, mails}, {"slotSought", slotSought, 1 << 20}}},
	"omnichannel": {{{"slotRival", slotRival, once}}, {{"slotTaste", slotTaste, once}}},
	"satisfaction": {{}, {
		{"slotOpinion", slotOpinion, once}, {"slotTurnsOut", slotTurnsOut, once},
		{"slotAsked", slotAsked, once}, {"slotAskedAfter", slotAskedAfter, once},
		{"slotAskedHour", slotAskedHour, once}, {"slotAskedWhat", slotAskedWhat, once},
		{"slotAnswers", slotAnswers, once}, {"slotAnswersAfter", slotAnswersAfter, once},
		{"slotAnswersHour", slotAnswersHour, once}, {"slotReviews", slotReviews, once},
		{"slotReviewsAfter", slotReviewsAfter, once}, {"slotReviewsHour", slotReviewsHour, once},
		{"slotPleases", slotPleases, once}, {"slotMixed", slotMixed, once},
		{"slotWords", slotWords, once},
	}},
	"service": {{
		{"slotCallPatience", slotCallPatience, once}, {"slotCallOffered", slotCallOffered, once},
		{"slotCallSolves", slotCallSolves, once},
	}, {
		{"slotAsks", slotAsks, model.TopicCount * daily}, {"slotAsksAfter", slotAsksAfter, daily},
		{"slotDesk", slotDesk, daily}, {"slotDeskDay", slotDeskDay, daily},
		{"slotDeskHour", slotDeskHour, daily},
		{"slotHandling", slotHandling, daily}, {"slotPatience", slotPatience, daily},
		{"slotOffered", slotOffered, daily}, {"slotSolves", slotSolves, daily},
		{"slotAgain", slotAgain, daily}, {"slotAgainIn", slotAgainIn, daily},
		{"slotReplyHour", slotReplyHour, daily},
		{"slotDeskOff", slotDeskOff, (model.MaxChannels + 1) * daily},
	}},
	"word_of_mouth": {{}, {
		{"slotOccasion", slotOccasion, daily}, {"slotNextOccasion", slotNextOccasion, daily},
		{"slotSpeaks", slotSpeaks, once}, {"slotPraise", slotPraise, once},
		{"slotOffline", slotOffline, once}, {"slotSpeaking", slotSpeaking, once},
		{"slotRefers", slotRefers, once}, {"slotTold", slotTold, 16}, {"slotHeard", slotHeard, once},
		{"slotAware", slotAware, daily}, {"slotLikes", slotLikes, once},
		{"slotComments", slotComments, once}, {"slotShares", slotShares, once},
		{"slotReacts", slotReacts, 3},
	}},
}

// mails are the slots of as many messages as a behavior may have.
const mails = 32 * purposesOfMailing * daily

// ofContacts are the slots under the key of a day's contacts.
var ofContacts = []purpose{{"slotSource", slotSource, once},
	{"slotMoment", slotMoment, once}, {"slotFollowed", slotFollowed, once},
	{"slotOpened", slotOpened, once}, {"slotBounced", slotBounced, once},
	{"slotRead", slotRead, once}, {"slotAbout", slotAbout, once},
	{"slotScreen", slotScreen, once}}

// ofMails are the slots of a message, from its first on.
var ofMails = []purpose{{"purposeSent", purposeSent, daily}, {"purposeRead", purposeRead, daily},
	{"purposeFollowed", purposeFollowed, daily}}

// noPurposes are where slots begin, and what counts them.
var noPurposes = []string{"slotBehavior", "slotBits", "slotsOfBehaviors", "slotShift", "slots",
	"purposesOfMailing", "slotAudience"}

// purposes are all slots in visits and all slots in lives: those of the chain, and those of each
// behavior in the family that its rule gives it.
func purposes() (visits, lives []purpose) {
	visits, lives = slices.Clone(inVisits), slices.Clone(inLives)
	for _, r := range rules {
		for _, p := range ofRules[r.name][0] {
			p.first += slotBehavior + uint64(r.family)<<visitBits
			visits = append(visits, p)
		}
		for _, p := range ofRules[r.name][1] {
			p.first = r.family.slot(p.first)
			lives = append(lives, p)
		}
	}
	return visits, lives
}

func byFirst(a, b purpose) int { return cmp.Compare(a.first, b.first) }

// clash returns two purposes that share a uniform.
func clash(all []purpose) (a, b purpose, ok bool) {
	all = slices.SortedFunc(slices.Values(all), byFirst)
	for i := 1; i < len(all); i++ {
		if all[i-1].first+all[i-1].span > all[i].first {
			return all[i-1], all[i], true
		}
	}
	return a, b, false
}

// TestNoUniformServesTwice: no two purposes share a slot under the same key, and every constant
// that names one is looked at here.
func TestNoUniformServesTwice(t *testing.T) {
	t.Parallel()
	beyond := func(page uint64) purpose {
		return purpose{"a long visit", paged(slotPage, page), 2 << 8}
	}
	visits, lives := purposes()
	keys := [][]purpose{append(visits, beyond(256), beyond(9*256)), lives, ofContacts, ofMails}
	for _, all := range keys {
		if a, b, ok := clash(all); ok {
			t.Errorf("%v and %v share a uniform", a, b)
		}
		for i := range all { // none can move onto its neighbour unseen
			moved := slices.Clone(all)
			moved[i].first = moved[(i+1)%len(moved)].first
			if _, _, ok := clash(moved); !ok {
				t.Errorf("%v can share a uniform unseen", all[i])
			}
		}
	}
	if last := slices.MaxFunc(keys[0], byFirst); last.first+last.span > 1<<slotBits {
		t.Errorf("%v reaches into the next visit", last)
	}
	if n := uint64(len(ofContacts)); n > contactSlots {
		t.Errorf("a contact has %d slots, want at most %d", n, contactSlots)
	}
	for _, name := range slotNames(t) {
		if !slices.Contains(noPurposes, name) && !slices.ContainsFunc(slices.Concat(keys...),
			func(p purpose) bool { return p.name == name }) {
			t.Errorf("%s is in none of the lists", name)
		}
	}
}

// TestFamiliesAreApart: no two behaviors have the same uniforms, and none reaches beyond its own.
func TestFamiliesAreApart(t *testing.T) {
	t.Parallel()
	given := map[family]string{}
	for _, r := range rules {
		if other, ok := given[r.family]; ok {
			t.Errorf("%s and %s have the same family", r.name, other)
		}
		given[r.family] = r.name
		for i, bits := range []int{visitBits, lifeBits} {
			for _, p := range ofRules[r.name][i] {
				if p.first+p.span > 1<<bits {
					t.Errorf("%s: %v reaches beyond its family", r.name, p)
				}
			}
		}
	}
	if len(given) != len(ofRules) {
		t.Errorf("the slots of %d behaviors are looked at, there are %d", len(ofRules), len(given))
	}
}

// slotNames are the constants of this package that name slots.
func slotNames(t *testing.T) (names []string) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for _, name := range spec.Names {
					if strings.HasPrefix(name.Name, "slot") || strings.HasPrefix(name.Name, "purpose") {
						names = append(names, name.Name)
					}
				}
			}
			return true
		})
	}
	return names
}
