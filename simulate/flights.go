package simulate

// changes finds today's levels of the sources and reports whether any differs from yesterday's.
func (a *advertising) changes() (changes bool) {
	t := a.town
	for i := range a.levels {
		level := a.plan.Level(t.world, i, t.day, t.city)
		changes = changes || level != a.levels[i]
		a.levels[i] = level
	}
	return changes
}

// tune finds which sources have contacts today and how likely each person is to have none on such
// a day.
func (a *advertising) tune() {
	a.running = a.running[:0]
	for i := range a.plan.Sources {
		s := &a.plan.Sources[i]
		a.rates[i] = s.Rate * a.levels[i] >> 16
		switch {
		case s.Campaign == 0:
			a.belong[s.Channel] = i
		case a.levels[i] > 0 && s.Rate == 0: // without a budget of its own
			a.belong[s.Channel] = i
		}
		if a.rates[i] > 0 {
			a.running = append(a.running, i)
		}
	}
	a.audiences.tune(a.town, a.plan, a.running, a.rates)
}

// reaches reports whether a source reaches a person where it runs: its campaign is meant for their
// segment, and they are not in its control group.
func (a *advertising) reaches(source int, p *person) bool {
	code := a.plan.Sources[source].Campaign
	return code == 0 || a.town.world.Campaigns[code-1].Reaches(p.number(), p.segment)
}
