package document

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// merge lays the document child over parent: maps are merged, lists and types replaced whole are
// replaced, off and an empty value remove. Without a parent it is nil. What off removes must be
// there; only a switched block may be off already.
func (l *loader) merge(parent, child *Node, t reflect.Type, path string) *Node {
	if child.Kind != MapNode || l.spec.replacedWhole(t) {
		return child
	}
	merged := &Node{Kind: MapNode, at: child.at}
	if parent != nil && parent.Kind == MapNode {
		merged.Pairs = slices.Clone(parent.Pairs)
	}
	for _, p := range child.Pairs {
		below, inner := merged.Get(p.Key), typeOf(t, p.Key)
		switch {
		case inner == nil:
			merged.Put(p) // an unknown key, which the decoder refuses
		case p.Value.Kind == NullNode:
			merged.Drop(p.Key)
		case p.Value.isOff(t == l.spec.Switched) && l.spec.meansOff(t, p.Key):
			merged.Put(p)
		case p.Value.isOff(t == l.spec.Switched) && below == nil && t != l.spec.Switched:
			l.fail(p.Value.at, join(path, p.Key), "off removes a value of the "+l.spec.Kind+" in "+
				"from, but that has no "+Quoted(p.Key)+table.Nearest(p.Key, merged.keys()))
		case p.Value.isOff(t == l.spec.Switched):
			merged.Drop(p.Key)
		default:
			p.Value = l.merge(below, p.Value, inner, join(path, p.Key))
			merged.Put(p)
		}
	}
	return merged
}

// meansOff reports whether off is a word like others at key in a t.
func (s *Spec) meansOff(t reflect.Type, key string) bool {
	return t.Kind() == reflect.Struct && slices.Contains(s.words(t.Name()+"."+key), "off")
}

// under returns doc with the defaults where it has no value. Elements of maps with the user's own
// names take missing values from the default's element, except for its share.
func (s *Spec) under(doc, def *Node, t reflect.Type) *Node {
	if t == s.Switched {
		return s.chosen(doc, def)
	}
	if doc == nil || doc.Kind == NullNode {
		return def.withoutTemplates()
	}
	if def == nil || doc.Kind != MapNode || def.Kind != MapNode || s.replacedWhole(t) {
		return doc
	}
	result := &Node{Kind: MapNode, at: doc.at, Pairs: slices.Clone(doc.Pairs)}
	if t.Kind() == reflect.Map {
		template := s.template(def, t.Elem())
		for i := range result.Pairs {
			result.Pairs[i].Value = s.under(result.Pairs[i].Value, template, t.Elem())
		}
		return result
	}
	for _, p := range def.Pairs {
		if p.Value = s.under(doc.Get(p.Key), p.Value, typeOf(t, p.Key)); p.Value == nil {
			continue
		}
		if i := result.Find(p.Key); i >= 0 {
			p.At = result.Pairs[i].At
		}
		result.Put(p)
	}
	return result
}

// template is what the defaults say about each element, of type t, of a map, except for its share.
func (s *Spec) template(def *Node, t reflect.Type) *Node {
	template := def.Pairs[0].Value.Clone()
	if key, ok := s.shared(t); ok {
		template.Drop(key)
	}
	return template
}

// chosen returns the switched blocks of doc with their defaults; those it does not name stay off. A
// block that is only switched on has all of them.
func (s *Spec) chosen(doc, def *Node) *Node {
	if doc == nil || doc.Kind != MapNode {
		return doc
	}
	result := &Node{Kind: MapNode, at: doc.at, Pairs: slices.Clone(doc.Pairs)}
	for i, p := range result.Pairs {
		if p.Value.isOn() {
			p.Value = &Node{Kind: MapNode, at: p.Value.at}
		}
		if p.Value.Kind == MapNode && def.Get(p.Key) != nil {
			p.Value = s.under(p.Value, def.Get(p.Key), typeOf(s.Switched, p.Key))
		}
		result.Pairs[i] = p
	}
	return result
}

// each is the name of a default element that is only a template for the elements of a map.
const each = "each"

// withoutTemplates returns a copy of n without the elements called each.
func (n *Node) withoutTemplates() *Node {
	if n.Kind != MapNode {
		return n.Clone()
	}
	result := &Node{Kind: MapNode, at: n.at}
	for _, p := range n.Pairs {
		if p.Key != each {
			p.Value = p.Value.withoutTemplates()
			result.Pairs = append(result.Pairs, p)
		}
	}
	return result
}

// Blocks lists the entries of a map that are maps themselves, in the order of the file. There are
// none in a nil or any other node.
func Blocks(n *Node) []Pair {
	if n == nil {
		return nil
	}
	var maps []Pair
	for _, p := range n.Pairs {
		if p.Value.Kind == MapNode {
			maps = append(maps, p)
		}
	}
	return maps
}

// Give sets a text at a key of the map n, as a default, unless there is a value. Spec.Derive sets
// defaults this way.
func Give(n *Node, key, text string) {
	if v := n.Get(key); n.Kind == MapNode && (v == nil || v.Kind == NullNode) {
		at := Origin{file: defaultsFile, isDefault: true}
		n.Put(Pair{key, at, &Node{Text: text, at: at}})
	}
}

// GiveBlock sets an empty map at a key of the map n, as a default and instead of any value, and
// returns it.
func GiveBlock(n *Node, key string) *Node {
	at := Origin{file: defaultsFile, isDefault: true}
	block := &Node{Kind: MapNode, at: at}
	n.Put(Pair{key, at, block})
	return block
}

// assign applies one override from the command line.
func (l *loader) assign(root *Node, s Set) {
	at := Origin{Flag: cmp.Or(s.Flag, "set"), path: s.Path, anyPath: s.AnyPath || s.Flag == ""}
	if strings.TrimSpace(s.Value) == "" {
		l.fail(at, s.Path, "found nothing, want a value, or off to remove the one there is")
		return
	}
	r := reader{kind: l.spec.Kind, from: at}
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
		if text := l.step(n, t, key, last && value.Kind == MapNode); text != "" {
			l.fail(at, path, text)
			return
		}
		path = join(path, key)
		if last {
			l.settle(n, Pair{key, at, value}, t, path)
			return
		}
		if t = typeOf(t, key); atOnce(t) {
			l.fail(at, path, "cannot be set in part, want the whole value")
			return
		}
		next := n.Get(key)
		if next == nil || next.Kind != MapNode {
			next = &Node{Kind: MapNode, at: at}
			n.Put(Pair{key, at, next})
		}
		n = next
	}
}

// settle puts the value of an override in its place in n, which holds a t, or removes what is
// there. A block remembers the flag that emptied one of its places.
func (l *loader) settle(n *Node, p Pair, t reflect.Type, path string) {
	removes := p.Value.Kind == NullNode ||
		p.Value.isOff(t == l.spec.Switched) && !l.spec.meansOff(t, p.Key)
	switch {
	case removes && n.Get(p.Key) == nil && t == l.spec.Switched: // it is off
	case removes && n.Get(p.Key) == nil:
		l.fail(p.At, path, "off removes a value, but there is none")
	case removes && t.Kind() == reflect.Map:
		n.Drop(p.Key)
	case removes:
		n.Put(Pair{p.Key, p.At, &Node{Kind: NullNode, at: p.At}})
	default:
		n.Put(p)
	}
}

// step returns why an override cannot go from n, which holds a t, to key, or "". A new name can
// only be given all at once.
func (l *loader) step(n *Node, t reflect.Type, key string, whole bool) string {
	switch {
	case t == l.spec.Type && key == "from":
		return "from cannot be set, the file names what it builds on"
	case t.Kind() != reflect.Map:
		if keys := KeysOf(t); !slices.Contains(keys, key) {
			return l.spec.unknownIn(t, key, keys)
		}
	case isNamed(t) && n.Get(key) == nil && !whole && l.spec.Renamed[t.Elem().Name()+"."+key] != "":
		return fmt.Sprintf("unknown %s %s, it is now called %q", nounOf(t), Quoted(key),
			l.spec.Renamed[t.Elem().Name()+"."+key])
	case isNamed(t) && n.Get(key) == nil && !whole:
		return table.Unknown(nounOf(t), key, n.keys())
	}
	return ""
}
