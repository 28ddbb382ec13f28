package document

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/percorso/percorso/model/table"
)

// A Spec describes a kind of document: the Go struct that it fills and what tags cannot say. The
// decoder, its errors and the JSON Schema all use it.
//
// Fields of that struct, and of structs in it, carry their rules in tags:
//
//	yaml:"key"        its name in the file; a field without one is not in the file
//	doc:"…"           one line for editors
//	range:"0..1"      the numbers it accepts; ">0..100" excludes 0, "1.." has no upper end
//	words:"a,b"       the texts it accepts; "$name" are those of Spec.Lists
//	keys:"a,b"        the keys of a map; without it they are the author's own names
//	form:"name"       the form of a text, one of Spec.Forms
//	form:"pairs"      of a map of maps: its keys are one name, or two with > between them
//	must:"true"       required; "derived": Spec.Derive may give it
//	want:"…"          what the error for a missing value asks for
//	of:"siblings"     a share of one: percentages or weights, together with those of its siblings
//
// The name of a field is its type and key, Bed.rows; the values of a map and the elements of a list
// go by the name of the field that holds them. It is a string, a bool, an int, a uint64, a float64,
// a Value, or a struct, pointer, list, array or map (of strings) of such.
type Spec struct {
	Kind     string              // what a document is, in errors: garden
	Hint     string              // what such a document holds, for authors of something else
	Type     reflect.Type        // the struct that a document fills
	Switched reflect.Type        // a struct whose blocks are on once named; or nil
	Whole    []reflect.Type      // types whose values are replaced as one, never merged
	Own      []string            // keys that a document does not take from the one it builds on
	Lists    map[string][]string // vocabularies that tags name with $
	Renamed  map[string]string   // what old names, Bed.size or $months.january, are called now
	Forms    map[string]Form     // what tags name with form

	// Defaults is a document with the values of fields that have none. In a map with names as keys,
	// the first element without its share is the default for every other element. If the author
	// names no element, all of them are used, except one called each, which is only a template.
	Defaults []byte

	// Derive sets the defaults that follow from other values, if it is not nil. It is called once
	// all others are there; title is the name of the file without .yaml, or Kind if that is not a
	// title.
	Derive func(root *Node, title string)

	tags func() map[string]reflect.StructTag // of all fields, by their names
}

// A Form is a rule for a text.
type Form struct {
	Fits func(string) bool // reports whether a text follows it
	Want string            // describes it: completes "found …, want "
}

// A Value reads itself from a document and describes itself in a JSON Schema. Implementations are
// pointers to types of fields.
type Value interface {
	// Decode sets the value from the node at p, which is not absent, or records what is wrong.
	Decode(c *Checker, p Place)
	// Schema describes what Decode accepts at a field.
	Schema(b *Schemas, field string) Object
}

// Ready returns a copy of s for use, also by several goroutines at once. A Spec cannot be used
// without it.
func (s Spec) Ready() *Spec {
	s.tags = sync.OnceValue(func() map[string]reflect.StructTag { return tagsOf(s.Type) })
	return &s
}

// Unlimited is the upper end of ranges without one: no number may be larger.
const Unlimited = 1e12

// A Limit is the range of numbers that a field accepts.
type Limit struct {
	Min, Max float64 // Max is Unlimited where there is no end
	Above    bool    // Min itself is not accepted
}

// Has reports whether x lies within the limit.
func (l Limit) Has(x float64) bool { return x >= l.Min && x <= l.Max && (x > l.Min || !l.Above) }

// Endless reports whether the limit has no upper end.
func (l Limit) Endless() bool { return l.Max == Unlimited }

// String returns "from 1 to 3650", "above 0, up to 100", "above 0" or "of at least 0": it completes
// "a number ".
func (l Limit) String() string {
	switch {
	case l.Endless() && l.Above:
		return "above " + Number(l.Min)
	case l.Endless():
		return "of at least " + Number(l.Min)
	case l.Above:
		return fmt.Sprintf("above %s, up to %s", Number(l.Min), Number(l.Max))
	}
	return fmt.Sprintf("from %s to %s", Number(l.Min), Number(l.Max))
}

// limitOf reads the tag range of a field.
func (s *Spec) limitOf(field string) Limit {
	l := Limit{Max: Unlimited}
	tag := s.tags()[field].Get("range")
	if tag == "" {
		return l
	}
	from, to, _ := strings.Cut(tag, "..")
	from, l.Above = strings.CutPrefix(from, ">")
	l.Min = mustNumber(from)
	if to != "" {
		l.Max = mustNumber(to)
	}
	return l
}

func mustNumber(text string) float64 {
	x, ok := ParseNumber(text)
	if !ok {
		panic("document: no number in a tag: " + text)
	}
	return x
}

// words lists the words that a field of text accepts; nil means any text.
func (s *Spec) words(field string) []string { return s.tagged(field, "words") }

// keysFor lists the keys that a map accepts; nil means the author's own names.
func (s *Spec) keysFor(field string) []string { return s.tagged(field, "keys") }

// tagged lists the words of a tag of a field, or nil.
func (s *Spec) tagged(field, tag string) []string {
	text := s.tags()[field].Get(tag)
	name, isList := strings.CutPrefix(text, "$")
	switch {
	case isList:
		words, ok := s.Lists[name]
		if !ok {
			panic("document: no list " + name)
		}
		return words
	case text != "":
		return strings.Split(text, ",")
	}
	return nil
}

// unknown is the text of an error: there is no such key among keys. The place is what has them: the
// name of a struct, or the field of a map.
func (s *Spec) unknown(place, key string, keys []string) string {
	if hint, ok := s.renamed(place, "keys", key); ok {
		return fmt.Sprintf("unknown key %s%s", Quoted(key), hint)
	}
	return fmt.Sprintf("unknown key %s, want %s%s", Quoted(key), table.OneOf(keys),
		table.Nearest(key, keys))
}

// unknownIn is unknown for a key of a block of type t. One that a block below it has is named
// instead of a key that is only like it.
func (s *Spec) unknownIn(t reflect.Type, key string, keys []string) string {
	text := s.unknown(t.Name(), key, keys)
	for _, above := range keys {
		below := typeOf(t, above)
		if below == nil || below.Kind() != reflect.Struct || strings.Contains(text, ", it is now") {
			continue
		}
		if _, ok := FieldOf(below, key); ok {
			text = strings.TrimSuffix(text, table.Nearest(key, keys))
			return fmt.Sprintf("%s, did you mean %q?", text, join(above, key))
		}
	}
	return text
}

// renamed says what a name of an earlier release is called now. Words and keys of a field that has
// a list for them, which its tag names, are those of the list.
func (s *Spec) renamed(place, tag, name string) (hint string, ok bool) {
	if list := s.tags()[place].Get(tag); strings.HasPrefix(list, "$") {
		place = list
	}
	if name, ok = s.Renamed[place+"."+name]; ok {
		hint = fmt.Sprintf(", it is now called %q", name)
	}
	return hint, ok
}

// ofSiblings reports whether a field is one part of a whole that its siblings share.
func (s *Spec) ofSiblings(field string) bool { return s.tags()[field].Get("of") == "siblings" }

// shared returns the key of a block of type t that is a share among siblings.
func (s *Spec) shared(t reflect.Type) (key string, ok bool) {
	if t.Kind() == reflect.Struct {
		for _, key := range KeysOf(t) {
			if s.ofSiblings(t.Name() + "." + key) {
				return key, true
			}
		}
	}
	return "", false
}

// requiredOf lists the required keys of a block that have no default.
func requiredOf(t reflect.Type, tags ...string) []string {
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag; slices.Contains(tags, tag.Get("must")) {
			keys = append(keys, tag.Get("yaml"))
		}
	}
	return keys
}

// tagsOf collects the tags of all fields below a type, by the name of the field.
func tagsOf(root reflect.Type) map[string]reflect.StructTag {
	tags, seen := map[string]reflect.StructTag{}, map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] {
				return
			}
			seen[t] = true
			for i := range t.NumField() {
				f := t.Field(i)
				if key := f.Tag.Get("yaml"); key != "" {
					tags[t.Name()+"."+key] = f.Tag
					walk(f.Type)
				}
			}
		}
	}
	walk(root)
	return tags
}

// nounOf returns the noun for elements of a map with the author's own names: from a method Noun of
// theirs, or else their type.
func nounOf(t reflect.Type) string {
	if named, ok := reflect.Zero(t.Elem()).Interface().(interface{ Noun() string }); ok {
		return named.Noun()
	}
	return strings.ToLower(t.Elem().Name())
}

// isNamed reports whether t is a map from the author's own names to blocks.
func isNamed(t reflect.Type) bool {
	return t.Kind() == reflect.Map &&
		(t.Elem().Kind() == reflect.Struct || t.Elem().Kind() == reflect.Map)
}

// atOnce reports whether a value of type t is written as one text or list.
func atOnce(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		return len(KeysOf(t)) == 0
	case reflect.Map:
		return false
	}
	return true
}

// replacedWhole reports whether values of a type are replaced as one. Half a law, or weights partly
// from another author, would mean something that nobody wrote.
func (s *Spec) replacedWhole(t reflect.Type) bool { return slices.Contains(s.Whole, t) }

// FieldOf finds the field of the struct t with the key of a document, or returns false.
func FieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// KeysOf lists the keys of a block of the struct t, in the order of its fields.
func KeysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "" && key != ",inline" {
			keys = append(keys, key)
		}
	}
	return keys
}

// typeOf returns the type of the value at key in a t, or nil.
func typeOf(t reflect.Type, key string) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map:
		t = t.Elem()
	case reflect.Struct:
		f, ok := FieldOf(t, key)
		if !ok {
			return nil
		}
		t = f.Type
	default:
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// Number writes a number for a reader: 3,650, 134,217,727 or 0.35, rounded to 6 digits unless it is
// whole.
func Number(x float64) string {
	switch {
	case x == math.MaxUint64:
		return "18,446,744,073,709,551,615"
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		return table.Grouped(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}
