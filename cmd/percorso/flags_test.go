package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"

	"github.com/percorso/percorso/simulate"
)

// say runs a command line and returns its exit code and what it said on stdout and on stderr.
func say(args ...string) (code int, out, said string) {
	var stdout, stderr bytes.Buffer
	code = run(append([]string{"percorso"}, args...), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// eachCommand calls f with each command, by the words that call it.
func eachCommand(f func(words []string, c *cli.Command)) {
	var walk func(words []string, commands []*cli.Command)
	walk = func(words []string, commands []*cli.Command) {
		for _, c := range commands {
			if c.Hidden {
				continue
			}
			here := append(slices.Clone(words), c.Name)
			f(here, c)
			walk(here, c.Subcommands)
		}
	}
	walk(nil, newApp(console{}).Commands)
}

// TestOldFlagsSayTheirNewNames: whoever types a flag of release 0.3 is told what it is called now,
// on each command that has it, with a value in either way.
func TestOldFlagsSayTheirNewNames(t *testing.T) {
	had := make(map[string]bool)
	eachCommand(func(words []string, c *cli.Command) {
		for old, now := range renamedFlags {
			if f, is := findFlag(c.Flags, old).(cli.VisibleFlag); is && f.IsVisible() {
				t.Errorf("%v still has --%s", words, old)
			}
			if findFlag(c.Flags, now) == nil {
				continue
			}
			had[old] = true
			for _, flag := range [][]string{{"--" + old, "1"}, {"--" + old + "=1"}, {"-" + old, "1"}} {
				code, out, said := say(slices.Concat(words, []string{"fashion"}, flag)...)
				want := fmt.Sprintf("percorso: --%s is now called --%s\n", old, now)
				if code != exitMisused || out != "" || said != want {
					t.Errorf("%v %v: exit code %d: %s%s, want %s", words, flag, code, out, said, want)
				}
			}
		}
	})
	for old := range renamedFlags {
		if !had[old] {
			t.Errorf("no command has what --%s is called now", old)
		}
	}
}

// TestHelpIsComplete: the help of each command begins with an example, says what each flag takes,
// quotes no default, ends with the exit codes, and fits a terminal.
func TestHelpIsComplete(t *testing.T) {
	eachCommand(func(words []string, c *cli.Command) {
		code, out, said := say(append(words, "--help")...)
		if code != exitDone || said != "" {
			t.Errorf("%v: exit code %d: %s", words, code, said)
		}
		for _, want := range []string{"\nExamples:\n", "\nFlags:\n", "\nExit codes: 0 done",
			"2 wrong usage", "130 interrupted"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in the help", words, want)
			}
		}
		if strings.Contains(out, `(default: "`) {
			t.Errorf("%v: a default is quoted", words)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 100 {
				t.Errorf("%v: a line of %d letters: %s", words, n, line)
			}
		}
		for _, f := range c.VisibleFlags() {
			names, about, _ := strings.Cut(flagLine(f), "\t")
			valued, ok := f.(cli.DocGenerationFlag)
			if takes := strings.Count(names, " ") > strings.Count(names, ", "); !ok ||
				takes != valued.TakesValue() || about == "" {
				t.Errorf("%v: %q, %q: want what it takes and what it does", words, names, about)
			}
		}
	})
}

// TestShortFlags: -o is --out and -q is --quiet on each command that has them.
func TestShortFlags(t *testing.T) {
	eachCommand(func(words []string, c *cli.Command) {
		for short, long := range map[string]string{"o": "out", "q": "quiet"} {
			f := findFlag(c.Flags, long)
			if f != nil && !slices.Contains(f.Names(), short) {
				t.Errorf("%v: --%s has no short form", words, long)
			}
		}
	})
}

// TestJSONIsJSON: what --json prints is one JSON value, and all there is on stdout.
func TestJSONIsJSON(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if code, _, said := say("generate", "classic-funnel", "--customers", "200", "--days", "5",
		"--quiet", "-o", data, "--format", "jsonl"); code != exitDone {
		t.Fatal(said)
	}
	receipt, table := filepath.Join(dir, "receipt.jsonl"), filepath.Join(dir, "table.jsonl")
	to, err := os.Create(table)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(to, r.Body) // one connection, one request at a time
	}))
	defer target.Close()
	if code, _, said := say("stream", "classic-funnel", "--customers", "200", "--to", target.URL,
		"--rate", "max", "--events", "30", "--connections", "1", "-q", "--receipt",
		receipt); code != exitDone {
		t.Fatal(said)
	}
	judged, users, people := judgedMarket(t, dir)
	arguments := map[string][]string{
		"verify": {data}, "reconcile": {receipt, table}, "check": {"classic-funnel"},
		"kpis":    {"classic-funnel", "--customers", "500"},
		"journey": {"classic-funnel", "--customer", "17"},
		"truth": {"fashion", "--customers", "200", "--days", "10", "--channels", "email",
			"--draws", "0", "-q"},
		"attribute":         {"classic-funnel", "--customers", "500", "-q"},
		"score attribution": {judged, "-q"},
		"score churn":       {users, "--data", judged, "--cutoff", "2025-01-05", "-q"},
		"score clv":         {users, "--data", judged, "--cutoff", "2025-01-05", "-q"},
		"score uplift":      {people, "--data", judged, "-q"},
	}
	tested := 0
	eachCommand(func(words []string, c *cli.Command) {
		if findFlag(c.Flags, "json") == nil {
			return
		}
		tested++
		line := slices.Concat(words, arguments[strings.Join(words, " ")], []string{"--json"})
		code, out, said := say(line...)
		in := json.NewDecoder(strings.NewReader(out))
		var value any
		if err := in.Decode(&value); err != nil || in.More() {
			t.Errorf("%v: %v: exit code %d: %.300s", words, err, code, out)
		}
		if code != exitDone && code != exitRefused {
			t.Errorf("%v: exit code %d: %s", words, code, said)
		}
	})
	if tested < 5 {
		t.Errorf("only %d commands have --json", tested)
	}
}

// TestADeadTargetIsSaidAtOnce: before the first request, which is a warm-up away, and with how long
// it will be tried again; the stream goes on.
func TestADeadTargetIsSaidAtOnce(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	heard := &listener{began: time.Now(), said: make(map[string]time.Duration)}
	code := run([]string{"percorso", "stream", "fashion", "--customers", "10k", "--to", closed.URL,
		"--rate", "100/s", "--retry-for", "1500ms"}, io.Discard, heard)
	first := slices.IndexFunc(heard.lines, func(line string) bool {
		return !strings.HasPrefix(line, "simulating ")
	})
	at, ok := heard.at("percorso: cannot reach " + closed.URL +
		": connection refused; trying again for up to 1.5s (--retry-for)")
	if !ok || heard.said[heard.lines[first]] != at {
		t.Errorf("said after %v (%v): %v", at, ok, heard.lines)
	}
	gaveUp, ok := heard.at("percorso: the target accepted nothing for 1.5s")
	if !ok || gaveUp <= at || code != exitFailed {
		t.Errorf("exit code %d, given up after %v (%v): %v", code, gaveUp, ok, heard.lines)
	}
}

// TestLinesOfAStreamSayWhatItWaitsFor: no line of progress is of 0 events.
func TestLinesOfAStreamSayWhatItWaitsFor(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	_, _, said := say("stream", "fashion", "--customers", "20k", "--to", target.URL,
		"--speed", "100x", "--duration", "2s", "--linger", "0s")
	if strings.Contains(said, " 0 events") {
		t.Errorf("a line says 0 events: %s", said)
	}
	var out bytes.Buffer
	r := reporter{meter: newMeter(console{stderr: &out, now: time.Now}), days: calendar{
		start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), warmup: 180}}
	r.lived(simulate.Progress{Done: 45})
	r.Waiting()
	const want = "simulating the warm-up: 25%, 2024-08-19; the first events are of 2025-01-01\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}

// TestAStreamOfNothingSaysSo: one that ends before its first event is due is no mystery.
func TestAStreamOfNothingSaysSo(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	args := []string{"stream", "fashion", "--customers", "50", "--days", "2", "--to", target.URL,
		"--speed", "1x", "--duration", "1ms"}
	said := regexp.MustCompile(`(?m)^percorso: no event became due before the end of the stream; ` +
		`the first event, of 2025-[0-9 :-]+ UTC, would have been due after [0-9].*: a higher --speed`)
	code, _, got := say(args...)
	first := strings.Index(got, "no event") < strings.Index(got, "due  ")
	if code != exitDone || !first || !said.MatchString(got) {
		t.Errorf("exit code %d: %s", code, got)
	}
	code, _, got = say(append(args, "-q")...)
	if code != exitDone || !said.MatchString(got) || strings.Count(got, "\n") != 1 {
		t.Errorf("with -q: exit code %d: %s", code, got)
	}
}

// A listener notes when each line was written.
type listener struct {
	began time.Time
	lines []string
	said  map[string]time.Duration
}

// Write implements io.Writer.
func (l *listener) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		l.lines = append(l.lines, line)
		l.said[line] = time.Since(l.began)
	}
	return len(text), nil
}

// at returns when a line was written that begins so.
func (l *listener) at(begin string) (time.Duration, bool) {
	for line, at := range l.said {
		if strings.HasPrefix(line, begin) {
			return at, true
		}
	}
	return 0, false
}

// TestUndeliveredEventsFail: a stream that could not deliver all its events ends with 1, a limit
// that was passed with 3, and a limit on such events that holds allows them.
func TestUndeliveredEventsFail(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); bytes.Count(body, []byte("\n")) < 10 {
			http.Error(w, "too few", http.StatusBadRequest)
		}
	}))
	defer target.Close()
	for _, test := range []struct {
		limits, want string
		code         int
	}{
		{"", "percorso: 5 of 105 events were not delivered: 400 Bad Request: \"too few", exitFailed},
		{"p99>1h", "percorso: 5 of 105 events were not delivered: 400 ", exitFailed},
		{"errors>5%", "", exitDone},
		{"rejected>5", "", exitDone},
		{"errors>5", "", exitDone},
		{"errors>4%", "\n--fail-if errors>4%: it was 4.762%\n", exitRefused},
		{"rejected>5,p50<1h", "\n--fail-if p50<1h: it was ", exitRefused},
	} {
		args := []string{"stream", "classic-funnel", "--customers", "500", "--to", target.URL, "--rate",
			"max", "--events", "105", "--batch", "10", "-q"}
		if test.limits != "" {
			args = append(args, "--fail-if", test.limits)
		}
		code, _, said := say(args...)
		if code != test.code || !strings.Contains(said, test.want) || test.want == "" && said != "" {
			t.Errorf("%s: exit code %d: %s, want %d: %s", test.limits, code, said, test.code, test.want)
		}
	}
}

// TestNextStepsAreTypedAsThisOne: what one is told to run can be pasted.
func TestNextStepsAreTypedAsThisOne(t *testing.T) {
	for path, want := range map[string]string{
		"percorso": "percorso", "./percorso": "./percorso",
		"/opt/my tools/percorso":            "'/opt/my tools/percorso'",
		"/tmp/go-build42/b001/exe/percorso": "percorso",
	} {
		if got := typedAs(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	t.Chdir(filepath.Join("..", ".."))
	if got := typedAs("/tmp/go-build42/b001/exe/percorso"); got != "go run ./cmd/percorso" {
		t.Errorf("by go run: got %s", got)
	}
}

// judgedMarket makes a dataset with its truth, and predictions about its customers.
func judgedMarket(t *testing.T, dir string) (data, users, people string) {
	t.Helper()
	data = filepath.Join(dir, "judged")
	for _, line := range [][]string{
		{"generate", "fashion", "--customers", "200", "--days", "10", "-o", data, "--format", "csv"},
		{"truth", data, "-o", data, "--channels", "email", "--draws", "2"},
	} {
		if code, _, said := say(append(line, "--quiet")...); code != exitDone {
			t.Fatal(said)
		}
	}
	predict := func(table, key, columns, values string) string {
		in, err := os.Open(filepath.Join(data, table, "part-00000.csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		rows, err := csv.NewReader(in).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		text := key + "," + columns + "\n"
		for _, row := range rows[1:] {
			text += row[slices.Index(rows[0], key)] + "," + values + "\n"
		}
		name := filepath.Join(dir, table+"-said.csv")
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	return data, predict("customers", "user_id", "p_alive,expected_spend", "0.5,1"),
		predict("truth_people", "person_id", "uplift", "0")
}

// TestExamplesSetKeysThatExist: the keys that examples in help texts set are those of a scenario.
func TestExamplesSetKeysThatExist(t *testing.T) {
	tried := 0
	eachCommand(func(words []string, c *cli.Command) {
		_, out, _ := say(append(words, "--help")...)
		for line := range strings.Lines(out) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[0] != "percorso" {
				continue
			}
			for i, field := range fields[:len(fields)-1] {
				if field != "--set" && field != "--but" {
					continue
				}
				path, value, _ := strings.Cut(fields[i+1], "=")
				tried++
				_, err := loadWorld("fashion", []model.Set{{Path: path, Value: value, Flag: field,
					AnyPath: true}})
				if err != nil {
					t.Errorf("%v: %s: %v", words, strings.TrimSpace(line), err)
				}
			}
		}
	})
	if tried < 2 {
		t.Errorf("only %d examples set anything", tried)
	}
}
