package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// The house rules that a machine can hold.
const (
	maxColumns = 100 // characters of a line
	maxLines   = 70  // of a function
	maxStory   = 600 // lines of a file, which tells one story; tests may be longer
)

// layers are our packages, from the bottom up, each with those of ours that it may import. Every
// arrow goes to a layer above it in this list, so there are none backwards.
var layers = []struct {
	folder string
	may    []string
}{
	{"scenarios", nil},
	{"model/draw", nil},
	{"model/table", nil},
	{"model/locale", []string{"model/draw"}},
	{"model/document", []string{"model/table"}},
	{"model", []string{"model/document", "model/draw", "model/locale", "model/table"}},
	{"model/handmade", []string{"model", "model/table"}},
	{"model/kpi", []string{"model", "model/table"}},
	{"simulate", []string{"model", "model/draw", "model/locale", "model/table"}},
	{"simulate/worlds", []string{"model", "model/draw", "model/table", "simulate"}},
	{"simulate/story", []string{"model", "model/table", "simulate"}},
	{"export/whole", nil},
	{"export/format", []string{"model/table"}},
	{"export/effects", []string{"export/format", "export/whole", "model/table"}},
	{"export/paths", []string{"model", "model/table"}},
	{"export/attribute", []string{"export/paths"}},
	{"export/score", nil},
	{"export/pace", []string{"model", "model/document", "model/table"}},
	{"export/dataset", []string{"export/format", "export/whole", "model", "model/kpi", "model/table"}},
	{"export/dialect", []string{"export/format", "model", "model/draw", "model/locale",
		"model/table"}},
	{"export/record", []string{"export/whole"}},
	{"export/push", []string{"export/dialect", "export/format", "export/pace", "export/record",
		"export/whole", "model", "model/table"}},
	{"export/reconcile", []string{"export/dialect", "export/format", "export/pace", "export/push",
		"model", "model/table"}},
	{"export/serve", []string{"export/dialect", "export/format", "export/pace", "export/push",
		"model", "model/document", "model/table"}},
	{"cmd/percorso/app", []string{"export/*", "model/*", "model", "scenarios", "simulate",
		"simulate/worlds"}},
	{"cmd/percorso", []string{"*"}},
	{".ci", []string{"*"}}, // checks with modules of their own
}

// layerOf returns the place in layers of a package, that of the longest folder it is in, or -1.
func layerOf(folder string) int {
	best := -1
	for i, l := range layers {
		inside := folder == l.folder || l.folder == ".ci" && strings.HasPrefix(folder, ".ci/")
		if inside && (best < 0 || len(l.folder) > len(layers[best].folder)) {
			best = i
		}
	}
	return best
}

// mayImport reports whether a package of a layer may import one of our packages.
func mayImport(layer int, imported string) bool {
	return slices.ContainsFunc(layers[layer].may, func(pattern string) bool {
		folder, below := strings.CutSuffix(pattern, "*")
		return pattern == imported || below && strings.HasPrefix(imported, folder)
	})
}

// linksNot are the libraries that a package must not link, also not through others: a program with
// a sink of its own needs no YAML. (Package app holds for itself that it has no command line.)
var linksNot = map[string][]string{
	"model/table":   {"goccy/go-yaml", "gonum.org", "gofakeit", "parquet-go"},
	"export/format": {"goccy/go-yaml", "gonum.org", "gofakeit"},
}

// topLevel is what may lie in the root of the repository.
var topLevel = []string{
	".ci", ".git", ".github", ".gitignore", "LICENSE", "Makefile", "README.md", "cmd", "export",
	"go.mod", "go.sum", "model", "scenarios", "simulate", "testdata",
}

// banned are words that no name may contain, and what to use.
var banned = map[string]string{
	"Manager": "the noun of what it does",
	"Helper":  "the name of what it helps with",
	"Util":    "the package it belongs to",
}

// reminders are words that no comment may contain. They are put together here, so that this file
// may be checked too.
var reminders = []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}

// TestTidy holds the house rules for every Go file.
func TestTidy(t *testing.T) {
	files := eachFile(t, []string{".go"}, func(name, text string) {
		for _, complaint := range tidy(name, text) {
			t.Error(complaint)
		}
	})
	if files < 20 {
		t.Errorf("looked at %d files, there are more", files)
	}
}

// eachFile calls look with the name and the text of each file of the project that ends in one of
// some ways, and returns how many there are.
func eachFile(t *testing.T, ends []string, look func(name, text string)) (files int) {
	t.Helper()
	root, ignored := filepath.Join("..", ".."), ignoredNames(t)
	err := filepath.WalkDir(root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case e.IsDir() && (name == ".git" || matchesAny(ignored, name) || e.Name() == "node_modules"):
			return fs.SkipDir
		case e.IsDir() || !slices.Contains(ends, path.Ext(name)):
			return nil
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		files++
		look(name, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ignoredNames are the patterns of .gitignore.
func ignoredNames(t *testing.T) []string {
	text, err := os.ReadFile(filepath.Join("..", "..", ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	patterns := strings.Fields(string(text))
	for i := range patterns {
		patterns[i] = strings.Trim(patterns[i], "/")
	}
	return patterns
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}

// TestTopLevel holds that nothing is left lying in the root.
func TestTopLevel(t *testing.T) {
	ignored := ignoredNames(t)
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) && !matchesAny(ignored, e.Name()) {
			t.Errorf("%s does not belong into the root", e.Name())
		}
	}
}

// tidy returns what is wrong with a file of the given path in the repository.
func tidy(name, source string) []string {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	c := &complaints{set: set, name: name, test: strings.HasSuffix(name, "_test.go")}
	if n := strings.Count(source, "\n"); n > maxStory && !c.test {
		c.add(maxStory, "%d lines, want at most %d", n, maxStory)
	}
	c.checkLines(source)
	c.checkImports(file)
	ast.Inspect(file, c.checkName)
	for _, d := range file.Decls {
		c.checkDecl(d)
	}
	return c.list
}

// complaints are what is wrong with one file.
type complaints struct {
	set  *token.FileSet
	name string
	test bool
	list []string
}

func (c *complaints) add(line int, format string, args ...any) {
	c.list = append(c.list, fmt.Sprintf("%s:%d: ", c.name, line)+fmt.Sprintf(format, args...))
}

func (c *complaints) at(n ast.Node) int { return c.set.Position(n.Pos()).Line }

// checkLines holds the width of lines, and that no reminder is left. A struct tag does not count:
// it cannot be broken.
func (c *complaints) checkLines(source string) {
	for i, line := range strings.Split(source, "\n") {
		bare := line
		if tag := strings.Index(line, " `"); tag >= 0 && strings.HasSuffix(line, "\"`") {
			bare = line[:tag]
		}
		if n := utf8.RuneCountInString(bare); n > maxColumns {
			c.add(i+1, "%d columns, want at most %d", n, maxColumns)
		}
		for _, word := range reminders {
			if strings.Contains(line, word) {
				c.add(i+1, "a reminder, %s: do it, or open an issue", word)
			}
		}
	}
}

// checkImports holds the direction of imports. Tests may also use worlds made by hand, the built-in
// scenarios and, in packages above the simulation's level, the simulation.
func (c *complaints) checkImports(file *ast.File) {
	const module = "github.com/percorso/percorso/"
	from := path.Dir(c.name)
	layer := layerOf(from)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		to, ours := strings.CutPrefix(imported, module)
		switch {
		case !ours || to == from:
		case layer < 0:
			c.add(c.at(spec), "%s has no place in layers", from)
		case c.test && !mayImport(layer, to) && slices.Contains(ofTests, to):
		case !mayImport(layer, to):
			c.add(c.at(spec), "%s imports %s; it may import %v", from, to, layers[layer].may)
		}
	}
	if from != "scenarios" {
		return
	}
	for _, spec := range file.Imports {
		if spec.Path.Value != `"embed"` && !c.test {
			c.add(c.at(spec), "scenarios imports %s, want only embed", spec.Path.Value)
		}
	}
}

// ofTests are the packages that tests of any other may use.
var ofTests = []string{"scenarios", "model/handmade", "model", "model/document", "model/kpi",
	"model/table"}

// TestLayersPointDown holds that what a layer may import lies below it.
func TestLayersPointDown(t *testing.T) {
	for i, l := range layers {
		for _, to := range l.may {
			if at := layerOf(to); !strings.Contains(to, "*") && (at < 0 || at >= i) {
				t.Errorf("%s may import %s, which does not lie below it", l.folder, to)
			}
		}
	}
}

// TestLightPackagesStayLight holds what packages do not link.
func TestLightPackagesStayLight(t *testing.T) {
	for folder, heavy := range linksNot {
		command := exec.Command("go", "list", "-deps", "./"+folder)
		command.Dir = filepath.Join("..", "..")
		deps, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, library := range heavy {
			if strings.Contains(string(deps), library) {
				t.Errorf("%s links %s", folder, library)
			}
		}
	}
}

// checkName holds that no name we give contains a banned word.
func (c *complaints) checkName(n ast.Node) bool {
	if selector, ok := n.(*ast.SelectorExpr); ok { // its last name is where it is declared
		ast.Inspect(selector.X, c.checkName)
		return false
	}
	id, ok := n.(*ast.Ident)
	if !ok || id.Name == "Helper" && c.test { // the method of *testing.T, in an interface
		return true
	}
	for word, instead := range banned {
		if strings.Contains(strings.ToLower(id.Name), strings.ToLower(word)) {
			c.add(c.at(id), "the name %s says %s, want %s", id.Name, word, instead)
		}
	}
	return true
}

// checkDecl holds the length of functions and that what is exported is documented.
func (c *complaints) checkDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		from, to := c.at(d), c.set.Position(d.End()).Line
		if n := to - from + 1; n > maxLines {
			c.add(from, "%s has %d lines, want at most %d", d.Name.Name, n, maxLines)
		}
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			c.undocumented(d, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					c.undocumented(s, s.Name.Name)
				}
			case *ast.ValueSpec:
				// A comment on the group, on the line before or behind the name will do.
				if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					c.undocumented(s, s.Names[0].Name)
				}
			}
		}
	}
}

func (c *complaints) undocumented(n ast.Node, name string) {
	if !c.test {
		c.add(c.at(n), "%s is exported and not documented", name)
	}
}

// exportedReceiver reports whether d is a function, or a method of an exported type whose name does
// not say all: those that satisfy an interface of the standard library do.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	id, ok := kind.(*ast.Ident)
	obvious := []string{"Error", "String", "Unwrap", "Len", "Less", "Swap"}
	return ok && id.IsExported() && !slices.Contains(obvious, d.Name.Name)
}

// TestTidyComplains holds that each rule can be broken.
func TestTidyComplains(t *testing.T) {
	long := "// " + strings.Repeat("x", maxColumns)
	tests := []struct{ name, source, want string }{
		{"model/a.go", "package model\n\n" + long + "\n", "model/a.go:3: 103 columns"},
		{"model/a.go", "package model\n\n// " + "TO" + "DO: all of it\n", "model/a.go:3: a reminder"},
		{"simulate/a.go",
			"package simulate\n\nimport _ \"github.com/percorso/percorso/export\"\n",
			"simulate/a.go:3: simulate imports export"},
		{"model/table/a.go",
			"package table\n\nimport _ \"github.com/percorso/percorso/model\"\n",
			"model/table/a.go:3: model/table imports model"},
		{"export/format/a.go",
			"package format\n\nimport _ \"github.com/percorso/percorso/export/dataset\"\n",
			"export/format/a.go:3: export/format imports export/dataset"},
		{"export/new/a.go",
			"package new\n\nimport _ \"github.com/percorso/percorso/model\"\n",
			"export/new/a.go:3: export/new has no place in layers"},
		{"export/format/a.go", "package format\n" + strings.Repeat("\n", maxStory),
			"export/format/a.go:600: 601 lines"},
		{"model/draw/a.go",
			"package draw\n\nimport _ \"github.com/percorso/percorso/simulate\"\n",
			"model/draw/a.go:3: model/draw imports simulate"},
		{"scenarios/a.go", "package scenarios\n\nimport _ \"fmt\"\n",
			"scenarios/a.go:3: scenarios imports \"fmt\""},
		{"export/a.go", "package export\n\nvar file" + "Manager int\n",
			"export/a.go:3: the name file" + "Manager says"},
		{"export/a.go", "package export\n\nfunc long() {" + strings.Repeat("\n", maxLines) + "}\n",
			"export/a.go:3: long has 71 lines"},
		{"export/a.go", "package export\n\nfunc Exported() {}\n",
			"export/a.go:3: Exported is exported and not documented"},
		{"export/a.go", "package export\n\ntype T int\n", "T is exported and not documented"},
		{"export/a.go", "package export\n\nconst C = 1\n", "C is exported and not documented"},
		{"export/a.go", "package export\n\n// T is.\ntype T int\n\nfunc (T) M() {}\n",
			"M is exported and not documented"},
		{"export/a.go", "package export\n\nfunc {", "expected 'IDENT'"},
	}
	for _, test := range tests {
		got := strings.Join(tidy(test.name, test.source), "\n")
		if !strings.Contains(got, test.want) {
			t.Errorf("%s:\n%s\ncomplains %q, want %q", test.name, test.source, got, test.want)
		}
	}
	clean := "// Package dataset is.\npackage dataset\n\n" +
		"import _ \"github.com/percorso/percorso/model\"\n\n" +
		"// T is.\ntype T struct {\n\tA int `yaml:\"" + strings.Repeat("x", maxColumns) + "\"`\n}\n"
	if got := tidy("export/dataset/a.go", clean); got != nil {
		t.Errorf("complains of a clean file: %v", got)
	}
}
