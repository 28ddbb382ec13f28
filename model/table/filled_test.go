package table

import "testing"

// Only columns that may be null are declared, each once for a type, and every type is.
func TestFilledIsDeclaredOnce(t *testing.T) {
	if len(filled) != len(EventTypes)+1 {
		t.Errorf("%d types are declared, want %d", len(filled)-1, len(EventTypes))
	}
	columns := Schema("")[TableEvents].Columns
	for code, f := range filled {
		seen := make(map[int]bool)
		for _, c := range append(f.always[:len(f.always):len(f.always)], f.sometimes...) {
			if !columns[c].Null || seen[c] {
				t.Errorf("type %d: %s is never null, or declared twice", code, columns[c].Name)
			}
			seen[c] = true
		}
	}
	if got := Filled(Purchase, EventID); got != Always {
		t.Errorf("event_id of a purchase: %s, want always", Fills[got])
	}
	if got := Filled(Purchase, EventScore); got != Never {
		t.Errorf("score of a purchase: %s, want never", Fills[got])
	}
}
