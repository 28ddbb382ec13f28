package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Document is the combination of a file, those it builds on, overrides and defaults. It knows
// where each value comes from.
type Document struct {
	tree *Node
	spec *Spec
}

// Root is the tree of all values. It must not be changed.
func (d *Document) Root() *Node { return d.tree }

// YAML writes the document as one that builds on no other, with its keys in the order of the Spec,
// after a line of comment. With origins, every line with a value says where it comes from: a file
// and line, "default" or a flag; without them the text stays the same when it is loaded and written
// again. Either way it loads to the same struct.
func (d *Document) YAML(comment string, origins bool) []byte {
	w := resolver{origins: origins}
	fmt.Fprintf(&w.out, "# %s\n", comment)
	w.block(d.tree, d.spec.Type, 0)
	return w.out.Bytes()
}

// A resolver writes nodes as YAML. A value from one line of a file stays on one line if it is
// short.
type resolver struct {
	out     bytes.Buffer
	origins bool // say where each line comes from
}

const (
	indentWidth   = 2
	commentColumn = 64
	flowWidth     = 100 // a longer block takes several lines
)

func (w *resolver) block(n *Node, t reflect.Type, depth int) {
	for _, p := range inOrder(n, t) {
		key := strings.Repeat(" ", depth*indentWidth) + plain(p.Key, false) + ":"
		inner := typeOf(t, p.Key)
		named := inner != nil && isNamed(inner) && p.Value.Kind == MapNode &&
			(len(p.Value.Pairs) > 0 || p.Value.at.isDefault) // {} excludes the defaults
		switch at, one := p.Value.line(); {
		case p.Value.Kind == NullNode:
		case p.Value.Kind == ScalarNode, one && !named && len(key)+len(p.Value.String()) < flowWidth:
			w.line(key+" "+p.Value.String(), at)
		case p.Value.Kind == MapNode:
			fmt.Fprintln(&w.out, key)
			w.block(p.Value, inner, depth+1)
		default:
			fmt.Fprintln(&w.out, key)
			for _, item := range p.Value.Items {
				at, _ := item.line()
				w.line(strings.Repeat(" ", (depth+1)*indentWidth)+"- "+item.String(), at)
			}
		}
	}
}

// inOrder returns the entries of n in the order of the schema, or of the file for the author's own
// names.
func inOrder(n *Node, t reflect.Type) []Pair {
	if t == nil || t.Kind() != reflect.Struct {
		return n.Pairs
	}
	keys := KeysOf(t)
	return slices.SortedStableFunc(slices.Values(n.Pairs), func(a, b Pair) int {
		return slices.Index(keys, a.Key) - slices.Index(keys, b.Key)
	})
}

func (w *resolver) line(text string, at Origin) {
	if !w.origins {
		fmt.Fprintln(&w.out, text)
		return
	}
	pad := max(commentColumn-utf8.RuneCountInString(text), 1)
	fmt.Fprintf(&w.out, "%s%s# %s\n", text, strings.Repeat(" ", pad), at)
}

// String returns garden.yaml:7 for a file and line, a flag such as --set, or default. Folders are
// left out: the text must not depend on where a file lies.
func (o Origin) String() string {
	switch {
	case o.Flag != "":
		return o.Flag
	case o.isDefault:
		return "default"
	}
	name := strings.Map(func(c rune) rune {
		if isControl(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, filepath.Base(o.file))
	return fmt.Sprintf("%s:%d", name, o.line)
}

// line returns where n comes from if all of it comes from one line.
func (n *Node) line() (Origin, bool) {
	at := n.at
	at.column, at.path = 0, ""
	same := func(inner *Node) bool {
		o, one := inner.line()
		return one && o == at
	}
	for _, p := range n.Pairs {
		if p.Value.Kind != NullNode && !same(p.Value) {
			return at, false
		}
	}
	for _, item := range n.Items {
		if !same(item) {
			return at, false
		}
	}
	return at, true
}

// String writes n as YAML on one line; a null is an empty text in quotes.
func (n *Node) String() string {
	var parts []string
	switch n.Kind {
	case MapNode:
		for _, p := range n.Pairs {
			if p.Value.Kind != NullNode {
				parts = append(parts, plain(p.Key, false)+": "+p.Value.String())
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case ListNode:
		for _, item := range n.Items {
			parts = append(parts, item.String())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return plain(n.Text, n.Quoted)
}

// plainText is what YAML reads as itself in every place, without quotes.
var plainText = regexp.MustCompile(`^(?:[-+]?[0-9]|[\pL_])[\pL0-9_.%/+>-]*(?: [\pL0-9_.%/+>-]+)*$`)

// plain writes a text without quotes where YAML allows it and it had none.
func plain(text string, wasQuoted bool) string {
	if !wasQuoted && plainText.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// Hash identifies the content of a decoded document: 64 hexadecimal digits that do not depend on
// the order of keys, on comments, on how numbers are written or on which document a value came
// from. Fields of zero are left out, so that a document keeps its hash when a later release has
// more fields; the names of the others count. It takes the pointer to a struct that Load has
// filled.
func Hash(decoded any) string {
	h := sha256.New()
	digestValue(h, reflect.ValueOf(decoded).Elem())
	return hex.EncodeToString(h.Sum(nil))
}

func digestValue(h hash.Hash, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		digestValue(h, v.Elem())
	case reflect.Struct:
		fmt.Fprint(h, "{")
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !v.Field(i).IsZero() {
				fmt.Fprintf(h, "%s:", f.Name)
				digestValue(h, v.Field(i))
			}
		}
		fmt.Fprint(h, "}")
	case reflect.Map:
		fmt.Fprint(h, "{")
		elements := keyed(v)
		for _, key := range slices.Sorted(maps.Keys(elements)) {
			fmt.Fprintf(h, "%q:", key)
			digestValue(h, elements[key])
		}
		fmt.Fprint(h, "}")
	case reflect.Slice, reflect.Array:
		fmt.Fprint(h, "[")
		for i := range v.Len() {
			digestValue(h, v.Index(i))
		}
		fmt.Fprint(h, "]")
	case reflect.Float64:
		fmt.Fprint(h, strconv.FormatFloat(v.Float(), 'g', -1, 64), ",")
	case reflect.String:
		fmt.Fprintf(h, "%q,", v.String())
	default:
		fmt.Fprint(h, v.Interface(), ",")
	}
}

// keyed is a reflected map by its keys.
func keyed(v reflect.Value) map[string]reflect.Value {
	m := make(map[string]reflect.Value, v.Len())
	for _, key := range v.MapKeys() {
		m[key.String()] = v.MapIndex(key)
	}
	return m
}
