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

// A family of slots is the uniforms of one purpose under one key.
type family struct {
	name        string
	first, span uint64
}

const (
	once  = 1
	daily = 1 << 16 // a slot a day
)

// inJourneys are the slots under an episode, within a visit of a stage.
var inJourneys = []family{
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
	{"slotCheckout", slotCheckout, once}, {"slotOff", slotOff, model.MaxChannels + 1},
	{"slotPage", slotPage, 256}, {"slotProduct", slotProduct, 256},
	{"slotBasket", slotBasket, maxLines}, {"slotQuantity", slotQuantity, maxLines},
	{"slotSeenFirst", slotSeenFirst, maxLines}, {"slotPutAside", slotPutAside, maxLines},

	{"slotRelated", slotRelated, once},
	{"slotFollowUp", slotFollowUp, once}, {"slotRetry", slotRetry, once},
	{"slotFollowedRival", slotFollowedRival, once},
	{"slotRival", slotRival, once},
	{"slotStockOut", slotStockOut, once}, {"slotMissed", slotMissed, once},
	{"slotInstead", slotInstead, once}, {"slotElsewhere", slotElsewhere, once},
	{"slotFromRival", slotFromRival, once},
	{"slotCallPatience", slotCallPatience, once}, {"slotCallOffered", slotCallOffered, once},
	{"slotCallSolves", slotCallSolves, once},
}

// inLives are the slots under the key of a person, and those of behaviors also under keys that come
// from it: of an order, a cart, a word.
var inLives = []family{
	{"slotSegment", slotSegment, once}, {"slotNeedRate", slotNeedRate, once},
	{"slotAge", slotAge, once}, {"slotDevice", slotDevice, once},
	{"slotMarketing", slotMarketing, once}, {"slotProfiling", slotProfiling, once},
	{"slotTracking", slotTracking, once}, {"slotStore", slotStore, once},
	{"slotNeed", slotNeed, daily}, {"slotTrait", slotTrait, uint64(model.TraitCount)},
	{"slotFelt", slotFelt, daily},

	{"slotContacts", slotContacts, daily}, {"slotContact", slotContact, daily},
	{"slotOpinion", slotOpinion, once}, {"slotTurnsOut", slotTurnsOut, once},
	{"slotAsked", slotAsked, once}, {"slotAskedAfter", slotAskedAfter, once},
	{"slotAskedHour", slotAskedHour, once}, {"slotAskedWhat", slotAskedWhat, once},
	{"slotAnswers", slotAnswers, once}, {"slotAnswersAfter", slotAnswersAfter, once},
	{"slotAnswersHour", slotAnswersHour, once}, {"slotReviews", slotReviews, once},
	{"slotReviewsAfter", slotReviewsAfter, once}, {"slotReviewsHour", slotReviewsHour, once},
	{"slotPleases", slotPleases, once}, {"slotMixed", slotMixed, once}, {"slotWords", slotWords, once},

	{"slotStays", slotStays, once}, {"slotBound", slotBound, once},
	{"slotRemaining", slotRemaining, once}, {"slotUsed", slotUsed, once},
	{"purposeRenews", slotStays + purposeRenews, daily},
	{"purposeWhy", slotStays + purposeWhy, daily}, {"purposeHour", slotStays + purposeHour, daily},
	{"slotDropsOut", slotDropsOut, once}, {"slotReturns", slotReturns, once},
	{"slotSigns", slotSigns, once},
	{"mails of churn", slotStays + firstWinBack<<16, mails},
	{"mails of loyalty", slotsOfBehaviors + loyaltySlots<<24 + firstRestock<<16, mails},

	{"slotReminder", slotReminder, model.MaxChannels}, {"slotAnswer", slotAnswer, model.MaxChannels},
	{"slotReading", slotReading, model.MaxChannels}, {"slotSending", slotSending, model.MaxChannels},

	{"slotLate", slotLate, once}, {"slotDelay", slotDelay, once},
	{"slotReturned", slotReturned, maxLines}, {"slotWhy", slotWhy, maxLines},
	{"slotReturn", slotReturn, once}, {"slotReturnHour", slotReturnHour, once},
	{"slotInStore", slotInStore, once}, {"slotStay", slotStay, once}, {"slotExtra", slotExtra, once},
	{"slotExtraLines", slotExtraLines, once}, {"slotExtraProduct", slotExtraProduct, maxLines},
	{"slotExtraQuantity", slotExtraQuantity, maxLines},

	{"slotTaste", slotTaste, once}, {"slotHolder", slotHolder, 1 << 20},

	{"slotOccasion", slotOccasion, daily}, {"slotNextOccasion", slotNextOccasion, daily},
	{"slotSpeaks", slotSpeaks, once}, {"slotPraise", slotPraise, once},
	{"slotOffline", slotOffline, once}, {"slotSpeaking", slotSpeaking, once},
	{"slotRefers", slotRefers, once}, {"slotTold", slotTold, 16}, {"slotHeard", slotHeard, once},
	{"slotAware", slotAware, daily}, {"slotLikes", slotLikes, once},
	{"slotComments", slotComments, once}, {"slotShares", slotShares, once},
	{"slotReacts", slotReacts, 3},

	{"slotAsks", slotsOfService + slotAsks, model.TopicCount * daily},
	{"slotAsksAfter", slotsOfService + slotAsksAfter, daily},
	{"slotDesk", slotsOfService + slotDesk, daily},
	{"slotDeskHour", slotsOfService + slotDeskHour, daily},
	{"slotHandling", slotsOfService + slotHandling, daily},
	{"slotPatience", slotsOfService + slotPatience, daily},
	{"slotOffered", slotsOfService + slotOffered, daily},
	{"slotSolves", slotsOfService + slotSolves, daily},
	{"slotAgain", slotsOfService + slotAgain, daily},
	{"slotAgainIn", slotsOfService + slotAgainIn, daily},
	{"slotReplyHour", slotsOfService + slotReplyHour, daily},
	{"slotDeskOff", slotsOfService + slotDeskOff, (model.MaxChannels + 1) * daily},
}

// mails are the slots of as many messages as a behavior may have.
const mails = 32 * purposesOfMailing * daily

// ofContacts are the slots under the key of a day's contacts.
var ofContacts = []family{{"slotSource", slotSource, once}, {"slotShown", slotShown, once},
	{"slotMoment", slotMoment, once}, {"slotFollowed", slotFollowed, once},
	{"slotOpened", slotOpened, once}, {"slotRead", slotRead, once}, {"slotAbout", slotAbout, once}}

// ofMails are the slots of a message, from its first on.
var ofMails = []family{{"purposeSent", purposeSent, daily}, {"purposeRead", purposeRead, daily},
	{"purposeFollowed", purposeFollowed, daily}}

// noFamilies are where families begin, and what counts them.
var noFamilies = []string{"slotBehavior", "slotBits", "slotsOfBehaviors", "slotOfSatisfaction",
	"slotsOfService", "slotShift", "slots", "purposesOfMailing"}

func byFirst(a, b family) int { return cmp.Compare(a.first, b.first) }

// clash returns two families that share a uniform.
func clash(all []family) (a, b family, ok bool) {
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
	beyond := func(page uint64) family { return family{"a long visit", paged(slotPage, page), 2 << 8} }
	keys := [][]family{append(slices.Clone(inJourneys), beyond(256), beyond(9*256)), inLives,
		ofContacts, ofMails}
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
		if !slices.Contains(noFamilies, name) && !slices.ContainsFunc(slices.Concat(keys...),
			func(f family) bool { return f.name == name }) {
			t.Errorf("%s is in none of the lists", name)
		}
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
