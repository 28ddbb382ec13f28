package document

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// A Checker fills a Go value from a document and collects what is wrong. It never stops at the
// first problem: after a problem it leaves a value that the field could have, often its zero.
type Checker struct {
	spec     *Spec
	problems problems
}

// A Place is where a Checker is: a path in the document, and the value there.
type Place struct {
	Path  string // beds.east.rows[2]; "" is the whole document
	Field string // the field whose rules apply here, such as Bed.rows
	At    Origin // of the key
	Node  *Node  // nil or a null when there is no value
}

// Key is the place of a key in the map at p, with the Field of p. A key that is not there has no
// value, and its origin is that of the map.
func (p Place) Key(key string) Place {
	q := Place{Path: join(p.Path, key), Field: p.Field, At: p.At}
	if i := p.Node.Find(key); i >= 0 {
		q.At, q.Node = p.Node.Pairs[i].At, p.Node.Pairs[i].Value
	}
	return q
}

// Item is the place of the element i, from 0, of the list at p, which must have it.
func (p Place) Item(i int) Place {
	n := p.Node.Items[i]
	return Place{Path: fmt.Sprintf("%s[%d]", p.Path, i), Field: p.Field, At: n.at, Node: n}
}

// Absent reports whether there is no value at p.
func (p Place) Absent() bool { return p.Node == nil || p.Node.Kind == NullNode }

// Names lists the keys of the map at p in the order of the file; it is nil when p is absent.
func (p Place) Names() []string {
	if p.Absent() {
		return nil
	}
	return p.Node.keys()
}

// Value is the origin of the value at p; an absent value is reported at its key.
func (p Place) Value() Origin {
	if p.Absent() {
		return p.At
	}
	return p.Node.at
}

// Whole is the origin to blame for the block at p as a whole: the flag that changed a part of it,
// or else its key.
func (p Place) Whole() Origin {
	if p.Node != nil {
		if at, ok := p.Node.flagged(); ok {
			return at
		}
	}
	return p.At
}

// flagged finds a value below n that a flag has set.
func (n *Node) flagged() (Origin, bool) {
	if n.at.Flag != "" {
		return n.at, true
	}
	for _, p := range n.Pairs {
		if at, ok := p.Value.flagged(); ok {
			return at, true
		}
	}
	return Origin{}, false
}

// Fail records a problem: the text, made from a format and its arguments, with the origin at and
// the path of p.
func (c *Checker) Fail(at Origin, p Place, format string, args ...any) {
	c.problems = append(c.problems, problem{at, p.Path, fmt.Sprintf(format, args...)})
}

// Wrong records that the value at p is not what is wanted there: found 7, want what the format and
// its arguments say.
func (c *Checker) Wrong(p Place, format string, args ...any) {
	c.Fail(p.Value(), p, "found %s, want %s", Found(p.Node), fmt.Sprintf(format, args...))
}

// Clean reports whether nothing is wrong at p and below.
func (c *Checker) Clean(p Place) bool {
	return !slices.ContainsFunc(c.problems, func(q problem) bool {
		return q.path == p.Path || strings.HasPrefix(q.path, p.Path+".") ||
			strings.HasPrefix(q.path, p.Path+"[")
	})
}

// Found shows a value in an error: a number as written, a text in quotes, both shortened to 40
// characters, or "nothing", "a map" or "a list".
func Found(n *Node) string {
	switch {
	case n == nil || n.Kind == NullNode:
		return "nothing"
	case n.Kind == MapNode:
		return "a map"
	case n.Kind == ListNode:
		return "a list"
	case !n.Quoted && n.Text != "" && strings.Contains("+-.0123456789", n.Text[:1]) &&
		isLine(n.Text):
		return table.Shortened(n.Text)
	}
	return Quoted(n.Text)
}

// Quoted writes a text in quotes for an error, shortened to 40 characters.
func Quoted(s string) string { return strconv.Quote(table.Shortened(s)) }

// decode sets v, which is addressable, from the value at p. An absent value leaves it as it is.
func (c *Checker) decode(p Place, v reflect.Value) {
	if p.Absent() {
		return
	}
	if value, ok := v.Addr().Interface().(Value); ok {
		value.Decode(c, p)
		return
	}
	c.decodeKind(p, v)
}

func (c *Checker) decodeKind(p Place, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		c.decode(p, v.Elem())
	case reflect.Struct:
		c.Block(p, v)
	case reflect.Map:
		c.table(p, v)
	case reflect.Slice:
		c.list(p, v)
	case reflect.Array:
		c.fixedList(p, v)
	case reflect.String:
		v.SetString(c.text(p))
	case reflect.Bool:
		v.SetBool(c.truth(p))
	case reflect.Int:
		v.SetInt(int64(c.whole(p)))
	case reflect.Uint64:
		v.SetUint(c.whole(p))
	case reflect.Float64:
		v.SetFloat(c.Number(p))
	default:
		panic("document: no way to decode a " + v.Type().String())
	}
}

// Block decodes the map at p into v, a struct that can be set: its keys are those of the struct.
// Values that read themselves call it for a form of theirs that is a block.
func (c *Checker) Block(p Place, v reflect.Value) {
	t := v.Type()
	keys := KeysOf(t)
	if p.Node.Kind != MapNode {
		on := ""
		if c.spec.Switched != nil && strings.HasPrefix(p.Field, c.spec.Switched.Name()+".") {
			on = "on, off or "
		}
		c.Wrong(p, "%s%s", on, mapOf(keys))
		return
	}
	for _, pair := range p.Node.Pairs {
		f, ok := FieldOf(t, pair.Key)
		at := p.Key(pair.Key)
		if !ok || !slices.Contains(keys, pair.Key) {
			c.problems = append(c.problems,
				problem{pair.At, p.Path, c.spec.unknownIn(t, pair.Key, keys)})
			continue
		}
		at.Field = t.Name() + "." + pair.Key
		if c.spec.ofSiblings(at.Field) {
			continue // read together with its siblings
		}
		c.decode(at, v.FieldByIndex(f.Index))
	}
	c.required(p, t)
}

// mapOf describes a block with these keys.
func mapOf(keys []string) string {
	if len(keys) == 1 {
		return "a map with the key " + keys[0]
	}
	return "a map with these keys: " + strings.Join(keys, ", ")
}

// required reports the keys that a block lacks.
func (c *Checker) required(p Place, t reflect.Type) {
	for _, key := range requiredOf(t, "true", "derived") {
		if q := p.Key(key); q.Absent() {
			c.Fail(q.At, p, "%s is missing%s", Quoted(key), c.spec.wanted(t, key))
		}
	}
}

// wanted completes the error of a missing key: by its tag want, its words, or a method Wants of its
// type.
func (s *Spec) wanted(t reflect.Type, key string) string {
	f, _ := FieldOf(t, key)
	if want := f.Tag.Get("want"); want != "" {
		return ", want " + want
	}
	if words := s.words(t.Name() + "." + key); words != nil {
		return ", want " + table.OneOf(words)
	}
	if value, ok := reflect.New(f.Type).Interface().(interface{ Wants() string }); ok {
		return ", want " + value.Wants()
	}
	return ""
}

// Wants is the tag want of a field: what the error of a missing value asks for, or "".
func (s *Spec) Wants(field string) string { return s.tags()[field].Get("want") }

// table decodes a map with names for keys.
func (c *Checker) table(p Place, v reflect.Value) {
	if p.Node.Kind != MapNode {
		c.Wrong(p, "a map")
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMapWithSize(t, len(p.Node.Pairs)))
	keys := c.spec.keysFor(p.Field)
	for _, pair := range p.Node.Pairs {
		if keys != nil && !slices.Contains(keys, pair.Key) {
			c.problems = append(c.problems,
				problem{pair.At, p.Path, c.spec.unknown(p.Field, pair.Key, keys)})
			continue
		}
		at := p.Key(pair.Key)
		if at.Absent() {
			c.Wrong(at, "%s", wantElement(t.Elem()))
			continue
		}
		element := reflect.New(t.Elem()).Elem()
		c.decode(at, element)
		v.SetMapIndex(reflect.ValueOf(pair.Key), element)
	}
	c.shares(p, v)
}

// wantElement describes what an element of a map should be.
func wantElement(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		return mapOf(KeysOf(t))
	}
	return "a value"
}

// shares reads the shares of the elements of a map, which only mean something together.
func (c *Checker) shares(p Place, v reflect.Value) {
	t := v.Type().Elem()
	key, ok := c.spec.shared(t)
	if !ok {
		return
	}
	f, _ := FieldOf(t, key)
	blocks := Blocks(p.Node)
	if n := len(p.Node.Pairs); v.Len() < n || len(blocks) < n {
		return // the faults of the others are recorded already
	}
	var shares []Place
	for _, e := range blocks {
		shares = append(shares, p.Key(e.Key).Key(key))
	}
	for i, share := range c.Weigh(p, shares) {
		name := reflect.ValueOf(blocks[i].Key)
		element := reflect.New(t).Elem()
		element.Set(v.MapIndex(name))
		element.FieldByIndex(f.Index).SetFloat(share)
		v.SetMapIndex(name, element)
	}
}

// MaxListed is the largest number of elements of a list.
const MaxListed = 64

func (c *Checker) list(p Place, v reflect.Value) {
	if p.Node.Kind != ListNode {
		c.Wrong(p, "a list")
		return
	}
	if len(p.Node.Items) > MaxListed {
		c.Fail(p.Value(), p, "found %d elements, want at most %d", len(p.Node.Items), MaxListed)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(p.Node.Items), len(p.Node.Items)))
	for i := range p.Node.Items {
		c.element(p.Item(i), v.Index(i))
	}
}

func (c *Checker) fixedList(p Place, v reflect.Value) {
	n := v.Len()
	if p.Node.Kind != ListNode {
		c.Wrong(p, "a list of %d values", n)
		return
	}
	if len(p.Node.Items) != n {
		c.Fail(p.Value(), p, "found a list of length %d, want %d values", len(p.Node.Items), n)
		return
	}
	for i := range n {
		c.element(p.Item(i), v.Index(i))
	}
}

func (c *Checker) element(p Place, v reflect.Value) {
	if p.Absent() {
		c.Wrong(p, "a value")
		return
	}
	c.decode(p, v)
}
