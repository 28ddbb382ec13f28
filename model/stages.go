package model

import "slices"

// Classical are the stages of the textbooks, in their order: what a stage of a scenario can be part
// of.
var Classical = []string{"awareness", "familiarity", "consideration", "purchase", "after_sales",
	"loyalty"}

// A StageList is one of the ways in which people divide a customer journey.
type StageList struct {
	Name   string   // as a scenario has it in stages_shown
	Stages []string // what it calls the stages, in their order
}

// StageLists are the lists that a scenario can show. They are a way of looking at a journey: no row
// of any table depends on them.
//
//	part_of        classic        decision    today
//	awareness      awareness      need        awareness
//	familiarity    familiarity    evaluation  awareness
//	consideration  consideration  evaluation  consideration
//	purchase       purchase       purchase    purchase
//	after_sales    loyalty        loyalty     after_sales
//	loyalty        loyalty        loyalty     loyalty
//
// The list decision follows the customer's mind, so it also asks what a stage does. A stage that
// fills a cart before the purchase is a decision, and so is one that is part of purchase and does
// not place the order, such as a checkout that only asks for the address. Where entering the
// checkout places the order, as in the built-in scenarios, it is the purchase.
//
// Two lists do not have familiarity. Whoever knows a brand well is more than aware of it but does
// not yet look for anything: today that is awareness. On the way to a decision, getting to know
// what there is to buy is where evaluating it begins.
var StageLists = []StageList{
	{"classic", []string{"awareness", "familiarity", "consideration", "purchase", "loyalty"}},
	{"decision", []string{"need", "evaluation", "decision", "purchase", "loyalty"}},
	{"today", []string{"awareness", "consideration", "purchase", "after_sales", "loyalty"}},
}

// stageListNames are what stages_shown can say.
func stageListNames() []string {
	var names []string
	for _, l := range StageLists {
		names = append(names, l.Name)
	}
	return names
}

// ShownStages are the stages of the list that the scenario shows, in their order.
func (s *Scenario) ShownStages() []string {
	i := slices.IndexFunc(StageLists, func(l StageList) bool { return l.Name == s.StagesShown })
	return StageLists[i].Stages
}

// Shown returns the name that the list which the scenario shows has for one of its stages, one of
// ShownStages. A segment may have stages of its own: name one for these, or give "" for those of
// the scenario. It is "" where there is no such stage.
func (s *Scenario) Shown(segment, stage string) string {
	stages := s.Journey.Stages
	if j := s.Segments[segment].Journey; j != nil && j.Stages != nil {
		stages = j.Stages
	}
	of := stages[stage]
	switch s.StagesShown {
	case "classic":
		return shownAsClassic(of.PartOf)
	case "decision":
		return shownAsDecision(of.PartOf, of.Does)
	}
	return shownToday(of.PartOf)
}

func shownAsClassic(partOf string) string {
	if partOf == "after_sales" {
		return "loyalty"
	}
	return partOf
}

func shownAsDecision(partOf, does string) string {
	switch partOf {
	case "awareness":
		return "need"
	case "familiarity", "consideration":
		if does == "cart" {
			return "decision"
		}
		return "evaluation"
	case "purchase":
		if does != "order" {
			return "decision"
		}
	case "after_sales":
		return "loyalty"
	}
	return partOf
}

func shownToday(partOf string) string {
	if partOf == "familiarity" {
		return "awareness"
	}
	return partOf
}
