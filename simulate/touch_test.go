package simulate

import "testing"

// TestAVisitGoesOnForHalfAnHour: a touch through the same channel belongs to the session before it
// up to 30 minutes after that was over, and a microsecond later begins another one.
func TestAVisitGoesOnForHalfAnHour(t *testing.T) {
	t.Parallel()
	const minute = 60 * second
	w := worldOf(t, bazaar, "customers", "1")
	town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
	town.step(0)
	search, p, ends := numberOf(w, "search"), &town.people[0], town.dayStart+12*3600*second
	for _, test := range []struct {
		name string
		id   int64 // of the session; 0: none yet
		at   int64
		want bool
	}{
		{"at once", 5, ends, true},
		{"after half an hour", 5, ends + 30*minute, true},
		{"after a moment more", 5, ends + 30*minute + 1, false},
		{"after an hour", 5, ends + 60*minute, false},
		{"without a session", 0, ends, false},
	} {
		p.nextChannel = search
		p.session = session{id: test.id, sought: search, channel: search, ends: ends}
		if got := town.goesOn(p, &w.Channels[search-1], test.at); got != test.want {
			t.Errorf("%s a visit goes on: %v, want %v", test.name, got, test.want)
		}
	}
}
