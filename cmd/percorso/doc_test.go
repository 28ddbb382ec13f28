package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var readmePath = filepath.Join("..", "..", "README.md")

// TestReadmeIsTrue runs the commands of the README, in their order and in one folder, and compares
// what they print, stdout and stderr together, with what the README says. With -update it writes
// what they print into the README instead.
//
// A command is a line of a fenced block that begins with `$ ` and names percorso; what it prints
// follows, without progress. Times, speeds and sizes are not compared, whatever they are; elsewhere
// … stands for what differs: within a line for any characters, alone on a line for any lines. A
// block that is fenced with "```yaml shop.yaml" is a file of that name. In short mode only commands
// that name such a file are run: the others simulate a whole market, or look at it.
func TestReadmeIsTrue(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash to run the commands with")
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
	receive(t, filepath.Join(dir, "received.jsonl"))
	for i := range doc.sessions {
		s := &doc.sessions[i]
		cmd := exec.Command("bash", "-c", strings.ReplaceAll(s.command, "go run ./cmd/", ""))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		s.got = progress.ReplaceAllString(string(out), "")
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

// receive is the receiver of the README, at the address that the README says.
func receive(t *testing.T, file string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:18090")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		to, failed := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		if err = errors.Join(err, failed); err == nil {
			_, err = to.Write(body)
			err = errors.Join(err, to.Close())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
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

// TestReadmeProgramRuns holds that the program of the README compiles, and counts as many purchases
// as the command writes orders.
func TestReadmeProgramRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("heavy: runs in make check")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	dir := t.TempDir()
	program := readDocument(text("README.md")).files["count.go"]
	_, requires, _ := strings.Cut(text("go.mod"), "\n") // the module line is another
	files := map[string]string{"count.go": program, "go.sum": text("go.sum"),
		"go.mod": "module readme\n" + requires + "\nrequire github.com/percorso/percorso v0.0.0\n" +
			"replace github.com/percorso/percorso => " + root + "\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", "run", "-mod=mod", "count.go")
	command.Dir = dir
	got, err := command.CombinedOutput()
	var orders bytes.Buffer
	run([]string{"percorso", "generate", "fashion", "--customers", "500", "--quiet", "--out", "-",
		"--tables", "orders"}, &orders, io.Discard)
	want := fmt.Sprintf("%d purchases\n", strings.Count(orders.String(), "\n"))
	if err != nil || string(got) != want {
		t.Errorf("%v: %s, want %s", err, got, want)
	}
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
			if running = strings.Contains(command, "percorso "); running {
				d.sessions = append(d.sessions, session{line: i + 1, command: command})
			}
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
var progress = regexp.MustCompile(`(?m)^ *[0-9]+%, .*\n`)

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
		"$ percorso not fenced\n```yaml a.yaml\nx: 1\n```\n```\n$ make\nx\n```\n"
	doc := readDocument(text)
	want := "one … in 4.2 s (3 M events/s)\n…\nlast\n"
	if len(doc.sessions) != 1 || doc.sessions[0].command != "percorso a" ||
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
