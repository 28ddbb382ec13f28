package simulate

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
)

// TestRulesAreThoseOfScenarios: whatever a scenario can ask for is in the list, and nothing else;
// season alone bends nothing but the calendar.
func TestRulesAreThoseOfScenarios(t *testing.T) {
	t.Parallel()
	known := []string{"season"}
	for _, r := range rules {
		known = append(known, r.name)
	}
	var asked []string
	of := reflect.TypeFor[model.Behaviors]()
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
		asked = append(asked, name)
	}
	slices.Sort(known)
	slices.Sort(asked)
	if !slices.Equal(known, asked) {
		t.Errorf("there are rules for %v, scenarios have %v", known, asked)
	}
}

// TestEveryRuleBegins: where a behavior alone is on, its rule makes it, and no other rule does. So
// each name is of the behavior that it stands beside, and the swarm tries it.
func TestEveryRuleBegins(t *testing.T) {
	t.Parallel()
	for _, one := range rules {
		block, ok := anyBehavior[one.name]
		if !ok {
			t.Errorf("the swarm has no block for %s", one.name)
			continue
		}
		d := die{rand.New(rand.NewPCG(1, 2))}
		w := worldOf(t, bazaarWith("{"+one.name+": "+block(d)+"}"), "customers", "100")
		town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
		for _, r := range rules {
			if on := r.begin(town, r.family) != nil; on != (r.name == one.name) {
				t.Errorf("with %s alone, %s is on: %t", one.name, r.name, on)
			}
		}
	}
}

// TestNobodyNamesABehavior but the list of rules: what the files of a behavior declare is used in
// them alone. Everybody else calls moments.
func TestNobodyNamesABehavior(t *testing.T) {
	t.Parallel()
	fset, home := token.NewFileSet(), map[string]string{} // the behavior of a file
	parsed, uses := sources(t, fset)
	file := func(at token.Pos) string { return filepath.Base(fset.Position(at).Filename) }
	behavior := map[string]string{} // that a type is
	for _, r := range rules {
		begin := runtime.FuncForPC(reflect.ValueOf(r.begin).Pointer())
		path, _ := begin.FileLine(begin.Entry())
		home[filepath.Base(path)] = r.name
	}
	for _, o := range uses {
		if is, ok := o.(*types.TypeName); ok && home[file(o.Pos())] != "" {
			behavior[is.Name()] = home[file(o.Pos())]
		}
	}
	for _, f := range parsed { // and of the other files in which it has methods
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv != nil {
				of := strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*")
				if name := behavior[of]; name != "" {
					home[file(d.Pos())] = name
				}
			}
		}
	}
	calls := 0
	for id, o := range uses {
		whose := home[file(o.Pos())]
		switch from := file(id.Pos()); {
		case whose == "" || whose == home[from]:
		case from == "rules.go":
			calls++
		default:
			t.Errorf("%s names %s of the behavior %s", from, o.Name(), whose)
		}
	}
	if calls != len(rules) || len(home) < len(rules)+2 {
		t.Errorf("%d constructors in %d files, there are more", calls, len(home))
	}
}

// sources are the files of this package, and what each name in them that is not local stands for.
func sources(t *testing.T, fset *token.FileSet) (files []*ast.File,
	uses map[*ast.Ident]types.Object) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	// Other packages do not matter, nor that they are missing.
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := conf.Check("simulate", fset, files, &info)
	maps.DeleteFunc(info.Uses, func(_ *ast.Ident, o types.Object) bool {
		return o.Pkg() != pkg || o.Parent() != nil && o.Parent() != pkg.Scope()
	})
	return files, info.Uses
}

// noImports finds no package.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }
