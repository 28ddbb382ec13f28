package document

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/percorso/percorso/model/table"
)

// A Node is one value of a document together with the place where it was written, so that documents
// can be merged and every error can still point at its cause.
type Node struct {
	Kind   Kind
	Text   string  // of a scalar: as written, without its quotes
	Quoted bool    // of a scalar: it was in quotes or a block, so it is never a number or off
	Pairs  []Pair  // of a map, in the order of the file
	Items  []*Node // of a list
	at     Origin
}

// A Pair is one entry of a map.
type Pair struct {
	Key   string // as written, without its quotes; pairs of names read "a > b"
	At    Origin // of the key
	Value *Node  // never nil: a key without a value has a NullNode
}

// A Kind is what a Node is.
type Kind uint8

// The kinds of nodes.
const (
	ScalarNode Kind = iota // a text, a number, true or false
	MapNode                // keys with values
	ListNode               // values without keys
	NullNode               // nothing: an empty value, ~ or null
)

// An Origin is where a value comes from: a place in a file, the defaults of the Spec, or a flag.
type Origin struct {
	file         string
	line, column int // from 1; columns count characters
	isDefault    bool
	Flag         string // "" for a file
	path         string // of a flag: the dotted path it sets
	anyPath      bool   // of a flag: it can set any
}

// Get returns the value of key, or nil where there is none, or no map.
func (n *Node) Get(key string) *Node {
	if i := n.Find(key); i >= 0 {
		return n.Pairs[i].Value
	}
	return nil
}

// Find returns the index of key in Pairs, or -1 where there is none, or no map.
func (n *Node) Find(key string) int {
	if n == nil || n.Kind != MapNode {
		return -1
	}
	return slices.IndexFunc(n.Pairs, func(p Pair) bool { return p.Key == key })
}

// Put adds p to the map n, in the place of the pair with its key if there is one.
func (n *Node) Put(p Pair) {
	if i := n.Find(p.Key); i >= 0 {
		n.Pairs[i] = p
		return
	}
	n.Pairs = append(n.Pairs, p)
}

// Drop removes key and its value, if they are there.
func (n *Node) Drop(key string) {
	if i := n.Find(key); i >= 0 {
		n.Pairs = slices.Delete(n.Pairs, i, i+1)
	}
}

func (n *Node) keys() []string {
	keys := make([]string, len(n.Pairs))
	for i, p := range n.Pairs {
		keys[i] = p.Key
	}
	return keys
}

// Clone copies n, which is not nil, and all below it.
func (n *Node) Clone() *Node {
	c := *n
	c.Pairs = slices.Clone(n.Pairs)
	for i := range c.Pairs {
		c.Pairs[i].Value = c.Pairs[i].Value.Clone()
	}
	c.Items = slices.Clone(n.Items)
	for i := range c.Items {
		c.Items[i] = c.Items[i].Clone()
	}
	return &c
}

// isOff reports whether n is the bare word off, which removes what a parent gave. Of a switched
// block it may stand in quotes, and YAML's other words for it, false and no, mean the same.
func (n *Node) isOff(switched bool) bool {
	if !switched {
		return n.Kind == ScalarNode && !n.Quoted && n.Text == "off"
	}
	return n.isOneOf("off", "false", "no")
}

// isOn reports whether n is the word on, or one of YAML's other words for it.
func (n *Node) isOn() bool { return n.isOneOf("on", "true", "yes") }

// isOneOf reports whether n is one of some words, in capitals or not.
func (n *Node) isOneOf(words ...string) bool {
	return n.Kind == ScalarNode && slices.Contains(words, strings.ToLower(n.Text))
}

// Bounds on a document, so that no file can exhaust the stack or the memory of the reader.
const (
	maxFileBytes = 4 << 20
	maxLineBytes = 16 << 10
	maxOpen      = 200  // brackets open at once
	maxDepth     = 24   // maps and lists inside each other
	maxKeys      = 5000 // of one map: more than all pairs of 64 names
	maxKeyBytes  = 200  // more than the longest pair of names
	maxPaths     = 1e9  // bytes of the paths of all values, which the parser keeps
)

// A reader turns YAML text into nodes and collects what is wrong with it. With a flag set, the text
// is the value of that flag and every node says so.
type reader struct {
	kind      string // what a document is
	file      string
	isDefault bool   // the file is the defaults of the Spec
	from      Origin // of the value of a flag
	problems  problems
}

// read parses src. It returns nil when src is not YAML at all; lesser faults leave a tree that can
// be checked further.
func (r *reader) read(src []byte) *Node {
	src = bytes.TrimPrefix(src, []byte("\ufeff")) // the byte order mark
	if text := unreadable(src); text != "" {
		r.fail(r.start(), "", text)
		return nil
	}
	file, err := parseYAML(src)
	if err != nil {
		r.fail(r.syntax(err))
		return nil
	}
	var root *Node
	for _, doc := range file.Docs {
		switch _, isDirective := doc.Body.(*ast.DirectiveNode); {
		case doc.Body == nil || isDirective:
		case root != nil:
			r.fail(r.origin(doc.Body), "", "found a second document after ---, want one")
		default:
			root = r.node(doc.Body, "", 0)
		}
	}
	if root == nil {
		root = &Node{Kind: NullNode, at: r.start()}
	}
	return root
}

// Read parses a YAML document, file being what errors call it. An empty document is a NullNode. The
// error lists parts of YAML that documents may not use, such as anchors, duplicate keys and a
// second document; the node is then the rest, or nil when src is not YAML at all.
func Read(file string, src []byte) (*Node, error) {
	r := reader{kind: "document", file: file}
	root := r.read(src)
	if len(r.problems) > 0 {
		return root, r.problems
	}
	return root, nil
}

// unreadable returns why src must not be given to the parser, or "".
func unreadable(src []byte) string {
	switch {
	case len(src) > maxFileBytes:
		return fmt.Sprintf("the text is too long, want at most %s bytes", table.Grouped(maxFileBytes))
	case !utf8.Valid(src):
		return "the text is not UTF-8"
	case bytes.IndexFunc(src, isControl) >= 0:
		return "the text has control characters, want plain UTF-8 text"
	}
	line, open := 0, 0
	for _, b := range src {
		line++
		switch b {
		case '\n':
			line = 0
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if line > maxLineBytes || open > maxOpen {
			return fmt.Sprintf("too deep or too wide: want lines of at most %s bytes "+
				"and at most %d brackets inside each other", table.Grouped(maxLineBytes), maxOpen)
		}
	}
	return ""
}

func isControl(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f }

// parseYAML is the YAML parser with its panics turned into errors: on some malformed input it
// indexes past its tokens. Its time grows with the square of the number of keys of a map, so very
// large maps are refused before it sees them.
func parseYAML(src []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not YAML: %v", p)
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if err := refused(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// refused returns why tokens must not be given to the parser, whose time grows with the square of
// the number of keys of a map and whose memory grows with the length of all paths. Keys belong to
// the same map as long as no key further to the left comes between them.
func refused(tokens token.Tokens) error {
	keys := map[int]int{} // by column
	open, deepest, longest := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			open++
		case token.MappingEndType, token.SequenceEndType:
			open = max(open-1, 0)
		}
		deepest = max(deepest, open+len(keys))
		if t.Type != token.MappingValueType || t.Prev == nil {
			continue
		}
		at := t.Prev.Position
		maps.DeleteFunc(keys, func(column, _ int) bool { return column > at.Column })
		keys[at.Column]++
		longest = max(longest, len(t.Prev.Value))
		switch {
		case keys[at.Column] > maxKeys:
			return fmt.Errorf("found more than %d keys in one map, on line %d", maxKeys, at.Line)
		case longest > maxKeyBytes:
			return fmt.Errorf("found a key of %s bytes on line %d, want at most %d",
				table.Grouped(int64(longest)), at.Line, maxKeyBytes)
		}
	}
	if len(tokens)*deepest*longest > maxPaths {
		return errors.New("too deep and too wide: too many values inside too many others")
	}
	return nil
}

// syntax returns where and why the parser gave up.
func (r *reader) syntax(err error) (Origin, string, string) {
	var s *yaml.SyntaxError
	if errors.As(err, &s) && s.Token != nil {
		return r.originOf(s.Token), "", "not YAML: " + s.Message
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return r.start(), "", text
}

func (r *reader) fail(at Origin, path, text string) {
	r.problems = append(r.problems, problem{at, path, text})
}

// node turns a parsed value into a Node. A value of the wrong kind is a problem and becomes a null.
func (r *reader) node(n ast.Node, path string, depth int) *Node {
	at := r.origin(n)
	if depth > maxDepth {
		r.fail(at, path, fmt.Sprintf("more than %d levels deep", maxDepth))
		return &Node{Kind: NullNode, at: at}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &Node{Kind: NullNode, at: at}
	case *ast.StringNode:
		quoted := n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		return &Node{Text: n.Value, Quoted: quoted, at: at}
	case *ast.LiteralNode:
		return &Node{Text: strings.TrimRight(n.Value.Value, "\n"), Quoted: true, at: at}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &Node{Text: n.GetToken().Value, at: at}
	case *ast.MappingNode:
		return r.mapping(n.Values, at, path, depth)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, at, path, depth)
	case *ast.AnchorNode:
		r.fail(at, path, r.refusal(n))
		return r.node(n.Value, path, depth+1)
	case *ast.TagNode:
		r.fail(at, path, r.refusal(n))
		return r.node(n.Value, path, depth+1)
	case *ast.SequenceNode:
		l := &Node{Kind: ListNode, at: at}
		for i, v := range n.Values {
			l.Items = append(l.Items, r.node(v, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
		return l
	}
	r.fail(at, path, r.refusal(n))
	return &Node{Kind: NullNode, at: at}
}

func (r *reader) mapping(values []*ast.MappingValueNode, at Origin, path string, depth int) *Node {
	m := &Node{Kind: MapNode, at: at}
	seen := make(map[string]Origin, len(values))
	for _, v := range values {
		key, ok := keyText(v.Key)
		keyAt := r.origin(v.Key)
		if !ok {
			r.fail(keyAt, path, r.refusal(v.Key))
			continue
		}
		if first, again := seen[key]; again {
			r.fail(keyAt, join(path, key),
				fmt.Sprintf("found %s again after line %d, want it once", Quoted(key), first.line))
			continue
		}
		seen[key] = keyAt
		value := r.node(v.Value, join(path, key), depth+1)
		if value.Kind == NullNode {
			value.at = keyAt
		}
		m.Pairs = append(m.Pairs, Pair{key, keyAt, value})
	}
	return m
}

// keyText returns a key as written, and false for keys we do not read.
func keyText(n ast.MapKeyNode) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return canonicalKey(n.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode,
		*ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// canonicalKey writes keys of two names in one way: a>b and a  >  b are "a > b".
func canonicalKey(key string) string {
	if !strings.Contains(key, ">") {
		return key
	}
	parts := strings.Split(key, ">")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, " > ")
}

// refusal names the part of YAML that was found and that documents may not use.
func (r *reader) refusal(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "found an anchor or alias (& or *), want the value itself; " +
			r.kind + "s build on each other with from"
	case *ast.MergeKeyNode:
		return "found a merge key (<<), want the keys themselves; " +
			r.kind + "s build on each other with from"
	case *ast.TagNode:
		return "found a tag (!), want the value without it"
	case *ast.MappingKeyNode:
		return "found a key after ?, want key: value"
	}
	return "found something that is neither a value, a map nor a list"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// origin is the place of the first character of n.
func (r *reader) origin(n ast.Node) Origin {
	for {
		switch m := n.(type) {
		case *ast.MappingNode:
			if m.IsFlowStyle || len(m.Values) == 0 {
				return r.originOf(m.Start)
			}
			n = m.Values[0].Key
		case *ast.MappingValueNode:
			n = m.Key
		default:
			return r.originOf(n.GetToken())
		}
	}
}

func (r *reader) originOf(t *token.Token) Origin {
	if r.from.Flag != "" || t == nil || t.Position == nil {
		return r.start()
	}
	at := r.start()
	at.line, at.column = max(t.Position.Line, 1), max(t.Position.Column, 1)
	return at
}

// start is the origin of the whole document.
func (r *reader) start() Origin {
	if r.from.Flag != "" {
		return r.from
	}
	return Origin{file: r.file, line: 1, column: 1, isDefault: r.isDefault}
}
