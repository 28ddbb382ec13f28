package record

import (
	"encoding/binary"
	"errors"
	"maps"
	"net/http"
	"slices"
)

// appendRequest appends what the index of a block says of a request whose body is recorded without
// the first prefix bytes.
func appendRequest(dst []byte, r *Request, prefix int) []byte {
	size := max(len(r.Body)-prefix, 0)
	for _, x := range []int64{r.First, r.Next - r.First, int64(size), r.Until,
		int64(len(r.Header))} {
		dst = binary.AppendUvarint(dst, uint64(x))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		dst = appendText(appendText(dst, name), r.Header.Get(name))
	}
	dst = appendNumbered(dst, r.First, r.IDs, r.Positions)
	if len(r.IDs) > 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Spans[0].From-prefix))
		dst = binary.AppendUvarint(dst, uint64(between(r.Spans)))
	}
	time := int64(0)
	for _, at := range r.Times {
		dst = binary.AppendVarint(dst, at-time)
		time = at
	}
	for _, s := range r.Spans {
		dst = binary.AppendUvarint(dst, uint64(s.To-s.From))
	}
	dst = appendNumbered(dst, r.First, r.Skipped, r.SkippedAt)
	return appendNumbered(dst, r.First, r.TooBig, r.TooBigAt)
}

// between is how many bytes there are between two events of a body.
func between(spans []Span) int {
	if len(spans) < 2 {
		return 0
	}
	return spans[1].From - spans[0].To
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendNumbered appends the ids of events and their positions, which are first and later ones: as
// runs, each with how many positions it skips and how many it has.
func appendNumbered(dst []byte, first int64, ids, positions []int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ids)))
	for from := 0; from < len(ids); {
		to := from + 1
		for to < len(ids) && positions[to] == positions[to-1]+1 {
			to++
		}
		dst = binary.AppendUvarint(dst, uint64(positions[from]-first))
		dst = binary.AppendUvarint(dst, uint64(to-from))
		from, first = to, positions[to-1]+1
	}
	for _, id := range ids {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(id))
	}
	return dst
}

// An index is what is left to read of the index of a block. After something that cannot be it is
// bad, and everything it reads is 0.
type index struct {
	rest []byte
	bad  bool
}

var errIndex = errors.New("the index of a block makes no sense")

func (x *index) fail() { x.rest, x.bad = nil, true }

func (x *index) number() int64 {
	if len(x.rest) > 0 && x.rest[0] < 0x80 { // most are small
		u := x.rest[0]
		x.rest = x.rest[1:]
		return int64(u)
	}
	u, n := binary.Uvarint(x.rest)
	if n <= 0 || u > 1<<62 {
		x.fail()
		return 0
	}
	x.rest = x.rest[n:]
	return int64(u)
}

func (x *index) signed() int64 {
	v, n := binary.Varint(x.rest)
	if n <= 0 {
		x.fail()
		return 0
	}
	x.rest = x.rest[n:]
	return v
}

// many reads a number of things of at least some bytes each.
func (x *index) many(bytes int) int {
	n := x.number()
	if n > int64(len(x.rest)/bytes) {
		x.fail()
		return 0
	}
	return int(n)
}

func (x *index) text() string {
	n := x.many(1)
	s := string(x.rest[:n])
	x.rest = x.rest[n:]
	return s
}

// request reads what the index says of a request, but for its body, and returns the size of that.
// The body will come after the first prefix bytes.
func (x *index) request(r *Request, prefix int) (size int64) {
	r.First = x.number()
	r.Next = r.First + x.number()
	if size, r.Until = x.number(), x.number(); size > mostBody ||
		r.Next < r.First {
		x.fail()
	}
	if n := x.many(2); n > 0 {
		r.Header = make(http.Header, n)
		for range n {
			name := x.text()
			r.Header[name] = []string{x.text()}
		}
	}
	x.numbered(r, &r.IDs, &r.Positions)
	x.spread(r, size, prefix)
	x.numbered(r, &r.Skipped, &r.SkippedAt)
	x.numbered(r, &r.TooBig, &r.TooBigAt)
	return size
}

// spread reads when the events of a request happened and where they are in its body.
func (x *index) spread(r *Request, size int64, prefix int) {
	n := len(r.IDs)
	if n == 0 {
		return
	}
	from, gap, time := x.number(), x.number(), int64(0)
	r.Times = slices.Grow(r.Times[:0], n)[:n]
	for i := range r.Times {
		time += x.signed()
		r.Times[i] = time
	}
	r.Spans = slices.Grow(r.Spans[:0], n)[:n]
	for i := range r.Spans {
		to := from + x.number()
		if from > size || to > size {
			x.fail()
			from, to = 0, 0
		}
		r.Spans[i] = Span{prefix + int(from), prefix + int(to)}
		from = to + gap
	}
}

// numbered reads ids of events of a request, and positions.
func (x *index) numbered(r *Request, ids, positions *[]int64) {
	first := r.First
	n := x.many(8)
	*ids, *positions = slices.Grow((*ids)[:0], n)[:n], slices.Grow((*positions)[:0], n)[:n]
	for i := 0; i < n; {
		first += x.number()
		run := x.number()
		if run <= 0 || run > int64(n-i) || first < r.First || first > r.Next-run {
			x.fail()
			clear((*positions)[i:])
			break
		}
		for range run {
			(*positions)[i] = first
			i, first = i+1, first+1
		}
	}
	if len(x.rest) < 8*n {
		x.fail()
		clear(*ids)
		return
	}
	for i := range *ids {
		(*ids)[i] = int64(binary.LittleEndian.Uint64(x.rest[8*i:]))
	}
	x.rest = x.rest[8*n:]
}
