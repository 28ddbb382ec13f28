package model

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/percorso/percorso/model/document"
)

// builtins stands in for the built-in scenarios.
func builtins(t testing.TB) fs.FS {
	t.Helper()
	good, err := os.ReadFile(filepath.Join("..", "testdata", "bad", "from", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"fashion.yaml": {Data: good},
		"grocery.yaml": {Data: []byte("from: fashion\nabout: food\nneeds: {per_year: 80}\n")},
	}
}

// load loads a document that must be right.
func load(t testing.TB, text string, sets ...Set) *Scenario {
	t.Helper()
	s, err := LoadBytes("shop.yaml", []byte(text), builtins(t), sets...)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return s
}

// TestBadScenariosSayWhatIsWrong loads every wrong scenario there is. Its first lines are the error
// it must give, all of it.
func TestBadScenariosSayWhatIsWrong(t *testing.T) {
	builtin := builtins(t)
	t.Chdir(filepath.Join("..", "testdata", "bad"))
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("found %d wrong scenarios (%v), want at least 25", len(files), err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load("./"+file, builtin)
			if err == nil {
				t.Fatal("loaded, want an error")
			}
			got := strings.ReplaceAll(err.Error(), "./"+file, file)
			if want := wantLines(src); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// wantLines returns what the comments at the top of a wrong scenario say.
func wantLines(src []byte) string {
	var lines []string
	for line := range strings.Lines(string(src)) {
		text, ok := strings.CutPrefix(line, "# want: ")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSuffix(text, "\n"))
	}
	return strings.Join(lines, "\n")
}

// TestErrorsNameTheFlag holds that what a flag breaks is blamed on the flag, not on the file.
func TestErrorsNameTheFlag(t *testing.T) {
	const market = "from: fashion\nsegments: {young: {share: 40%}, old: {share: 60%}}\n"
	for _, tt := range []struct{ flag, path, value, want string }{
		{"--customers", "customers", "0",
			"--customers: found 0, want a whole number from 1 to 134,217,727, e.g. 20, 10k, 2M, 1e6"},
		{"--customers", "customers", "-5",
			"--customers: found -5, want a whole number from 1 to 134,217,727, e.g. 20, 10k, 2M, 1e6"},
		{"--customers", "customers", "",
			"--customers: found nothing, want a value, or off to remove the one there is"},
		{"--start", "start", "today",
			`--start: found "today", want a day from 1970-01-01 to 2199-12-31, such as 2025-01-31`},
		{"--set", "channels.serch.without", "lose", "--set channels.serch.without: " +
			`unknown channel "serch", want direct, email, search or store, did you mean "search"?`},
		{"--set", "channels.search.of", "lose", "--set channels.search.of: unknown key " +
			`"of", want id, touchpoint, without, hours, closed, open, weekday, source, medium or paid`},
		{"--set", "targets.phone_share.band", "[1%,2%]", "--set targets.phone_share.band: " +
			`unknown target "phone_share", it is now called "mobile_share"`},
		{"--set", "channels.search.off", "lose", "--set channels.search.off: " +
			`unknown key "off", it is now called "without"`},
		{"--set", "channels.search.without.share", "2", "--set channels.search.without.share: " +
			"found 2, want a share from 0 to 1, such as 35% or 0.35"},
		{"--set", "channels.store.touchpoint", "off", "--set channels.store.touchpoint: " +
			`"touchpoint" is missing, want web, app, inbox, store, telephone, social_feed or street`},
		{"--set", "campaigns.saldi", "off",
			`--set campaigns.saldi: unknown campaign "saldi", there is none`},
		{"--set", "segments.young.share", "50%",
			"--set segments.young.share: percentages sum to 110%, want 100%"},
		// A new name needs its whole block; a misspelt one must not make half of one.
		{"--set", "segments.new", "{shore: 3}", "--set segments.new: unknown key " +
			`"shore", want share, devices, needs, spend, categories, ages, traits, ` +
			`stay_years, arrivals or journey, ` +
			`did you mean "share"?` +
			"\n--set segments.new: segments.new.share: " +
			"found nothing, want a percentage or a weight, such as 60% or 3"},
		{"--set", "journey.channels.serch.direct", "3", "--set journey.channels.serch.direct: " +
			`unknown row "serch", want search > store or start`},
		{"--set", "journey.stages.purchase.next", "{purchase: 1}",
			"--set journey.stages.purchase.next: no path from purchase leads to leave, " +
				"want one, such as leave: 10% in a next"},
		{"--set", "journey.start", "{purchase: 1}",
			"--set journey.start: journey.stages.awareness: no journey enters this stage, " +
				"want it in start or in the next of a stage that journeys enter"},
		{"--set", "segments.young.ages.0", "3",
			"--set segments.young.ages.0: cannot be set in part, want the whole value"},
		{"--set", "days", "[1", "--set days: not YAML: sequence end token ']' not found"},
		{"", "needs.per_yaer", "1", "set needs.per_yaer: unknown key \"per_yaer\", want per_year, " +
			"vary, season, weekday or payday, did you mean \"per_year\"?"},
		{"", "customers", "abc", "set customers: found \"abc\", " +
			"want a whole number from 1 to 134,217,727, e.g. 20, 10k, 2M, 1e6"},
		{"--set", "from", "grocery",
			"--set from: from cannot be set, the file names what it builds on"},
	} {
		t.Run(tt.path+"="+tt.value, func(t *testing.T) {
			_, err := LoadBytes("shop.yaml", []byte(market), builtins(t),
				Set{Path: tt.path, Value: tt.value, Flag: tt.flag, AnyPath: tt.flag == "--set"})
			if err == nil {
				t.Fatal("loaded, want an error")
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestSetWinsOverFileAndDefaults holds what an override can reach, and that later ones win.
func TestSetWinsOverFileAndDefaults(t *testing.T) {
	set := func(path, value string) Set { return Set{Path: path, Value: value, Flag: "--set"} }
	s := load(t, "from: fashion\ncustomers: 10\n",
		set("customers", "5"),
		set("customers", "2_000_000"),
		set("channels.search.without.share", "0.9"),
		set("channels.email.without", "off"),
		set("channels.video", "{touchpoint: social_feed, paid: true}"),
		set("journey.channels.search>store.direct", "0"),
		set("segments.everyone.devices.app", "0%"),
		set("orders.vat", "10%"), // the default category follows
		set("orders.delivery.gamma.shape", "2"),
		set("needs.season", "{dec: 2}"))
	if s.Customers != 2_000_000 {
		t.Errorf("customers: got %d, want the last", s.Customers)
	}
	if got, want := s.Channels["search"].Without, (Without{"substitute", "direct", 0.9}); got != want {
		t.Errorf("search off: got %v, want %v", got, want)
	}
	if got := s.Channels["email"].Without; got != (Without{}) {
		t.Errorf("email off: got %v, want none", got)
	}
	if got := s.Channels["video"]; !got.Paid || got.ID != "video" {
		t.Errorf("video: got %+v", got)
	}
	row := Weights{"store": 5, "direct": 0}
	if got := s.Journey.Channels["search > store"]; !reflect.DeepEqual(got, row) {
		t.Errorf("row: got %v, want %v", got, row)
	}
	if got := s.Catalogue.Categories["goods"].VAT; got != 0.1 {
		t.Errorf("vat of goods: got %v, want that of orders", got)
	}
	if got := s.Orders.Delivery; got.Gamma.Shape != 2 || got.Gamma.Mean != span(t, "2d") {
		t.Errorf("delivery: got %+v", got.Gamma)
	}
}

func span(t testing.TB, text string) Span {
	t.Helper()
	s, ok := document.ParseSpan(text)
	if !ok {
		t.Fatalf("no time: %q", text)
	}
	return Span(s)
}

// TestFromMerges holds the rules of building on another scenario.
func TestFromMerges(t *testing.T) {
	s := load(t, `
from: grocery
channels:
  search: {without: {share: 50%}}   # merges
  email: off                    # removes
  kiosk: {touchpoint: store}    # adds
journey:
  stages:                       # replaced whole
    purchase: {dwell: 1h, next: {leave: 1}}
  channels:
    start: {direct: 1}          # a row is replaced whole
    search>store: off           # however it is spelt
needs:
  season: {jan: 2}
`)
	if s.Needs.PerYear != 80 || s.Needs.Season["jan"] != 2 {
		t.Errorf("needs: got %+v, want those of grocery with a season", s.Needs)
	}
	if s.Name != "shop" || s.About != "" || s.From != "" {
		t.Errorf("got name %q, about %q, from %q, want its own name", s.Name, s.About, s.From)
	}
	if got, want := s.Channels["search"].Without, (Without{"substitute", "direct", 0.5}); got != want {
		t.Errorf("search off: got %v, want %v", got, want)
	}
	for name, want := range map[string]bool{"email": false, "kiosk": true, "direct": true} {
		if _, got := s.Channels[name]; got != want {
			t.Errorf("channel %s: got %v, want %v", name, got, want)
		}
	}
	if len(s.Journey.Stages) != 1 || s.Journey.Start["purchase"] != 1 {
		t.Errorf("journey: got %+v, want one stage and a start in it", s.Journey)
	}
	want := map[string]Weights{"start": {"direct": 1}}
	if !reflect.DeepEqual(s.Journey.Channels, want) {
		t.Errorf("rows: got %v, want %v", s.Journey.Channels, want)
	}
}

// TestDefaultsStandWhereNothingIsSaid holds what the shortest scenario means.
func TestDefaultsStandWhereNothingIsSaid(t *testing.T) {
	s := load(t, `
channels: {web: {touchpoint: web}}
journey:
  stages:
    awareness: {dwell: 1d, next: {consideration: 1}}
    consideration: {dwell: 1d, next: {purchase: 1}}
    purchase: {dwell: 0d, next: {after_sales: 1}}
    after_sales: {dwell: 1d, next: {loyalty: 1}}
    loyalty: {part_of: after_sales, dwell: 1d, next: {leave: 1}}
  channels: {start: {web: 1}}
segments:
  a: {share: 3, devices: {app: 1}}
  b: {share: 1, needs: 2}
catalogue: {categories: {shoes: {price: 80}}}
sessions: {call: {weibull: {scale: 1h, shape: 1}}}
`)
	for stage, does := range map[string]string{"awareness": "notice", "consideration": "browse",
		"purchase": "order", "after_sales": "engage", "loyalty": "engage"} {
		if got := s.Journey.Stages[stage].Does; got != does {
			t.Errorf("%s does %s, want %s", stage, got, does)
		}
	}
	if got := s.Journey.Start; !reflect.DeepEqual(got, Weights{"awareness": 1}) {
		t.Errorf("start: got %v", got)
	}
	if s.Customers != 10_000 || s.Seed != 1 || s.Start != (Date{2025, 1, 1}) || s.Town != 2000 ||
		s.TimeZone != "Europe/Rome" || s.Locale != "it-IT" || s.Days != 365 || s.Warmup != 0 {
		t.Errorf("got %+v", s)
	}
	a, b := s.Segments["a"], s.Segments["b"]
	if a.Share != 3 || len(a.Devices) != 1 || a.Needs != 1 || b.Needs != 2 ||
		b.Ages != [2]int{18, 80} || b.Devices["mobile"] != 0.67 {
		t.Errorf("segments: got %+v and %+v", a, b)
	}
	shoes := Category{Share: 1, Products: 100, Price: 80, Sigma: 0.6, VAT: 0.22,
		Margin: 0.4}
	if got := s.Catalogue.Categories; len(got) != 1 || !reflect.DeepEqual(got["shoes"], shoes) {
		t.Errorf("categories: got %+v, want only %+v", got, shoes)
	}
	if s.Sessions.Call.Lognormal != nil || s.Sessions.StoreVisit.Lognormal == nil {
		t.Errorf("a law was mixed with a default: %+v", s.Sessions)
	}
	if got := s.Orders.Delivery.Min; got != span(t, "1d") {
		t.Errorf("delivery min: got %v, want 1d", got)
	}
}

// TestPlainYAMLIsRead holds the parts of YAML beyond keys and values that a scenario may use.
func TestPlainYAMLIsRead(t *testing.T) {
	want := load(t, "from: fashion\nabout: a b\ncustomers: 5\n")
	for _, text := range []string{
		"%YAML 1.2\n---\nfrom: fashion\nabout: a b\ncustomers: 5\n...\n",
		"# comment\r\nfrom: 'fashion'\r\nabout: a\r\n  b\r\ncustomers: 5 # five\r\n",
		`{"from": "fashion", "about": "a\u0020b", "customers": 5}`,
		"from: fashion\nabout: >\n  a\n  b\ncustomers: 5\nneeds:\ncampaigns: ~\n",
		"from: fashion\nabout: |\n  a b\n\ncustomers: 5\n",
	} {
		if got := load(t, text); !same(got, want) {
			t.Errorf("got %+v, want %+v, from\n%s", got, want, text)
		}
	}
}

// TestEveryDefaultIsTaken holds that no default is misspelt: the smallest scenario keeps each.
func TestEveryDefaultIsTaken(t *testing.T) {
	text := "from: fashion\nchannels:\n  phone: {touchpoint: telephone}\n" +
		"  word_of_mouth: {touchpoint: street}\n" +
		"journey:\n  start: {cart: 1}\n  stages:\n" +
		"    cart: {part_of: purchase, does: cart, dwell: 1h, next: {purchase: 1, leave: 1}}\n" +
		"    purchase: {dwell: 1h, next: {leave: 1}}\nbehaviors:\n"
	for _, name := range document.KeysOf(scenarios.Switched) {
		on := "on"
		if name == "advertising" { // it has to be told where
			on = "{channels: {direct: {}}}"
		}
		text += "  " + name + ": " + on + "\n"
	}
	s := load(t, text)
	var walk func(path string, def, got *document.Node)
	walk = func(path string, def, got *document.Node) {
		if got == nil || got.Kind != def.Kind || got.Text != def.Text {
			t.Errorf("%s: got %s, want %s", path, document.Found(got), document.Found(def))
			return
		}
		for _, p := range def.Pairs {
			if p.Key == "each" {
				continue
			}
			walk(path+"."+p.Key, p.Value, got.Get(p.Key))
		}
	}
	walk("", tree(t, defaultsYAML), s.document.Root())
}

// TestUnknownScenarioListsWhatThereIs covers names, files and folders that are not scenarios.
func TestUnknownScenarioListsWhatThereIs(t *testing.T) {
	_, err := Load("fashon", builtins(t))
	want := `unknown scenario "fashon", want fashion, grocery or a file such as ./mine.yaml, ` +
		`did you mean "fashion"?`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = Load("./nowhere.yaml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
	folder := t.TempDir() + string(filepath.Separator)
	if _, err = Load(folder, nil); err == nil || !strings.Contains(err.Error(), "ordinary file") {
		t.Errorf("folder: got %v", err)
	}
}

// TestHostileFilesAreRefused feeds what could exhaust a reader.
func TestHostileFilesAreRefused(t *testing.T) {
	many := strings.Builder{}
	many.WriteString("from: fashion\nchannels:\n")
	for i := range 80 {
		many.WriteString("  c" + document.Number(float64(i)) + ": {touchpoint: web}\n")
	}
	stages := func(prefix string) string {
		var b strings.Builder
		for i := range 20 {
			fmt.Fprintf(&b, "%s%d: {part_of: loyalty, dwell: 1d, next: {%s%d: 1, leave: 1}}, ",
				prefix, i, prefix, (i+1)%20)
		}
		return "{start: {" + prefix + "0: 1}, stages: {" + b.String() + "}}"
	}
	for name, tt := range map[string]struct{ text, want string }{
		"stages": {"from: fashion\njourney: " + stages("a") + "\nsegments: {s: {journey: " +
			stages("b") + "}}\n", "40 different stages, want at most 31"},
		"brackets":  {"a: " + strings.Repeat("[", 1e6), "too deep or too wide"},
		"braces":    {strings.Repeat("{a: ", 150) + strings.Repeat("}", 150), "levels deep"},
		"dashes":    {strings.Repeat("- ", 1e6), "too deep or too wide"},
		"size":      {strings.Repeat("a: 1\n", 1e6), "want at most 4,194,304"},
		"keys":      {strings.Repeat("a: 1\n", 1e5), "more than 5000 keys in one map, on line 5001"},
		"flow keys": {"a: {" + strings.Repeat("b: 1,\n ", 1e5) + "}", "more than 5000 keys"},
		"latin":     {"name: caf\xe9\n", "not UTF-8"},
		"control":   {"name: \"a\x00b\"\n", "control characters"},
		"names":     {many.String(), "channels: found 84 names, want at most 64"},
		"title":     {"from: fashion\nname: \"two\\nlines\"\n", "a valid name of a folder"},
		"local":     {"from: fashion\ntime_zone: Local\n", "want an IANA time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadBytes("hostile.yaml", []byte(tt.text), builtins(t))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestErrorsAreBounded holds that a file full of mistakes gives a readable error.
func TestErrorsAreBounded(t *testing.T) {
	var text bytes.Buffer
	for i := range 200 {
		text.WriteString("wrong" + document.Number(float64(i)) + ": 1\n")
	}
	_, err := LoadBytes("many.yaml", text.Bytes(), nil)
	if err == nil {
		t.Fatal("loaded")
	}
	const most = 50 // problems that an error spells out
	if got := strings.Count(err.Error(), "\n"); got != most {
		t.Errorf("got %d lines after the first, want %d", got, most)
	}
	if !strings.HasSuffix(err.Error(), "… and 152 more") { // 200 keys, channels and journey
		t.Errorf("got %q at the end", err.Error()[len(err.Error())-40:])
	}
}

// FuzzLoad holds that no document makes the loader panic or hang, that every error says where, and
// that what loads is written so that it loads again to the same.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"../testdata/bad/*.yaml", "../testdata/bad/from/*.yaml",
		"../scenarios/*.yaml", "defaults.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
			f.Add(bytes.ReplaceAll(src, []byte("from/good.yaml"), []byte("fashion")))
		}
	}
	f.Add([]byte("0\r\r0"))                                                 // a number of two lines
	f.Add([]byte("segments:\n 00:\n    journey:\n      channels: {0:{0}}")) // changes no journey
	builtin := builtins(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := LoadBytes("fuzz.yaml", src, builtin)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.Contains(line, ".yaml:") && !strings.HasPrefix(line, "…") {
					t.Fatalf("an error without a place: %q", line)
				}
			}
			return
		}
		again, err := LoadBytes("again.yaml", s.Resolved(), nil)
		if err != nil {
			t.Fatalf("resolved does not load: %v\n%s", err, s.Resolved())
		}
		if again.Hash() != s.Hash() {
			t.Fatalf("resolved means something else:\n%s", s.Resolved())
		}
	})
}

// FuzzSet holds the same for overrides: no path and no value breaks the loader, and what an
// override makes loads again.
func FuzzSet(f *testing.F) {
	for _, seed := range [][2]string{{"customers", "1e6"}, {"channels.search.without.share", "0.9"},
		{"journey.channels.search>store.direct", "0"}, {"segments", "{a: {share: 1}}"},
		{"orders.delivery.mixture", "[{share: 1, fixed: 2d}]"}, {"channels.email", "off"},
		{"journey.stages.purchase.next", "{leave: 1, purchase: 3}"}, {"..", ""}, {"days.x", "~"}} {
		f.Add(seed[0], seed[1])
	}
	builtin := builtins(f)
	f.Fuzz(func(t *testing.T, path, value string) {
		s, err := LoadBytes("fuzz.yaml", []byte("from: fashion\n"), builtin,
			Set{Path: path, Value: value, Flag: "--set"})
		if err != nil {
			return
		}
		again, err := LoadBytes("again.yaml", s.Resolved(), nil)
		if err != nil || again.Hash() != s.Hash() {
			t.Fatalf("%v\n%s", err, s.Resolved())
		}
	})
}
