package readers

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// A chapter is what the README asks of its dataset: queries, their answers below in the same order,
// as tables, and the same in Python.
type chapter struct {
	queries []string
	answers [][][]string // rows of cells, the first of names
	python  string
}

// fenced finds a block of Markdown.
func fenced(text, kind string) (block, rest string) {
	_, text, _ = strings.Cut(text, "```"+kind+"\n")
	block, rest, _ = strings.Cut(text, "```\n")
	return block, rest
}

func readChapter(t *testing.T) *chapter {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sql, rest := fenced(string(text), "sql")
	c := new(chapter)
	for query := range strings.SplitSeq(strings.TrimSpace(sql), ";\n") {
		c.queries = append(c.queries, strings.TrimSuffix(query, ";"))
	}
	answers, _, _ := strings.Cut(rest, "```")
	for block := range strings.SplitSeq(answers, "\n\n") {
		var rows [][]string
		for line := range strings.Lines(block) {
			line, isRow := strings.CutPrefix(strings.TrimSpace(line), "| ")
			if isRow && !strings.HasPrefix(line, "---") {
				rows = append(rows, strings.Split(strings.TrimSuffix(line, " |"), " | "))
			}
		}
		if rows != nil {
			c.answers = append(c.answers, rows)
		}
	}
	c.python, _ = fenced(rest, "python answers.py")
	if len(c.queries) != 5 || len(c.answers) != 5 || c.python == "" {
		t.Fatalf("the README has %d queries, %d answers and %d bytes of Python",
			len(c.queries), len(c.answers), len(c.python))
	}
	return c
}

// The queries of the README have the answers that it shows, of the dataset that it begins with, in
// every format.
func TestReadmeAnswersItsQueries(t *testing.T) {
	c := readChapter(t)
	for _, d := range readmeDatasets(t, oneOfEach()) {
		r := d.view(t)
		for i, query := range c.queries {
			names := r.ask(t, "SELECT column_name FROM (DESCRIBE "+query+")")
			got := make([][]string, 1)
			for _, name := range names {
				got[0] = append(got[0], name...)
			}
			got = append(got, r.ask(t, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ("+query+")")...)
			if text(got) != text(c.answers[i]) {
				t.Errorf("%v: %s\ngives\n%swant\n%s", d, query, text(got), text(c.answers[i]))
			}
		}
	}
}

func readmeDatasets(t *testing.T, kinds []sample) []*sample {
	t.Helper()
	s, err := model.Load("fashion", scenarios.FS, model.Set{Path: "customers", Value: "2000"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return generate(t, w, table.TruthSeparate, kinds, simulate.Options{})
}

func text(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, " | ") + "\n")
	}
	return b.String()
}

// The Python of the README finds the same in the files as CSV.
func TestReadmeAnswersInPandas(t *testing.T) {
	python := "/usr/bin/python3" // the one that python3-pandas of Debian is for
	if err := exec.Command(python, "-c", "import pandas").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no pandas to check the README with: ", err)
		}
		t.Skip("no pandas to check the README with")
	}
	c, dir := readChapter(t), t.TempDir()
	d := readmeDatasets(t, only("csv")[:1])[0]
	if err := os.Symlink(d.dir, filepath.Join(dir, "csv")); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "-W", "error", "-c", c.python)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	printed := strings.Split(strings.TrimSpace(string(out)), "\n\n")
	for i, answer := range c.answers {
		got := regexp.MustCompile(`\S+`).FindAllString(printed[i], -1)
		for _, row := range answer[1:] {
			for _, cell := range row {
				if !among(got, cell) {
					t.Errorf("pandas does not find %s of\n%s, but\n%s", cell, text(answer), printed[i])
				}
			}
		}
	}
}

// among reports whether a cell is one of many, numbers to the digits that it shows.
func among(many []string, cell string) bool {
	want, err := strconv.ParseFloat(cell, 64)
	_, digits, _ := strings.Cut(cell, ".")
	for _, got := range many {
		x, failed := strconv.ParseFloat(got, 64)
		if err == nil && failed == nil && math.Abs(x-want) <= 0.501*math.Pow10(-len(digits)) ||
			got == cell {
			return true
		}
	}
	return false
}
