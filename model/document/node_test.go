package document

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestPartsOfYAMLThatAreRefused lists what documents do without, and where it is found.
func TestPartsOfYAMLThatAreRefused(t *testing.T) {
	const (
		alias = "found an anchor or alias (& or *), want the value itself; " +
			"documents build on each other with from"
		merge = "found a merge key (<<), want the keys themselves; " +
			"documents build on each other with from"
	)
	for text, want := range map[string]string{
		"a: &x 1":                        "1:4: a: " + alias,
		"a: [*x]":                        "1:5: a[0]: " + alias,
		"a: {<<: {b: 1}}":                "1:5: a: " + merge,
		"a: !int 1":                      "1:4: a: found a tag (!), want the value without it",
		"? a\n: 1":                       "1:1: found a key after ?, want key: value",
		"a: 1\n---\nb: 2":                "3:1: found a second document after ---, want one",
		"a: 1\nb: 2\na: 3":               `3:1: a: found "a" again after line 1, want it once`,
		"b:\n  a>c: 1\n  a > c: 2":       `3:3: b.a > c: found "a > c" again after line 2, want it once`,
		"a: [1":                          "1:4: not YAML: sequence end token ']' not found",
		"a: b: c":                        "1:4: not YAML: mapping value is not allowed in this context",
		strings.Repeat("k", 201) + ": 1": "1:1: found a key of 201 bytes on line 1, want at most 200",
	} {
		root, err := Read("x.yaml", []byte(text))
		if err == nil || err.Error() != "x.yaml:"+want {
			t.Errorf("%q: got %v, want x.yaml:%s", text, err, want)
		}
		none := strings.Contains(want, "not YAML") || strings.Contains(want, "bytes")
		if none != (root == nil) {
			t.Errorf("%q: got the tree %v", text, root)
		}
	}
	if root, err := Read("x.yaml", []byte("# nothing\n")); err != nil || root.Kind != NullNode {
		t.Errorf("got %v, %v", root, err)
	}
}

// TestSpellingsOfOneTree lists ways to write the same.
func TestSpellingsOfOneTree(t *testing.T) {
	const want = `{a: [1, "x y"], b > c: {d: "e"}, f: on}`
	for _, text := range []string{
		"a: [1, \"x y\"]\nb > c: {d: 'e'}\nf: on\n",
		"a:\n- 1\n- 'x y'\nb>c:\n  d: \"e\"\nf: on # comment\n",
		"\ufeff%YAML 1.2\n---\na:\r\n  - 1\r\n  - \"x y\"\r\n'b  >c': {d: \"\\x65\"}\r\nf: on\r\n...\n",
		"{a: [1, \"x y\"], \"b>c\": {d: \"e\"}, f: on}",
		"a: [1, \"x y\"]\nb>c:\n  d: |\n    e\nf: on\ng: ~\nh:\n",
	} {
		root, err := Read("x.yaml", []byte(text))
		if err != nil || root.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, root, err, want)
		}
	}
}

// TestNodesKnowWhereTheyStand holds lines and columns of keys and values.
func TestNodesKnowWhereTheyStand(t *testing.T) {
	root, err := Read("dir/x.yaml", []byte("é: {b: [1,\n  2]}\nc:\n  d: e\nf:\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) Origin {
		return Origin{file: "dir/x.yaml", line: line, column: column}
	}
	b := root.Get("é").Get("b")
	for name, tt := range map[string]struct{ got, want Origin }{
		"root": {root.at, at(1, 1)}, "é": {root.Pairs[0].At, at(1, 1)}, "b": {b.at, at(1, 8)},
		"the key b": {root.Get("é").Pairs[0].At, at(1, 5)}, "2": {b.Items[1].at, at(2, 3)},
		"d": {root.Get("c").at, at(4, 3)}, "e": {root.Get("c").Get("d").at, at(4, 6)},
		"nothing": {root.Get("f").at, at(5, 1)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, tt.got, tt.want)
		}
	}
	if got := at(7, 1).String(); got != "x.yaml:7" {
		t.Errorf("got %s", got)
	}
	if got := (Origin{file: "a\x01\xffb.yaml", line: 2}).String(); got != "a??b.yaml:2" {
		t.Errorf("got %s", got)
	}
}

// TestNodesAreMaps holds how entries are found, put and dropped.
func TestNodesAreMaps(t *testing.T) {
	root, err := Read("x.yaml", []byte("a: 1\nb: {c: 2}\nl: [{m: 1}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var none *Node
	if none.Get("a") != nil || none.Find("a") != -1 || root.Get("a").Get("b") != nil ||
		root.Find("l") != 2 || root.Get("z") != nil || Blocks(none) != nil {
		t.Error("found what is not there")
	}
	if got := Blocks(root); len(got) != 1 || got[0].Key != "b" {
		t.Errorf("got %v", got)
	}
	twin := root.Clone()
	twin.Get("b").Put(Pair{Key: "c", Value: &Node{Text: "3"}})
	twin.Get("b").Put(Pair{Key: "d", Value: &Node{Text: "4"}})
	twin.Get("l").Items[0].Drop("m")
	twin.Drop("a")
	twin.Drop("z")
	if got, want := twin.String(), "{b: {c: 3, d: 4}, l: [{}]}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := root.String(), "{a: 1, b: {c: 2}, l: [{m: 1}]}"; got != want {
		t.Errorf("a change of the clone made it %s, want %s", got, want)
	}
}

// hostile are texts that could exhaust a reader, and what is said of them.
func hostile() map[string]struct{ text, want string } {
	wide := "{" + strings.Repeat("k", 100) + ":\n"
	many := strings.Repeat("{a: 1},\n", 3)
	return map[string]struct{ text, want string }{
		"brackets": {"a: " + strings.Repeat("[", 1e5), "too deep or too wide"},
		"open":     {strings.Repeat("[\n", maxOpen+1), "too deep or too wide"},
		"closed":   {strings.Repeat("#}\n", 999) + strings.Repeat("[\n", 999), "too deep or too wide"},
		"level": {strings.Repeat("{a: ", maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1),
			"more than 24 levels deep"},
		"line":   {"a: " + strings.Repeat("b", maxLineBytes), "too deep or too wide"},
		"braces": {strings.Repeat("{a: ", 60) + strings.Repeat("}", 60), "more than 24 levels deep"},
		"dashes": {strings.Repeat("- ", 60) + "1", "more than 24 levels deep"},
		"size":   {strings.Repeat("#\n", maxFileBytes/2+1), "too long, want at most 4,194,304 bytes"},
		"keys": {"b:\n" + strings.Repeat(" a: 1\n", maxKeys+1),
			"more than 5000 keys in one map, on line 5002"},
		"paths": {"a: " + strings.Repeat(wide, 100) + strings.Repeat("1,\n", 1e5),
			"too many values inside too many others"},
		"latin":    {"name: caf\xe9\n", "not UTF-8"},
		"zero":     {"name: \"a\x00b\"\n", "control characters"},
		"delete":   {"name: \x7f\n", "control characters"},
		"anchors":  {"a: [" + strings.Repeat("&a 1,\n", 100) + "]", "… and 50 more"},
		"entities": {"a: " + many + "b: *a\n", "not YAML"},
	}
}

// TestHostileTextsAreRefused: quickly, without a panic, in a short error.
func TestHostileTextsAreRefused(t *testing.T) {
	for name, tt := range hostile() {
		_, err := Read("x.yaml", []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1e4 {
			t.Errorf("%s: got %.300v, want %q", name, err, tt.want)
		}
	}
}

// TestBigTextsAreRead lists what is just not too much.
func TestBigTextsAreRead(t *testing.T) {
	var keys strings.Builder
	for i := range maxKeys {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for name, text := range map[string]string{
		"keys":     keys.String(),
		"maps":     strings.Repeat("- {a: 1}\n", 4000) + "- {a: 1}",
		"apart":    "a:\n" + strings.ReplaceAll(keys.String(), "k", " k") + "b:\n k: 1\n",
		"line":     "a: " + strings.Repeat("b", maxLineBytes-4) + "\n",
		"depth":    strings.Repeat("{a: ", maxDepth) + "1" + strings.Repeat("}", maxDepth),
		"brackets": strings.Repeat("- []\n", maxOpen+1),
		"comment":  "# " + strings.Repeat("}", maxOpen) + "\na: [1]\n",
		"key":      strings.Repeat("k", maxKeyBytes) + ": 1",
		"size":     "a: 1\n" + strings.Repeat("#"+strings.Repeat(" ", 9999)+"\n", 419),
	} {
		if root, err := Read("x.yaml", []byte(text)); err != nil || root == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead holds that no text makes the reader or the loader panic, that every error says where,
// and that what is read is written so that it reads again to the same.
func FuzzRead(f *testing.F) {
	for _, tt := range hostile() {
		f.Add([]byte(tt.text[:min(len(tt.text), 300)]))
	}
	for _, text := range []string{gardenDefaults, richGarden, "0\r\r0",
		"a: |\n  b\n\n c", "- - - a", "a: [{}, ~, '']"} {
		f.Add([]byte(text))
	}
	for _, file := range builtGardens {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<12 {
			return
		}
		root, err := Read("fuzz.yaml", src)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "fuzz.yaml:") && !strings.HasPrefix(line, "… and ") {
					t.Fatalf("an error without a place: %q", line)
				}
			}
		} else if again, err := Read("fuzz.yaml", []byte(root.String())); root.Kind == MapNode &&
			len(root.String()) < maxLineBytes && (err != nil || again.String() != root.String()) {
			t.Fatalf("%v: got\n%v\nwant\n%v", err, again, root)
		}
		g, doc, err := plant(string(src))
		if err != nil {
			return
		}
		twin := new(garden)
		out := doc.YAML("Again", true)
		_, err = gardens.LoadBytes("my.yaml", out, nil, nil, twin, twin.check)
		if err != nil || !reflect.DeepEqual(g, twin) || Hash(g) != Hash(twin) {
			t.Fatalf("%v: got\n%+v\nwant\n%+v\nfrom\n%s", err, twin, g, out)
		}
	})
}
