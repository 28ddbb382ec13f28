package simulate

// An errand is the reason for which a person is woken on a day.
type errand uint8

const (
	errandNeed     errand = iota // a need may be felt
	errandUrge                   // one beyond those of the chain may be felt
	errandMove                   // the stage is over
	errandArrive                 // the channel that the person set out for is open
	errandParcel                 // an order arrives
	errandBehavior               // a behavior asked for it
)

// An item is an entry of an agenda.
type item struct {
	next     int32 // next item of the same day; 0: the last
	person   int32 // place in the town
	errand   errand
	behavior family // of the behavior that asked for it
	what     uint8  // of a parcel: its fulfilment; else up to the behavior
	channel  uint8  // of a parcel: the channel of the order
	store    uint32
	at       int64 // of a move: when the stage was over; of a parcel: when it arrives
	order    int64 // of a parcel
	ref      int32 // of a parcel: its first product; else up to the behavior
	category uint8
	life     uint16 // the how-manieth in the place the person is
}

// An agenda says who is woken on which day. Only those people are looked at: a day costs what
// happens on it. The items of one person come in an order that follows from that person's life
// alone.
type agenda struct {
	first []int32 // first item by day, counted from the first day of the warm-up; 0: nobody
	items []item  // item 0 is not used
	free  int32   // a list of items to reuse
}

func newAgenda(days, people int) agenda {
	return agenda{first: make([]int32, days), items: make([]item, 1, 2*people+1)}
}

// add enters an item on a day.
func (a *agenda) add(day int, it item) {
	at := a.free
	if at != 0 {
		a.free = a.items[at].next
	} else {
		at = int32(len(a.items))
		a.items = append(a.items, item{})
	}
	it.next = a.first[day]
	a.items[at] = it
	a.first[day] = at
}

// take removes and returns an item of a day; ok is false when none is left.
func (a *agenda) take(day int) (it item, ok bool) {
	at := a.first[day]
	if at == 0 {
		return item{}, false
	}
	it = a.items[at]
	a.first[day] = it.next
	a.items[at].next, a.free = a.free, at
	return it, true
}
