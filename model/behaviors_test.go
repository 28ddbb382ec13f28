package model

import (
	"reflect"
	"testing"
)

// TestEveryBehaviorHasItsPlan holds that each behavior compiles to a pointer to a plan of its own,
// which says whether it is on, whether the scenario has it or not: simulations ask for plans by
// their types. Only season has none.
func TestEveryBehaviorHasItsPlan(t *testing.T) {
	text := "from: fashion\nbehaviors:\n"
	for _, name := range []string{"advertising", "cart", "churn", "fulfilment", "loyalty", "market",
		"omnichannel", "satisfaction", "season", "service", "word_of_mouth"} {
		if name != "advertising" {
			text += "  " + name + ": on\n"
		}
	}
	text += "  advertising: {channels: {direct: {}}}\nchannels:\n" +
		"  word_of_mouth: {touchpoint: street}\n  phone: {touchpoint: telephone}\n" +
		"journey:\n  start: {cart: 1}\n  stages:\n" +
		"    cart: {part_of: purchase, does: cart, dwell: 1h, next: {purchase: 1, leave: 1}}\n" +
		"    purchase: {dwell: 1h, next: {leave: 1}}\n"
	for _, c := range []struct {
		w  *World
		on bool
	}{{compiled(t, text), true}, {compiled(t, street), false}} {
		seen := map[reflect.Type]bool{}
		for _, plan := range c.w.Plans {
			at := reflect.ValueOf(plan)
			if at.Kind() != reflect.Pointer || seen[at.Type()] {
				t.Errorf("%T is no pointer to a plan of its own", plan)
				continue
			}
			seen[at.Type()] = true
			if on := at.Elem().FieldByName("On").Bool(); on != c.on {
				t.Errorf("%T says it is on: %v, want %v", plan, on, c.on)
			}
		}
		if n := reflect.TypeFor[Behaviors]().NumField() - 1; len(c.w.Plans) != n {
			t.Errorf("%d plans, want %d", len(c.w.Plans), n)
		}
		if got := PlanOf[ChurnPlan](c.w).On; got != c.on {
			t.Errorf("churn is on: %v, want %v", got, c.on)
		}
	}
}
