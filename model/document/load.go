package document

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// A Set is one override from outside the file: it sets beds.east.soil to clay, say.
type Set struct {
	Path    string // the keys that lead to the value, with dots between them
	Value   string // as it would be written in the file, in YAML; off and ~ remove the present value
	Flag    string // the flag it came from, as errors call it; "" is --set, which can set any path
	AnyPath bool   // the flag can set any path, so errors name this one, too
}

// Load reads a document and all it builds on, lays sets over it in their order, fills in the
// defaults, decodes it and checks it. The name is that of a built-in document (roses is roses.yaml
// in builtin, which may be nil; - and _ are alike) or of a file, which ends in .yaml or .yml or has
// a separator in it.
// A document names the one it builds on at the key from, in the same way; a file is sought beside
// the document that names it.
//
// What is decoded goes into a pointer to a struct of the Spec's type, whose fields should be zero.
// Then check, given the place of the whole document, says what no single value can tell. It is
// called even when the decoder has found faults: Checker.Clean tells where it has not.
//
// The error lists everything that is wrong, a line each: file:line:column or the flag, the path,
// what was found and what is accepted. It stands in the order of a reader: flags, then the file
// from top to bottom, then those it builds on. After 50 lines it only counts the others. The error
// of a file that cannot be opened wraps that of the system. With an error the Document is nil.
func (s *Spec) Load(name string, builtin fs.FS, sets []Set, into any,
	check func(*Checker, Place)) (*Document, error) {
	l := &loader{spec: s, builtin: builtin}
	at := source{file: name}
	if !isPath(name) {
		var ok bool
		if at, ok = l.builtIn(name); !ok {
			return nil, errors.New(l.unknownDocument(name))
		}
	}
	src, err := l.open(at)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", s.Kind, name, err)
	}
	return l.load(at, src, sets, into, check)
}

// LoadBytes is Load for a document in memory; file is what errors call it, and relative files in
// its from are looked up beside it.
func (s *Spec) LoadBytes(file string, src []byte, builtin fs.FS, sets []Set, into any,
	check func(*Checker, Place)) (*Document, error) {
	l := &loader{spec: s, builtin: builtin}
	return l.load(source{file: file}, src, sets, into, check)
}

// defaultsFile is what errors call the defaults of a Spec.
const defaultsFile = "defaults.yaml"

// IsDefault reports whether a value comes from the defaults of the Spec, or is derived.
func (o Origin) IsDefault() bool { return o.isDefault }

func (s *Spec) defaults() *Node {
	r := reader{kind: s.Kind, file: defaultsFile, isDefault: true}
	root := r.read(s.Defaults)
	if len(r.problems) > 0 {
		panic("document: defaults.yaml: " + r.problems.Error())
	}
	return root
}

// A loader reads one document and collects what is wrong with it.
type loader struct {
	spec     *Spec
	builtin  fs.FS
	problems problems
	chain    []source // the documents being read, each from the one before it
}

// A source is where a document is found.
type source struct {
	file    string
	builtin bool
}

// maxFrom is the largest number of documents that can build on each other.
const maxFrom = 16

func (l *loader) load(at source, src []byte, sets []Set, into any,
	check func(*Checker, Place)) (*Document, error) {
	doc := l.document(at, src)
	if doc == nil {
		return nil, l.problems.sorted(at.file)
	}
	base := l.spec.defaults()
	tree := l.spec.under(doc, base, l.spec.Type)
	for _, set := range sets {
		l.assign(tree, set)
	}
	tree = l.spec.under(tree, base, l.spec.Type)
	if l.spec.Derive != nil {
		l.spec.Derive(tree, titleOf(at.file, l.spec.Kind))
	}

	c := &Checker{spec: l.spec, problems: l.problems}
	root := Place{At: Origin{file: at.file, line: 1, column: 1}, Node: tree}
	c.decode(root, reflect.ValueOf(into).Elem())
	check(c, root)
	if len(c.problems) > 0 {
		return nil, c.problems.sorted(at.file)
	}
	return &Document{tree, l.spec}, nil
}

// titleOf makes the title of a document from the name of its file, or else takes another.
func titleOf(file, other string) string {
	name := filepath.Base(filepath.ToSlash(file))
	name = strings.TrimSuffix(name, path.Ext(name))
	if !IsTitle(name) {
		return other
	}
	return name
}

// document reads a document and what it builds on. It returns nil when that cannot be read at all;
// the problems say why.
func (l *loader) document(at source, src []byte) *Node {
	r := reader{kind: l.spec.Kind, file: at.file}
	doc := r.read(src)
	l.problems = append(l.problems, r.problems...)
	if doc == nil {
		return nil
	}
	if doc.Kind == NullNode {
		doc = &Node{Kind: MapNode, at: doc.at}
	}
	if doc.Kind != MapNode {
		l.fail(doc.at, "", "found "+Found(doc)+", want a "+l.spec.Kind+": "+l.spec.Hint)
		return nil
	}
	l.chain = append(l.chain, source{filepath.Clean(at.file), at.builtin})
	var parent *Node
	if from := doc.Get("from"); from != nil {
		if parent = l.parent(at, from); parent == nil {
			return nil
		}
	}
	doc.Drop("from")
	return l.merge(parent, doc, l.spec.Type, "")
}

// parent reads the document named by from, a key of the document at.
func (l *loader) parent(at source, from *Node) *Node {
	fail := func(format string, args ...any) *Node {
		l.fail(from.at, "from", fmt.Sprintf(format, args...))
		return nil
	}
	if _, ok := l.builtIn("null"); ok && from.Kind == NullNode {
		return fail(`found nothing; to build on the %s null write "null"`, l.spec.Kind)
	}
	if from.Kind != ScalarNode || from.Text == "" {
		return fail("found %s, want a built-in %s or a file such as ./base.yaml", Found(from),
			l.spec.Kind)
	}
	next, known := l.builtIn(from.Text)
	switch {
	case isPath(from.Text):
		next = at.beside(from.Text)
	case !known:
		return fail("%s", l.unknownDocument(from.Text))
	}
	if slices.Contains(l.chain, next) {
		return fail("found %s, which itself builds on this %s", Found(from), l.spec.Kind)
	}
	if len(l.chain) >= maxFrom {
		return fail("found a chain of %d %ss that build on each other, want at most %d",
			len(l.chain)+1, l.spec.Kind, maxFrom)
	}
	src, err := l.open(next)
	if errors.Is(err, fs.ErrNotExist) {
		return fail("found %s, but there is no such file", Found(from))
	}
	if err != nil {
		return fail("%v", err)
	}
	doc := l.document(next, src)
	if doc != nil {
		for _, key := range l.spec.Own {
			doc.Drop(key)
		}
	}
	return doc
}

// isPath reports whether a name is that of a file, not of a built-in document.
func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") ||
		strings.HasSuffix(name, ".yml")
}

// beside is the source that a document at s calls file.
func (s source) beside(file string) source {
	switch {
	case s.builtin:
		return source{file: path.Join(path.Dir(s.file), file), builtin: true}
	case filepath.IsAbs(file):
		return source{file: filepath.Clean(file)}
	}
	return source{file: filepath.Join(filepath.Dir(s.file), file)}
}

// open reads a source. Anything but an ordinary file of a sensible size is refused.
func (l *loader) open(at source) ([]byte, error) {
	var f fs.File
	var err error
	if at.builtin {
		f, err = l.builtin.Open(at.file)
	} else if err = ordinary(os.Stat(at.file)); err == nil {
		f, err = os.Open(at.file)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}

// ordinary refuses files that could block or never end when opened.
func ordinary(info fs.FileInfo, err error) error {
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not an ordinary file", info.Name())
	}
	return err
}

// builtins lists the built-in documents by name.
func (l *loader) builtins() []string {
	if l.builtin == nil {
		return nil
	}
	files, err := fs.Glob(l.builtin, "*.yaml")
	if err != nil {
		return nil
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	slices.Sort(files)
	return files
}

// builtIn finds the built-in document of a name, in which - and _ are alike.
func (l *loader) builtIn(name string) (at source, ok bool) {
	alike := slices.DeleteFunc(l.builtins(), func(b string) bool { return !table.Alike(b, name) })
	if len(alike) == 0 {
		return source{}, false
	}
	if !slices.Contains(alike, name) {
		name = alike[0]
	}
	return source{file: name + ".yaml", builtin: true}, true
}

func (l *loader) unknownDocument(name string) string {
	want := append(l.builtins(), "a file such as ./mine.yaml")
	return fmt.Sprintf("unknown %s %s, want %s%s", l.spec.Kind, Quoted(name), table.OneOf(want),
		table.Nearest(name, l.builtins()))
}

func (l *loader) fail(at Origin, path, text string) {
	l.problems = append(l.problems, problem{at, path, text})
}

// A problem is one thing that is wrong with a document, and where.
type problem struct {
	at   Origin
	path string
	text string
}

func (p problem) String() string {
	switch {
	case p.at.Flag == "":
		at := fmt.Sprintf("%s:%d:%d: ", p.at.file, p.at.line, p.at.column)
		if p.path == "" {
			return at + p.text
		}
		return at + p.path + ": " + p.text
	case !p.at.anyPath:
		return p.at.Flag + ": " + p.text
	case p.path == "" || p.path == p.at.path || strings.HasPrefix(p.at.path, p.path+"."):
		return p.at.Flag + " " + p.at.path + ": " + p.text
	}
	return p.at.Flag + " " + p.at.path + ": " + p.path + ": " + p.text
}

// Note writes a remark about the value at p as errors are written, with its place: garden.yaml:7:3,
// or a flag.
func Note(p Place, format string, args ...any) string {
	return problem{p.Value(), p.Path, fmt.Sprintf(format, args...)}.String()
}

// problems are all that is wrong with a document; they are its error.
type problems []problem

// maxProblems is the number of problems that an error spells out.
const maxProblems = 50

func (ps problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxProblems {
			fmt.Fprintf(&b, "\n… and %d more", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// sorted returns the problems in the order of a reader: flags, then the main file from top to
// bottom, then the files it builds on, in alphabetical order. A problem that several blocks share
// is listed once, with the shortest path.
func (ps problems) sorted(main string) error {
	rank := func(p problem) int {
		switch {
		case p.at.file == "":
			return 0
		case p.at.isDefault:
			return 3
		case p.at.file == main:
			return 1
		}
		return 2
	}
	slices.SortFunc(ps, func(a, b problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.at.file, b.at.file),
			cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column),
			cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path),
			cmp.Compare(a.text, b.text))
	})
	if !ps[0].at.isDefault { // a fault of a default follows from a fault of the file
		ps = slices.DeleteFunc(ps, func(p problem) bool { return p.at.isDefault })
	}
	said := map[problem]bool{}
	return slices.DeleteFunc(ps, func(p problem) bool {
		p.path = ""
		again := said[p]
		said[p] = true
		return again
	})
}
