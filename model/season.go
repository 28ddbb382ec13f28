package model

import "time"

// Season is the behavior season: Christmas, sales, back to school, payday.
type Season struct {
}

// check finds what no single value can tell.
func (b *Season) check(c *checker, p place, s *Scenario) {
}

// factor is how much likelier a need is on a day than on others; nil is no season.
func (b *Season) factor(day time.Time) float64 { return 1 }
