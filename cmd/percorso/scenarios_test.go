package main

import (
	"fmt"
	"io/fs"
	"math"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/scenarios"
)

// A hint is a command in the comments of a built-in scenario, on a line of its own, and what stands
// behind it, at least two spaces away.
type hint struct {
	line    int // from 1
	command string
	remark  string
}

var hintLine = regexp.MustCompile(`^# *(percorso .*?)(?:  +(?:# )?(.*))?$`)

// hints are the commands in the comments of a scenario.
func hints(text string) []hint {
	var all []hint
	for i, line := range strings.Split(text, "\n") {
		if m := hintLine.FindStringSubmatch(line); m != nil {
			all = append(all, hint{i + 1, m[1], m[2]})
		}
	}
	return all
}

// figure is what the command should show for the KPI to look at, if it says: "42 %".
func (h *hint) figure() (percent, give float64, ok bool) {
	digits, ok := strings.CutSuffix(h.remark, " %")
	percent, err := strconv.ParseFloat(digits, 64)
	_, decimals, _ := strings.Cut(digits, ".")
	return percent, math.Pow10(-len(decimals)), ok && err == nil
}

// fewPeople is a command that simulates a market, with few people.
func fewPeople(command string) string {
	return regexp.MustCompile(`kpis|generate`).ReplaceAllString(command, "$0 --customers 200")
}

// run runs the command in a folder: as it stands if it says what comes out, else with few people.
// Few people may miss the targets, as may other settings: the targets are about the file.
func (h *hint) run(t *testing.T, dir string) string {
	command := h.command
	if _, _, exact := h.figure(); !exact {
		command = fewPeople(command)
	}
	cmd := exec.Command("bash", "-c", command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	mayMiss := command != h.command || strings.Contains(command, "--set")
	if code := cmd.ProcessState.ExitCode(); code != exitDone && !(mayMiss && code == exitRefused) {
		t.Errorf("line %d: %s: exit code %d\n%s", h.line, command, code, out)
	}
	return string(out)
}

// lookAt is the KPI that a lesson is about.
var lookAt = regexp.MustCompile(`(?m)^# Look at (\w+)`)

// realised is the last figure that kpis prints of a KPI: what came out, and without the channels
// that are off if any are.
func realised(out, kpi string) (percent float64, ok bool) {
	m := regexp.MustCompile(`(?m)^` + kpi + ` +\S+ +(\S+)%`).FindStringSubmatch(out)
	if m == nil {
		return 0, false
	}
	percent, err := strconv.ParseFloat(m[1], 64)
	return percent, err == nil
}

// said checks the figure of a hint against what came out, to one unit of its last digit.
func (h *hint) said(out, kpi string) error {
	want, unit, ok := h.figure()
	if !ok {
		return nil
	}
	if got, ok := realised(out, kpi); !ok || math.Abs(got-want) > unit {
		return fmt.Errorf("line %d: %s: %s is %v %%, the file says %v %%", h.line, h.command, kpi,
			got, want)
	}
	return nil
}

// builtIns are the texts of the built-in scenarios, by name.
func builtIns(t *testing.T) map[string]string {
	texts := map[string]string{}
	for _, name := range app.Scenarios() {
		text, err := fs.ReadFile(scenarios.FS, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// TestHintsAreTrue runs the commands in the comments of every built-in scenario. Those that say
// what comes out are right. In short mode it runs those of one lesson.
func TestHintsAreTrue(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash to run the commands with")
	}
	for name, text := range builtIns(t) {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "churn" {
				t.Skip("heavy: runs in make check")
			}
			dir, kpi := t.TempDir(), ""
			if m := lookAt.FindStringSubmatch(text); m != nil {
				kpi = m[1]
			}
			for _, h := range hints(text) {
				if err := h.said(h.run(t, dir), kpi); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestHintsCanBeWrong holds that a figure that is not what comes out is found.
func TestHintsCanBeWrong(t *testing.T) {
	text := "# Look at x\n#   percorso kpis a --set b=1   # 4.3 %\n" +
		"#   percorso generate a --out d      some of them\n# Run percorso check a  # 3 %\n"
	all := hints(text)
	want := []hint{{2, "percorso kpis a --set b=1", "4.3 %"},
		{3, "percorso generate a --out d", "some of them"}}
	if !slices.Equal(all, want) {
		t.Fatalf("found %+v, want %+v", all, want)
	}
	for out, ok := range map[string]bool{
		"x  -  4.38%  1 to 5%\n":            true,
		"xx  -  9%\nx  9.00%  4.21%  -4.79": true,
		"x  -  4.41%  1 to 5%\n":            false,
		"xx  -  4.3%\n":                     false,
	} {
		if err := all[0].said(out, "x"); (err == nil) != ok {
			t.Errorf("output %q: %v", out, err)
		}
	}
	if got := fewPeople(all[1].command); got != "percorso generate --customers 200 a --out d" {
		t.Errorf("with few people: %s", got)
	}
}

// TestEventsPerCustomer: the list of scenarios has the figures that check forecasts. In short mode
// only those of the small ones are counted anew.
func TestEventsPerCustomer(t *testing.T) {
	for _, name := range app.Scenarios() {
		listed := scenarios.EventsPerCustomer[name]
		if testing.Short() && listed > 20 {
			continue
		}
		w, err := app.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := app.NewForecast(t.Context(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		each := f.Tables[0].Rows / float64(w.Customers)
		if got, err := strconv.ParseFloat(fmt.Sprintf("%.1e", each), 64); err != nil || got != listed {
			t.Errorf("%s: %g events per customer are listed, there are %.3f", name, listed, each)
		}
	}
	if n := len(app.Scenarios()); len(scenarios.EventsPerCustomer) != n {
		t.Errorf("there are %d scenarios and %d figures", n, len(scenarios.EventsPerCustomer))
	}
}

// TestLessonsAreShort holds that what builds on the classic funnel to teach one idea is read in two
// minutes: forty lines that end with commands, and with the number that they show.
func TestLessonsAreShort(t *testing.T) {
	lessons := 0
	for name, text := range builtIns(t) {
		if !strings.Contains(text, "\nfrom: classic-funnel\n") {
			continue
		}
		lessons++
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) > 40 {
			t.Errorf("%s has %d lines, want at most 40", name, len(lines))
		}
		for i, line := range lines {
			if n := utf8.RuneCountInString(line); n > maxColumns {
				t.Errorf("%s:%d has %d characters, want at most %d", name, i+1, n, maxColumns)
			}
		}
		all := hints(text)
		figures := slices.DeleteFunc(slices.Clone(all), func(h hint) bool {
			_, _, ok := h.figure()
			return !ok
		})
		if len(figures) < 2 || all[len(all)-1].line != len(lines) || !lookAt.MatchString(text) {
			t.Errorf("%s does not end with commands and what to look at", name)
		}
	}
	if lessons < 4 {
		t.Errorf("%d lessons build on the classic funnel, want 4", lessons)
	}
}
