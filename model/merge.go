package model

import (
	"reflect"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// merge lays the document child over parent: maps merge, lists and what is replaced whole replace,
// off and an empty value remove. Without a parent it is nil. What off removes must be there.
func (l *loader) merge(parent, child *node, t reflect.Type, path string) *node {
	if child.kind != mapNode || l.spec.replacedWhole(t) {
		return child
	}
	merged := &node{kind: mapNode, at: child.at}
	if parent != nil && parent.kind == mapNode {
		merged.pairs = slices.Clone(parent.pairs)
	}
	for _, p := range child.pairs {
		below, inner := merged.get(p.key), typeOf(t, p.key)
		switch {
		case inner == nil:
			merged.put(p) // an unknown key, which the decoder refuses
		case p.value.kind == nullNode:
			merged.drop(p.key)
		case p.value.isOff() && l.spec.meansOff(t, p.key):
			merged.put(p)
		case p.value.isOff() && below == nil:
			l.fail(p.value.at, join(path, p.key), "off removes what a "+l.spec.Kind+" named in "+
				"from gives, but there is no "+quoted(p.key)+table.Nearest(p.key, merged.keys()))
		case p.value.isOff():
			merged.drop(p.key)
		default:
			p.value = l.merge(below, p.value, inner, join(path, p.key))
			merged.put(p)
		}
	}
	return merged
}

// meansOff says whether off is a word like others at key in a t.
func (s *Spec) meansOff(t reflect.Type, key string) bool {
	return t.Kind() == reflect.Struct && slices.Contains(s.Words(t.Name()+"."+key), "off")
}

// under returns doc with the defaults in the places where it has no value. Elements of maps with
// the user's own names take what they lack from the default's element, all but its share.
func (s *Spec) under(doc, def *node, t reflect.Type) *node {
	if t == s.Switched {
		return s.chosen(doc, def)
	}
	if doc == nil || doc.kind == nullNode {
		return def.withoutTemplates()
	}
	if def == nil || doc.kind != mapNode || def.kind != mapNode || s.replacedWhole(t) {
		return doc
	}
	result := &node{kind: mapNode, at: doc.at, pairs: slices.Clone(doc.pairs)}
	if t.Kind() == reflect.Map {
		template := s.template(def, t.Elem())
		for i := range result.pairs {
			result.pairs[i].value = s.under(result.pairs[i].value, template, t.Elem())
		}
		return result
	}
	for _, p := range def.pairs {
		if p.value = s.under(doc.get(p.key), p.value, typeOf(t, p.key)); p.value == nil {
			continue
		}
		if i := result.find(p.key); i >= 0 {
			p.at = result.pairs[i].at
		}
		result.put(p)
	}
	return result
}

// template is what the defaults say of each element, of type t, of a map: all but its share.
func (s *Spec) template(def *node, t reflect.Type) *node {
	template := def.pairs[0].value.clone()
	if key, ok := s.shared(t); ok {
		template.drop(key)
	}
	return template
}

// chosen returns the switched blocks of doc with their defaults; those it does not name stay off. A
// block that is only said to be on has all of them.
func (s *Spec) chosen(doc, def *node) *node {
	if doc == nil || doc.kind != mapNode {
		return doc
	}
	result := &node{kind: mapNode, at: doc.at, pairs: slices.Clone(doc.pairs)}
	for i, p := range result.pairs {
		if p.value.kind == scalarNode && p.value.text == "on" {
			p.value = &node{kind: mapNode, at: p.value.at}
		}
		if p.value.kind == mapNode && def.get(p.key) != nil {
			p.value = s.under(p.value, def.get(p.key), typeOf(s.Switched, p.key))
		}
		result.pairs[i] = p
	}
	return result
}

// each is the name of an element of defaults.yaml that only says what the elements of a map take
// when they are named.
const each = "each"

// withoutTemplates returns a copy of n without the elements called each.
func (n *node) withoutTemplates() *node {
	if n == nil || n.kind != mapNode {
		return n.clone()
	}
	result := &node{kind: mapNode, at: n.at}
	for _, p := range n.pairs {
		if p.key != each {
			p.value = p.value.withoutTemplates()
			result.pairs = append(result.pairs, p)
		}
	}
	return result
}

// elements are the entries of a map that are maps themselves.
func elements(n *node) []pair {
	if n == nil {
		return nil
	}
	var maps []pair
	for _, p := range n.pairs {
		if p.value.kind == mapNode {
			maps = append(maps, p)
		}
	}
	return maps
}

// give sets a default where there is no value.
func give(n *node, key, text string) {
	if v := n.get(key); n.kind == mapNode && (v == nil || v.kind == nullNode) {
		at := origin{file: defaultsFile}
		n.put(pair{key, at, &node{text: text, at: at}})
	}
}

// giveBlock puts an empty map where there is no value, as a default, and returns it.
func giveBlock(n *node, key string) *node {
	at := origin{file: defaultsFile}
	block := &node{kind: mapNode, at: at}
	n.put(pair{key, at, block})
	return block
}

// assign carries out one override from the command line.
func (l *loader) assign(root *node, s Set) {
	at := origin{flag: s.Flag, path: s.Path}
	if strings.TrimSpace(s.Value) == "" {
		l.fail(at, s.Path, "found nothing, want a value, or off to remove the one there is")
		return
	}
	r := reader{flag: s.Flag, path: s.Path}
	value := r.read([]byte(s.Value))
	l.problems = append(l.problems, r.problems...)
	if value == nil || len(r.problems) > 0 {
		return
	}
	keys := strings.Split(s.Path, ".")
	n, t, path := root, l.spec.Type, ""
	for i, key := range keys {
		key = canonicalKey(strings.TrimSpace(key))
		last := i == len(keys)-1
		if text := l.step(n, t, key, last && value.kind == mapNode); text != "" {
			l.fail(at, path, text)
			return
		}
		path = join(path, key)
		if last {
			l.settle(n, pair{key, at, value}, t, path)
			return
		}
		if t = typeOf(t, key); atOnce(t) {
			l.fail(at, path, "cannot be set in parts, want all of it")
			return
		}
		next := n.get(key)
		if next == nil || next.kind != mapNode {
			next = &node{kind: mapNode, at: at}
			n.put(pair{key, at, next})
		}
		n = next
	}
}

// settle puts the value of an override in its place in n, which holds a t, or removes what is
// there. A block remembers the flag that emptied one of its places.
func (l *loader) settle(n *node, p pair, t reflect.Type, path string) {
	removes := p.value.isOff() && !l.spec.meansOff(t, p.key) || p.value.kind == nullNode
	switch {
	case removes && n.get(p.key) == nil:
		l.fail(p.at, path, "off removes a value, but there is none")
	case removes && t.Kind() == reflect.Map:
		n.drop(p.key)
	case removes:
		n.put(pair{p.key, p.at, &node{kind: nullNode, at: p.at}})
	default:
		n.put(p)
	}
}

// step says why an override cannot go from n, which holds a t, to key, or "". A name that is not
// there yet can only be given all at once.
func (l *loader) step(n *node, t reflect.Type, key string, whole bool) string {
	switch {
	case t == l.spec.Type && key == "from":
		return "from cannot be set, the file names what it builds on"
	case t.Kind() != reflect.Map:
		if keys := keysOf(t); !slices.Contains(keys, key) {
			return unknownKey(key, keys)
		}
	case isNamed(t) && n.get(key) == nil && !whole:
		return unknown(nounOf(t), key, n.keys())
	}
	return ""
}
