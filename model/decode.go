package model

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// A Checker fills a Go value from a document and collects what is wrong. It never stops at the first
// problem.
type Checker struct {
	spec     *Spec
	problems problems
}

// A place is where a Checker is: a path in the document, and what stands there.
type place struct {
	path  string
	field string // the field of the schema whose rules hold here, such as "Stage.dwell"
	at    origin // of the key
	node  *node  // nil or a null when there is no value
}

// key is the place of a key in the map at p. Without a value it is where that would belong.
func (p place) key(key string) place {
	q := place{path: join(p.path, key), field: p.field, at: p.at}
	if i := p.node.find(key); i >= 0 {
		q.at, q.node = p.node.pairs[i].at, p.node.pairs[i].value
	}
	return q
}

// item is the place of an element of the list at p.
func (p place) item(i int) place {
	n := p.node.items[i]
	return place{path: fmt.Sprintf("%s[%d]", p.path, i), field: p.field, at: n.at, node: n}
}

func (p place) absent() bool { return p.node == nil || p.node.kind == nullNode }

// names lists the keys of the map at p.
func (p place) names() []string {
	if p.absent() {
		return nil
	}
	return p.node.keys()
}

// value is where the value at p stands; an absent one is missed at its key.
func (p place) value() origin {
	if p.absent() {
		return p.at
	}
	return p.node.at
}

// whole is where the block at p is to blame as a whole: at the flag that changed a part of it, or
// else at its key.
func (p place) whole() origin {
	if p.node != nil {
		if at, ok := p.node.flagged(); ok {
			return at
		}
	}
	return p.at
}

// flagged finds a value below n that a flag has set.
func (n *node) flagged() (origin, bool) {
	if n.at.flag != "" {
		return n.at, true
	}
	for _, p := range n.pairs {
		if at, ok := p.value.flagged(); ok {
			return at, true
		}
	}
	return origin{}, false
}

func (c *Checker) fail(at origin, p place, format string, args ...any) {
	c.problems = append(c.problems, problem{at, p.path, fmt.Sprintf(format, args...)})
}

// wrong says that the value at p is not what is wanted there.
func (c *Checker) wrong(p place, format string, args ...any) {
	c.fail(p.value(), p, "found %s, want %s", found(p.node), fmt.Sprintf(format, args...))
}

// clean says whether nothing is wrong at p and below.
func (c *Checker) clean(p place) bool {
	return !slices.ContainsFunc(c.problems, func(q problem) bool {
		return q.path == p.path || strings.HasPrefix(q.path, p.path+".") ||
			strings.HasPrefix(q.path, p.path+"[")
	})
}

// found shows a value in an error.
func found(n *node) string {
	switch {
	case n == nil || n.kind == nullNode:
		return "nothing"
	case n.kind == mapNode:
		return "a map"
	case n.kind == listNode:
		return "a list"
	case !n.quoted && n.text != "" && strings.Contains("+-.0123456789", n.text[:1]) &&
		isLine(n.text):
		return shortened(n.text)
	}
	return quoted(n.text)
}

func quoted(s string) string { return strconv.Quote(shortened(s)) }

// shortened keeps an error readable.
func shortened(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// oneOf lists what is accepted: a, b or c.
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func unknownKey(key string, keys []string) string {
	return fmt.Sprintf("unknown key %s, want %s%s", quoted(key), oneOf(keys), table.Nearest(key, keys))
}

// unknown says that there is no channel, stage and so on of a name.
func unknown(noun, name string, names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	if len(names) == 0 {
		return fmt.Sprintf("unknown %s %s, there is none", noun, quoted(name))
	}
	return fmt.Sprintf("unknown %s %s, want %s%s", noun, quoted(name), oneOf(names),
		table.Nearest(name, names))
}

// decode sets v, which is addressable, from the value at p. An absent value leaves it as it is.
func (c *Checker) decode(p place, v reflect.Value) {
	if p.absent() {
		return
	}
	if value, ok := v.Addr().Interface().(Value); ok {
		value.Decode(c, p)
		return
	}
	c.decodeKind(p, v)
}

func (c *Checker) decodeKind(p place, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		c.decode(p, v.Elem())
	case reflect.Struct:
		c.block(p, v)
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
		v.SetFloat(c.number(p))
	default:
		panic("document: no way to decode a " + v.Type().String())
	}
}

// block decodes a map with the keys of a struct.
func (c *Checker) block(p place, v reflect.Value) {
	t := v.Type()
	keys := keysOf(t)
	if p.node.kind != mapNode {
		on := ""
		if c.spec.Switched != nil && strings.HasPrefix(p.field, c.spec.Switched.Name()+".") {
			on = "on, off or "
		}
		c.wrong(p, "%sa map of %s", on, oneOf(keys))
		return
	}
	for _, pair := range p.node.pairs {
		f, ok := fieldOf(t, pair.key)
		at := p.key(pair.key)
		if !ok || !slices.Contains(keys, pair.key) {
			c.problems = append(c.problems, problem{pair.at, p.path, unknownKey(pair.key, keys)})
			continue
		}
		at.field = t.Name() + "." + pair.key
		if c.spec.ofSiblings(at.field) {
			continue // read together with its siblings
		}
		c.decode(at, v.FieldByIndex(f.Index))
	}
	c.required(p, t)
}

// required misses the keys that a block must have.
func (c *Checker) required(p place, t reflect.Type) {
	for _, key := range requiredOf(t, "true", "derived") {
		if q := p.key(key); q.absent() {
			c.fail(q.at, p, "%s is missing%s", quoted(key), c.spec.wanted(t, key))
		}
	}
}

// wanted completes the error of a missing key: by its tag want, its words, or a method Wants of its
// type.
func (s *Spec) wanted(t reflect.Type, key string) string {
	f, _ := fieldOf(t, key)
	if want := f.Tag.Get("want"); want != "" {
		return ", want " + want
	}
	if words := s.Words(t.Name() + "." + key); words != nil {
		return ", want " + oneOf(words)
	}
	if value, ok := reflect.New(f.Type).Interface().(interface{ Wants() string }); ok {
		return ", want " + value.Wants()
	}
	return ""
}

// Wants is what the tag want of a field asks for.
func (s *Spec) Wants(field string) string { return s.tags()[field].Get("want") }

// table decodes a map with names for keys.
func (c *Checker) table(p place, v reflect.Value) {
	if p.node.kind != mapNode {
		c.wrong(p, "a map")
		return
	}
	t := v.Type()
	v.Set(reflect.MakeMapWithSize(t, len(p.node.pairs)))
	keys := c.spec.keysFor(p.field)
	for _, pair := range p.node.pairs {
		if keys != nil && !slices.Contains(keys, pair.key) {
			c.problems = append(c.problems, problem{pair.at, p.path, unknownKey(pair.key, keys)})
			continue
		}
		at := p.key(pair.key)
		if at.absent() {
			c.wrong(at, "%s", wantElement(t.Elem()))
			continue
		}
		element := reflect.New(t.Elem()).Elem()
		c.decode(at, element)
		v.SetMapIndex(reflect.ValueOf(pair.key), element)
	}
	c.shares(p, v)
}

// wantElement is what an element of a map should be.
func wantElement(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		return "a map of " + oneOf(keysOf(t))
	}
	return "a value"
}

// shares reads the shares of the elements of a map, which only mean something together.
func (c *Checker) shares(p place, v reflect.Value) {
	t := v.Type().Elem()
	key, ok := c.spec.shared(t)
	if !ok {
		return
	}
	f, _ := fieldOf(t, key)
	var shares []place
	for _, e := range elements(p.node) {
		shares = append(shares, p.key(e.key).key(key))
	}
	for i, share := range c.weigh(p, shares) {
		name := reflect.ValueOf(elements(p.node)[i].key)
		element := reflect.New(t).Elem()
		element.Set(v.MapIndex(name))
		element.FieldByIndex(f.Index).SetFloat(share)
		v.SetMapIndex(name, element)
	}
}

const maxListed = 64 // elements of any list

func (c *Checker) list(p place, v reflect.Value) {
	if p.node.kind != listNode {
		c.wrong(p, "a list")
		return
	}
	if len(p.node.items) > maxListed {
		c.fail(p.value(), p, "found %d elements, want at most %d", len(p.node.items), maxListed)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(p.node.items), len(p.node.items)))
	for i := range p.node.items {
		c.element(p.item(i), v.Index(i))
	}
}

func (c *Checker) fixedList(p place, v reflect.Value) {
	n := v.Len()
	if p.node.kind != listNode {
		c.wrong(p, "a list of %d", n)
		return
	}
	if len(p.node.items) != n {
		c.fail(p.value(), p, "found a list of %d, want %d", len(p.node.items), n)
		return
	}
	for i := range n {
		c.element(p.item(i), v.Index(i))
	}
}

func (c *Checker) element(p place, v reflect.Value) {
	if p.absent() {
		c.wrong(p, "a value")
		return
	}
	c.decode(p, v)
}
