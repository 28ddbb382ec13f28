package table

import "testing"

// TestPresenceExtends sets the bits of all rows, makes those from a row on new, and holds that the
// bits of the rows before stay and that the others are null.
func TestPresenceExtends(t *testing.T) {
	for _, from := range []int{0, 1, 63, 64, 100, BatchRows - 1, BatchRows} {
		p := Presence(nil).Extend(0, BatchRows)
		for row := range BatchRows {
			words, bit := p.At(row)
			words[EventStage] |= bit
		}
		p = p.Extend(from, BatchRows)
		for row := range from + BatchRows {
			if there := p.Word(EventStage, row, 1) == 1; there != (row < from) {
				t.Fatalf("cleared from %d: row %d is there: %t", from, row, there)
			}
		}
	}
}
