package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A wording is what no text may say, and what it says instead.
type wording struct {
	pattern string // in lower case; a space stands for any blanks
	instead string
	where   place
}

// A place is a set of kinds of text.
type place uint8

// The kinds of text.
const (
	inComment place = 1 << iota // of Go
	inLiteral                   // of Go: what the program prints; not that of tests
	inTest                      // literals of Go tests
	inProse                     // Markdown outside its blocks, comments of YAML
	inCode                      // blocks of Markdown, YAML, SQL, scripts
	anywhere  = inComment | inLiteral | inProse | inCode
)

// oldNames are the names of release 0.3 that mean nothing else. A text that shows what becomes of
// an old name may have it: the tables of names called renamed…, lines of scripts whose command
// fails, and testdata/bad.
var oldNames = []wording{
	{`received_time`, "received_at", anywhere},
	{`first_seen`, "first_seen_at", anywhere},
	{`known_since`, "identified_at", anywhere},
	{`known_by`, "identified_by", anywhere},
	{`consent_marketing`, "has_marketing_consent", anywhere},
	{`consent_profiling`, "has_profiling_consent", anywhere},
	{`order_time`, "ordered_at", anywhere},
	{`fulfilled_time`, "fulfilled_at", anywhere},
	{`created_time`, "created_at", anywhere},
	{`closed_time`, "closed_at", anywhere},
	{`return_time`, "returned_at", anywhere},
	{`sent_time`, "sent_at", anywhere},
	{`answered_time`, "answered_at", anywhere},
	{`review_time`, "reviewed_at", anywhere},
	{`opened_time`, "opened_at", anywhere},
	{`social_time`, "created_at", anywhere},
	{`from_date`, "start_date", anywhere},
	{`to_date`, "end_date", anywhere},
	{`start_time`, "started_at", anywhere},
	{`end_time`, "ended_at", anywhere},
	{`product_view`, "view_item", anywhere},
	{`checkout_start`, "begin_checkout", anywhere},
	{`signup`, "sign_up, or sign-up", anywhere},
	{`carry_out`, "in_store", anywhere},
	{`conversion_phone`, "conversion_mobile", anywhere},
	{`phone_share`, "mobile_share", anywhere},
	{`average_order`, "average_order_value", anywhere},
	{`conversion_by_device`, "conversion_…", anywhere},
	{`event_type\W{1,12}(send|open|collection|talk|quote|request|reply|reward)`,
		"message_sent, message_opened, pickup, word_of_mouth, …", anywhere},
	{`touchpoint\W{1,12}phone`, "telephone", anywhere},
	{`(device_type\W{1,12}|devices: \{[^}\n]*)phone`, "mobile", anywhere},
	{`off: (lose|not_served|\{substitute)`, "without", anywhere},
	{`--off`, "--without", anywhere},
	{`--give-up`, "--retry-for", anywhere},
	{`--for`, "--duration", anywhere},
	{`--patience`, "--idle-timeout", anywhere},
	{`--readers`, "--max-clients", anywhere},
	{`--hdr`, "--hdr-log", anywhere},
	{`check [^\n]*--simulate`, "kpis", inProse | inCode},
	{`--(truth|token) where`, "separate|inline|none, env:NAME|file:PATH", anywhere},
	{`--key source`, "--key env:NAME|file:PATH", anywhere},
	{`--partition key`, "--partition date", anywhere},
	{`--historical how`, "--historical keep|shift", anywhere},
}

// oldFlags, oldColumns and oldWords are names that are words like others elsewhere.
var (
	oldFlags = []string{"off", "give-up", "for", "patience", "readers", "hdr", "simulate"}

	oldColumns = map[string][]string{
		"events": {"city"}, "orders": {"lines"}, "order_lines": {"line"}, "carts": {"lines"},
		"returns": {"line"}, "surveys": {"kind", "class"}, "social": {"kind"}, "spend": {"date"},
		"truth_people": {"conversion", "price", "digital", "ads", "social", "haste", "journeys",
			"orders", "spent"},
		"truth_journeys": {"touches", "orders"}, "truth_identity": {"kind"},
	}

	oldWords = map[string][]string{
		"event_type": {"send", "open", "collection", "talk", "quote", "request", "reply",
			"reward"},
		"touchpoint": {"phone"}, "device_type": {"phone"},
	}
)

// phrases are what has been said in a way that readers stumbled over.
var phrases = []wording{
	{`says? whether`, "reports whether", inComment},
	{`(is|are) said to`, "what is so", anywhere | inTest},
	{`is told of by`, "who tells it", anywhere},
	{`who (reads slowly|takes nothing)`, "a slow reader; a reader that takes nothing", anywhere},
	{`vouched for`, "signed by", anywhere},
	{`for so long, a time|wait so long`, "at most TIME", anywhere},
	{`another market of the same kind`, "the same seed gives the same data", anywhere},
	{`whoever never met`, "people who never encountered", anywhere},
	{`lives? the same life`, "has identical rows", anywhere},
	{"(?-i:`?WHERE`?) the truth", "--truth separate|inline|none", inLiteral},
	{`anybody may read along`, "traffic can be intercepted", anywhere},
	{`to (itself|himself|herself), of`, "memory per customer", anywhere},
	{`needs to know of what`, "say what to print", anywhere},
	{`who would rather`, "to do so", anywhere},
	{`is all it must have|are all it must have`, "only … are required", anywhere},
	{`as many days again`, "the number of days", anywhere},
	{`what moves (her|him|them)`, "their traits", anywhere},
	{`comes? by way of`, "comes through", anywhere},
	{`gives? nothing away`, "reveals nothing", anywhere},
	{`is not to be had`, "is not available", anywhere},
	{`in the words of export`, "in the syntax of", anywhere},
	{`\ba \w+ more (is|needs)`, "to add a …", anywhere},
	{`(she|her|hers|herself)`, "they, their", inComment | inLiteral | inProse},
	{`(he|his|him|himself)`, "they, their", inComment | inLiteral | inProse},
}

// excused are files in which a wording may stand, by its pattern, with the reason.
var excused = []struct{ files, pattern, reason string }{
	{"cmd/percorso/wording_test.go", ``, "has them all"},
	{"testdata/bad/*", ``, "documents with mistakes"},
	{"simulate/story/*", `(she|her|hers|herself)`, "sentences about one person"},
	{"simulate/story/*", `(he|his|him|himself)`, "sentences about one person"},
	{"model/locale/*", `(she|her|hers|herself)`, "names and their gender"},
	{"model/locale/*", `(he|his|him|himself)`, "names and their gender"},
	{"export/dialect/snowplow.go", `product_view`, "Snowplow's name of an action"},
}

// TestWords holds that no text has a name of release 0.3, or a phrase of which readers asked what
// it means.
func TestWords(t *testing.T) {
	kinds := []string{"", ".go", ".md", ".sql", ".tmpl", ".txtar", ".yaml", ".yml"}
	read := eachFile(t, kinds, func(name, text string) {
		for _, complaint := range misworded(name, text) {
			t.Error(complaint)
		}
	})
	if read < 100 {
		t.Errorf("looked at %d files, there are more", read)
	}
}

// TestNamesAreNew holds that columns, vocabularies, KPIs and flags have no name of release 0.3.
func TestNamesAreNew(t *testing.T) {
	isOld := func(name string) bool {
		return slices.ContainsFunc(oldNames, func(w wording) bool { return w.pattern == name })
	}
	for _, of := range table.Schema("EUR") {
		for _, c := range of.Columns {
			if isOld(c.Name) || slices.Contains(oldColumns[of.Name], c.Name) {
				t.Errorf("the column %s.%s has its old name", of.Name, c.Name)
			}
			for _, word := range c.Vocab {
				if isOld(word) || slices.Contains(oldWords[c.Name], word) {
					t.Errorf("the word %s of %s.%s is an old one", word, of.Name, c.Name)
				}
			}
		}
	}
	for _, k := range model.KPIs(&model.Scenario{}) {
		if isOld(k.Name) {
			t.Errorf("the KPI %s has its old name", k.Name)
		}
	}
	commands := newApp(console{stdout: io.Discard, stderr: io.Discard}).Commands
	for len(commands) > 0 {
		c := commands[0]
		commands = append(commands[1:], c.Subcommands...)
		for _, f := range c.Flags {
			if visible, ok := f.(cli.VisibleFlag); ok && !visible.IsVisible() {
				continue
			}
			for _, name := range f.Names() {
				if slices.Contains(oldFlags, name) {
					t.Errorf("the flag --%s of %s has its old name", name, c.Name)
				}
			}
		}
	}
}

// compiled are the wordings, ready to be looked for.
var compiled = func() (all []*regexp.Regexp) {
	for _, w := range slices.Concat(oldNames, phrases) {
		begin, end := `(?:^|[^\w-])`, `(?:$|[^\w-])`
		if strings.HasPrefix(w.pattern, `\b`) {
			begin = ""
		}
		all = append(all, regexp.MustCompile(
			`(?i)`+begin+`(`+strings.ReplaceAll(w.pattern, " ", `\s+`)+`)`+end))
	}
	return all
}()

// misworded returns where a file of the given path in the repository says what it should not.
func misworded(name, text string) (complaints []string) {
	for _, p := range passages(name, text) {
		for i, w := range slices.Concat(oldNames, phrases) {
			if w.where&p.where == 0 || p.excused && i < len(oldNames) || isExcused(name, w.pattern) {
				continue
			}
			for _, at := range compiled[i].FindAllStringSubmatchIndex(p.text, -1) {
				line := p.line + strings.Count(p.text[:at[2]], "\n")
				found := strings.Join(strings.Fields(p.text[at[2]:at[3]]), " ")
				complaints = append(complaints, name+":"+strconv.Itoa(line)+": "+
					strconv.Quote(found)+", want "+w.instead)
			}
		}
	}
	return complaints
}

func isExcused(name, pattern string) bool {
	for _, x := range excused {
		if ok, err := path.Match(x.files, name); err == nil && ok &&
			(x.pattern == "" || x.pattern == pattern) {
			return true
		}
	}
	return false
}

// A passage is a stretch of text of one kind.
type passage struct {
	line    int // of its first line, from 1
	where   place
	excused bool // it shows what becomes of an old name
	text    string
}

// passages cuts a file into what people read of it.
func passages(name, text string) []passage {
	switch path.Ext(name) {
	case ".go":
		return ofGo(name, text)
	case ".md":
		return byLine(text, func(line string, fenced bool) (place, bool) {
			if fenced {
				return inCode, false
			}
			return inProse, false
		})
	case ".yaml", ".yml":
		return byLine(text, func(line string, _ bool) (place, bool) {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				return inProse, false
			}
			return inCode, false
		})
	}
	return byLine(text, func(line string, _ bool) (place, bool) {
		failed := regexp.MustCompile(`^(!|stderr |exits 2 )`)
		return inCode, failed.MatchString(line)
	})
}

// byLine joins neighbouring lines of one kind; fences are those of Markdown.
func byLine(text string, kind func(line string, fenced bool) (place, bool)) (all []passage) {
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		where, excused := kind(line, fenced)
		if n := len(all) - 1; n >= 0 && all[n].where == where && all[n].excused == excused {
			all[n].text += "\n" + strings.TrimLeft(line, "# ")
			continue
		}
		all = append(all, passage{i + 1, where, excused, strings.TrimLeft(line, "# ")})
	}
	return all
}

// ofGo returns the comments and the strings of Go source.
func ofGo(name, source string) (all []passage) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil // TestTidy says so
	}
	line := func(n ast.Node) int { return set.Position(n.Pos()).Line }
	for _, group := range file.Comments {
		all = append(all, passage{line(group), inComment, false, group.Text()})
	}
	where := inLiteral
	if strings.HasSuffix(name, "_test.go") {
		where = inTest
	}
	excused := false // in a table of names that are called renamed…
	var look func(n ast.Node) bool
	inside := func(n ast.Node) bool {
		excused = true
		ast.Inspect(n, look)
		excused = false
		return false
	}
	look = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if isRenamed(n.Names[0]) && !excused {
				return inside(n)
			}
		case *ast.KeyValueExpr:
			if isRenamed(n.Key) && !excused {
				return inside(n)
			}
		case *ast.BinaryExpr:
			if text, ok := stringOf(n); ok {
				all = append(all, passage{line(n), where, excused, text})
				return false
			}
		case *ast.BasicLit:
			if text, ok := stringOf(n); ok {
				all = append(all, passage{line(n), where, excused, text})
			}
		}
		return true
	}
	ast.Inspect(file, look)
	return all
}

func isRenamed(n ast.Expr) bool {
	id, ok := n.(*ast.Ident)
	return ok && strings.HasPrefix(strings.ToLower(id.Name), "renamed")
}

// stringOf returns the text of a string, or of strings that are added up; … stands for other parts.
func stringOf(n ast.Expr) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(n.Value)
		return text, err == nil && n.Kind == token.STRING
	case *ast.BinaryExpr:
		left, okLeft := stringOf(n.X)
		right, okRight := stringOf(n.Y)
		switch {
		case n.Op != token.ADD || !okLeft && !okRight:
			return "", false
		case !okLeft:
			left = "…"
		case !okRight:
			right = "…"
		}
		return left + right, true
	}
	return "", false
}

// TestWordsComplain holds that each rule can be broken, and what is excused.
func TestWordsComplain(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"model/a.go", "package model\n\n// The column first_seen.\n", `model/a.go:3: "first_seen"`},
		{"model/a.go", "package model\n\n// The column first_seen_at.\n", ""},
		{"model/a.go", "package model\n\nvar x = \"order_time\"\n", `model/a.go:3: "order_time"`},
		{"model/a.go", "package model\n\nvar renamed = []string{\"order_time\"}\n", ""},
		{"model/a_test.go", "package model\n\nvar x = \"order_time\"\n", ""},
		{"model/a.go", "package model\n\nvar x = \"wait so \" +\n\t\"long\"\n", `3: "wait so long"`},
		{"model/a.go", "package model\n\n// f says\n// whether.\nfunc f() {}\n", `3: "says whether"`},
		{"model/a.go", "package model\n\n// A customer and her cart.\n", `3: "her"`},
		{"simulate/story/a.go", "package story\n\n// A customer and her cart.\n", ""},
		{"README.md", "# A\nGive it --off, twice.\n", `README.md:2: "--off"`},
		{"README.md", "# A\nGive it --off-season.\n", ""},
		{"README.md", "# A\nWhoever\nnever met it.\n", `README.md:2: "Whoever never met"`},
		{"README.md", "```\nshe buys\n```\nshe buys\n", `README.md:4: "she"`},
		{"a.sql", "SELECT 1 WHERE event_type = 'send';\n", `a.sql:1: "event_type = 'send"`},
		{"a.yaml", "channels:\n  desk: {touchpoint: phone}\n", `a.yaml:2: "touchpoint: phone"`},
		{"a.txtar", "exec percorso check shop --simulate\n", `a.txtar:1: "check shop --simulate"`},
		{"a.txtar", "! exec percorso check shop --simulate\nstderr '--off'\n", ""},
		{"testdata/bad/a.yaml", "x: {touchpoint: phone}\n", ""},
	} {
		got := strings.Join(misworded(test.name, test.text), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s:\n%s\ncomplains %q, want %q", test.name, test.text, got, test.want)
		}
	}
}
