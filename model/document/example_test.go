package document_test

import (
	"fmt"
	"reflect"

	"github.com/percorso/percorso/model/document"
)

// A Recipe is what a document of this example holds.
type Recipe struct {
	Title    string            `yaml:"title" doc:"its name" must:"derived"`
	Serves   int               `yaml:"serves" doc:"people" range:"1..12"`
	Course   string            `yaml:"course" doc:"of a meal" words:"starter,main,dessert"`
	Contains map[string]Amount `yaml:"contains" doc:"what goes in" must:"true"`
}

// An Amount is how much of something goes in.
type Amount struct {
	Grams float64 `yaml:"grams" doc:"for all" range:">0..5000"`
	Fresh bool    `yaml:"fresh" doc:"not from a tin"`
}

var recipes = document.Spec{
	Kind:     "recipe",
	Hint:     "title, contains and so on",
	Type:     reflect.TypeFor[Recipe](),
	Defaults: []byte("serves: 4\ncourse: main\ncontains: {each: {grams: 100}}\n"),
	Derive: func(root *document.Node, title string) {
		document.Give(root, "title", title)
	},
}.Ready()

// check says what no single value can tell.
func (r *Recipe) check(c *document.Checker, root document.Place) {
	contains := root.Key("contains")
	if c.Clean(contains) && len(r.Contains) == 0 {
		c.Fail(contains.Value(), contains, "found nothing in it, want at least one thing")
	}
}

// Two mistakes give an error of two lines, each with the place of one. Once they are mended, the
// document can be written with every value and where it comes from.
func Example() {
	load := func(text string) (*document.Document, error) {
		r := new(Recipe)
		return recipes.LoadBytes("soup.yaml", []byte(text), nil, nil, r, r.check)
	}
	_, err := load(`
serves: 40
course: starter
contains:
  beans: {grms: 250}
  tomatoes: {fresh: true}
`)
	fmt.Println(err)
	doc, err := load(`
course: starter
contains:
  beans: {grams: 250}
  tomatoes: {fresh: true}
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", doc.YAML("A soup.", true))
	// Output:
	// soup.yaml:2:9: serves: found 40, want a whole number from 1 to 12
	// soup.yaml:5:11: contains.beans: unknown key "grms", want grams or fresh, did you mean "grams"?
	// # A soup.
	// title: soup                                                     # default
	// serves: 4                                                       # default
	// course: starter                                                 # soup.yaml:2
	// contains:
	//   beans: {grams: 250}                                           # soup.yaml:4
	//   tomatoes:
	//     grams: 100                                                  # default
	//     fresh: true                                                 # soup.yaml:5
}
