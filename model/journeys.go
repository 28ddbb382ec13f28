package model

import (
	"maps"
	"slices"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// compileJourneys makes the scenario's chain, and one for each segment that has its own.
func (w *World) compileJourneys(s *Scenario) {
	journeys := []Journey{s.Journey}
	for i := range w.Segments {
		own := s.Segments[w.Segments[i].Name].Journey
		if own == nil {
			continue
		}
		w.Segments[i].Chain = len(journeys)
		journeys = append(journeys, own.over(s.Journey))
	}
	names := map[string]bool{}
	for _, j := range journeys {
		for name := range j.Stages {
			names[name] = true
		}
	}
	w.Stages = slices.Sorted(maps.Keys(names))
	w.Tables[table.TableEvents].Columns[table.EventStage].Vocab = w.Stages
	for i := range journeys {
		w.Chains = append(w.Chains, w.chainOf(&journeys[i]))
	}
}

// over fills what a segment's journey leaves out with the scenario's.
func (j *Journey) over(base Journey) Journey {
	if j.Start != nil {
		base.Start = j.Start
	}
	if j.Stages != nil {
		base.Stages = j.Stages
	}
	rows := maps.Clone(base.Channels)
	maps.Copy(rows, j.Channels)
	base.Channels = rows
	return base
}

// targets are the names that a chain's choices choose from: leave, then the stages by code.
func (w *World) targets() []string { return append([]string{"leave"}, w.Stages...) }

func (w *World) chainOf(j *Journey) Chain {
	targets := w.targets()
	keys := slices.Sorted(maps.Keys(j.Channels))
	c := Chain{
		Start:  draw.ChoiceOf(weightsOf(targets, j.Start)),
		Stages: make([]StagePlan, len(targets)),
		Rows:   w.rowsOf(keys),
	}
	for code, name := range targets {
		stage, ok := j.Stages[name]
		if !ok {
			continue
		}
		p := StagePlan{
			Does:  Activity(slices.Index(Activities, stage.Does)),
			Dwell: waitOf(&stage.Dwell),
			Next:  draw.ChoiceOf(weightsOf(targets, stage.Next)),
		}
		for to, target := range targets {
			does := j.Stages[target].Does
			forward := does == "cart" || does == "order"
			p.Forward = append(p.Forward, forward)
			p.GoesOn = p.GoesOn || forward && p.Next.Weight(to) > 0
		}
		for _, key := range keys {
			choice := w.channelChoice(p.Does, &stage, j.Channels[key], j.Channels["start"])
			p.Channel = append(p.Channel, choice)
		}
		c.Stages[code] = p
	}
	return c
}

// rowsOf says which row of weights follows each pair of channels: that of the pair, else that of
// the later one, else start.
func (w *World) rowsOf(keys []string) []uint16 {
	row := map[string]uint16{}
	for i, key := range keys {
		row[key] = uint16(i)
	}
	n := len(w.Channels) + 1
	rows := make([]uint16, n*n)
	for a := range n {
		for b := range n {
			r := row["start"]
			if b > 0 {
				last := w.Channels[b-1].Name
				if single, ok := row[last]; ok {
					r = single
				}
				if a > 0 {
					if pair, ok := row[w.Channels[a-1].Name+" > "+last]; ok {
						r = pair
					}
				}
			}
			rows[a*n+b] = r
		}
	}
	return rows
}

// channelChoice is a row of weights as it applies to entering a stage: times the stage's own
// factors, and without the channels through which its activity cannot happen. A row of which
// nothing is left gives way to start, and that to any channel that can.
func (w *World) channelChoice(does Activity, stage *Stage, row, start Weights) draw.Choice {
	fit := make([]float64, len(w.Channels))
	for i := range w.Channels {
		c := &w.Channels[i]
		fit[i] = 1
		if f, ok := stage.Channels[c.Name]; ok {
			fit[i] = f
		}
		if does == FillCart && !c.Touchpoint.Digital() || does == PlaceOrder && !c.Touchpoint.Sells() {
			fit[i] = 0
		}
	}
	for _, weights := range []Weights{row, start} {
		values, sum := make([]float64, len(fit)), 0.0
		for i := range fit {
			values[i] = weights[w.Channels[i].Name] * fit[i]
			sum += values[i]
		}
		if sum > 0 {
			return draw.ChoiceOf(values)
		}
	}
	return draw.ChoiceOf(fit)
}

// Row returns the row of channel weights after two channels, given by their places counted from 1;
// 0 is none.
func (c *Chain) Row(before, last uint8, channels int) int {
	return int(c.Rows[int(before)*(channels+1)+int(last)])
}
