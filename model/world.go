package model

// Release names the rules of the simulation. It changes when the same scenario and seed give other
// rows than before, together with the goldens, and never otherwise.
const Release = "0.1"

// A World is a compiled scenario: names are small whole numbers, laws are tables of integers. It never
// changes, so workers share it without locks, and it is the same on every machine.
type World struct {
	Scenario *Scenario
	Tables   *[TableCount]Table // the schema of a batch, with the words of its Code columns

	Customers int
	TownSize  int
	Towns     int
	PartTowns int // towns in a part; the last part may have fewer
	Parts     int // ceil(Towns / PartTowns)

	Warmup   int     // days before day 0 that are simulated and not written
	Days     int     // days that are written: 0 .. Days-1
	Midnight []int64 // µs UTC of local midnight of day d at [d+Warmup]; one more than there are days

	RowsPerCustomer float64 // expected event rows of a customer, from the absorbing chain
}
