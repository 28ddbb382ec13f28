package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var readmePath = filepath.Join("..", "..", "README.md")

// TestReadmeIsTrue types the commands of the README into one shell, in their order and in one
// folder, and compares what they print, stdout and stderr together, with what the README says. With
// -update it writes what they print into the README instead.
//
// A command is a line of a fenced block that begins with `$ `; what it prints follows, without
// progress. The first two build percorso, which the test has done. Times, speeds and sizes are not
// compared, whatever they are; elsewhere … stands for what differs: within a line for any
// characters, alone on a line for any lines. A block that is fenced with "```yaml shop.yaml" is a
// file of that name. In short mode only commands that name such a file are run: the others simulate
// a whole market, or look at it.
func TestReadmeIsTrue(t *testing.T) {
	for _, tool := range []string{"bash", "python3", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("the README needs %s", tool)
			}
			t.Skipf("no %s to follow the README with", tool)
		}
	}
	text, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	doc := readDocument(string(text))
	if testing.Short() && !*update {
		doc.sessions = slices.DeleteFunc(doc.sessions, func(s session) bool { return !doc.names(s) })
	}
	if len(doc.sessions) == 0 {
		t.Fatal("no session found in the README")
	}
	dir := t.TempDir()
	for name, content := range doc.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	percorso, err := exec.LookPath("percorso")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(percorso, filepath.Join(dir, "percorso")); err != nil {
		t.Fatal(err)
	}
	shell := newShell(t, dir)
	for i := range doc.sessions {
		s := &doc.sessions[i]
		s.got = progress.ReplaceAllString(shell.types(t, s.command), "")
		called := "./percorso"
		if strings.Contains(s.command, goRun) {
			called = goRun
		}
		// Next steps name the command as it was called.
		s.got = strings.ReplaceAll(s.got, "\n  percorso ", "\n  "+called+" ")
		if !*update && !matches(s.want, s.got) {
			t.Errorf("README.md:%d: $ %s\ngot:\n%s\nwant:\n%s", s.line, s.command, s.got, s.want)
		}
	}
	if *update {
		if err := os.WriteFile(readmePath, []byte(doc.updated()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// goRun calls percorso without building it first.
const goRun = "go run ./cmd/percorso"

// A shell is bash as somebody types into it.
type shell struct {
	in  io.Writer
	out *bufio.Scanner
}

func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	bash := exec.Command("bash")
	bash.Dir = dir
	in, err := bash.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, screen, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	bash.Stdout, bash.Stderr = screen, screen
	if err := bash.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	t.Cleanup(func() {
		io.WriteString(in, "kill $(jobs -p)\n") // what is still at work
		in.Close()
		bash.Wait()
		out.Close()
	})
	return &shell{in, bufio.NewScanner(out)}
}

// types enters a command and returns what it prints.
func (s *shell) types(t *testing.T, command string) string {
	t.Helper()
	const end = "the command is over"
	command = strings.ReplaceAll(command, goRun, "./percorso")
	if strings.HasPrefix(command, "go ") {
		return "" // it is built
	}
	if _, err := fmt.Fprintf(s.in, "%s\necho %s\n", command, end); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	for s.out.Scan() {
		line := s.out.Text()
		if line == end {
			return printed.String()
		}
		printed.WriteString(line + "\n")
	}
	t.Fatalf("the shell ended: %v", s.out.Err())
	return ""
}

// A document is a text with sessions in it.
type handbook struct {
	lines    []string
	files    map[string]string
	sessions []session
}

// A session is a command and what it prints.
type session struct {
	line    int // of the command, from 1
	command string
	want    string
	got     string
}

// readDocument finds the sessions and files in a text.
func readDocument(text string) *handbook {
	d := &handbook{lines: strings.Split(text, "\n"), files: map[string]string{}}
	fenced, running, file := false, false, ""
	for i, line := range d.lines {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			_, file, _ = strings.Cut(line, " ")
			fenced, running = !fenced, false
		case !fenced:
		case file != "":
			d.files[file] += line + "\n"
		case isCommand:
			running = true
			d.sessions = append(d.sessions, session{line: i + 1, command: command})
		case running:
			d.sessions[len(d.sessions)-1].want += line + "\n"
		}
	}
	return d
}

// names reports whether a session names a file of the document.
func (d *handbook) names(s session) bool {
	for name := range d.files {
		if strings.Contains(s.command, name) {
			return true
		}
	}
	return false
}

// updated returns the document with what its commands printed, where that is not as it was.
func (d *handbook) updated() string {
	lines := slices.Clone(d.lines)
	for _, s := range slices.Backward(d.sessions) {
		if !matches(s.want, s.got) {
			printed := strings.Split(strings.TrimSuffix(s.got, "\n"), "\n")
			lines = slices.Replace(lines, s.line, s.line+strings.Count(s.want, "\n"), printed...)
		}
	}
	return strings.Join(lines, "\n")
}

// progress is a line that slow machines print more often than fast ones.
var progress = regexp.MustCompile(
	`(?m)^( *[0-9]+%, |simulating |recording: |reading the recording).*\n`)

// varying is a time, a speed or a size in what we print.
var varying = regexp.MustCompile(`[0-9.]+ (m?s|min|[kMGT]?B)\b|[0-9.]+ [kMG]?( events)?/s`)

// matches reports whether got is what was wanted but for times, speeds and sizes; … stands for
// anything, but not for all.
func matches(want, got string) bool {
	if want == "…\n" {
		return false
	}
	want, got = varying.ReplaceAllString(want, "0 s"), varying.ReplaceAllString(got, "0 s")
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		if line == "…\n" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		quoted := regexp.QuoteMeta(strings.TrimRight(line, " \n"))
		pattern.WriteString(strings.ReplaceAll(quoted, "…", ".*") + ` *\n`)
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(got)
}

// TestReadmeCanBeWrong holds that a README that lies is found out, and can be mended.
func TestReadmeCanBeWrong(t *testing.T) {
	text := "```console\n$ percorso a\none … in 4.2 s (3 M events/s)\n…\nlast\n```\n" +
		"$ percorso not fenced\n```yaml a.yaml\nx: 1\n```\n```\n$ kill %1\n```\n"
	doc := readDocument(text)
	want := "one … in 4.2 s (3 M events/s)\n…\nlast\n"
	if len(doc.sessions) != 2 || doc.sessions[0].command != "percorso a" ||
		doc.sessions[0].want != want || doc.files["a.yaml"] != "x: 1\n" {
		t.Fatalf("found: %+v", doc)
	}
	if doc.names(doc.sessions[0]) || !doc.names(session{command: "percorso check a.yaml --quiet"}) {
		t.Error("only the second command names a file of the document")
	}
	for out, ok := range map[string]bool{
		"one 1 in 4.2 s (3 M events/s)\nlast\n":                true,
		"one 1 2 in 13 min (850 k events/s)\n2\n3\nlast\n":     true,
		"one in 4.2 s (3 M events/s)\nlast\n":                  false,
		"one 1 in 4.2 s (3 M events/s)\nlast\nand more\n":      false,
		"zero\none 1 in 4.2 s (3 M events/s)\nlast\n":          false,
		"one 1 in 4.2 s (3 M events/s)\nlast, or nearly\n":     false,
		"one 1 in 4.2 seconds, or 3 M events a second\nlast\n": false,
	} {
		if matches(want, out) != ok {
			t.Errorf("output %q: matches is %v, want %v", out, !ok, ok)
		}
	}
	if matches("…\n", "anything\n") {
		t.Error("a README that says nothing is right")
	}
	doc.sessions[0].got = "two\nthree\n"
	mended := strings.Replace(text, want, "two\nthree\n", 1)
	if got := doc.updated(); got != mended {
		t.Errorf("mended to %q, want %q", got, mended)
	}
}
