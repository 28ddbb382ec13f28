package simulate

// An errand is why a person is woken on a day.
type errand uint8

const (
	errandNeed     errand = iota // she feels a need
	errandMove                   // her stage is over
	errandArrive                 // the channel she set out for is open
	errandParcel                 // an order reaches her
	errandBehavior               // one of the behaviors asked for it
)

// An item is an entry of an agenda.
type item struct {
	next     int32 // of the same day; 0: the last
	person   int32 // place in the town
	errand   errand
	behavior uint8 // whose errand it is
	what     uint8 // of a parcel: its fulfilment; else as the behavior likes
	channel  uint8 // of a parcel: that of the order
	store    uint32
	at       int64 // of a move: when the stage was over; of a parcel: when it comes
	order    int64 // of a parcel
	ref      int32 // of a parcel: the first product in it; else as the behavior likes
	category uint8
}

// An agenda says who is woken on which day. Only those are looked at: a day costs what happens on
// it. The items of one person come in an order that follows from her own life.
type agenda struct {
	first []int32 // by day, counted from the first of the warm-up; 0: nobody
	items []item  // item 0 is no item
	free  int32   // a list of items to use again
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
