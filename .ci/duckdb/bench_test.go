//go:build linux

package readers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// earlier is the release that this tree is measured against, and its commit.
const (
	earlier       = "0.3"
	earlierCommit = "11c61a6"
)

var (
	rounds = flag.Int("rounds", 1, "rounds of BenchmarkBeside; each runs everything once")
	events = flag.Float64("events", 1e6, "about how many events a run of BenchmarkBeside writes")
	parts  = flag.Int("parts", 0, "full parts that two workers share in BenchmarkBeside; 0: none")
)

// A subject is a market in a format, with what its runs took: by round, so that what is compared
// ran one after the other.
type subject struct {
	market, format string
	customers      int
	old, one       []cost // of the earlier release and of this tree, on one worker
	again          []cost // of DuckDB, which writes the table once more
	alone, shared  []cost // of this tree on one worker and on two, in a market of many parts
}

// subjects are built-in markets from the simplest to those with all behaviors, with the events
// that a customer of theirs has.
func subjects() []subject {
	var s []subject
	for _, m := range []struct {
		market, format string
		events         float64 // a customer
	}{{"fashion", "parquet", 152}, {"fashion", "csv", 152}, {"fashion", "jsonl", 152},
		{"grocery", "parquet", 998}, {"telecom", "parquet", 149}, {"null", "parquet", 239},
		{"classic-funnel", "parquet", 5.4}} {
		s = append(s, subject{market: m.market, format: m.format,
			customers: max(1, int(*events/m.events))})
	}
	return s
}

// A cost is what a run took and what it wrote.
type cost struct {
	cpu, wall    float64 // seconds
	memory       float64 // MiB, at most
	events       float64
	bytes        float64
	customerDays float64 // those lived, with the warm-up
}

func (c *cost) perEvents() float64 { return c.cpu / c.events * 1e6 }

// BenchmarkBeside runs the command of this tree, that of an earlier release, built from its commit,
// and DuckDB, which merely writes the table of events once more, with the same codec and row
// groups; all on one core. With -parts, one worker and two also write a market that is large enough
// for both. It does so in rounds, every second one in the other order, and prints a Markdown table
// of medians: figures of one run can be compared, figures of two runs cannot. Each run is a process
// of its own, start and all.
func BenchmarkBeside(b *testing.B) {
	load, _ := os.ReadFile("/proc/loadavg") // where others work, two workers are hardly faster
	command := buildCommand(b)
	old, reason := buildEarlier(b)
	all := subjects()
	for b.Loop() {
		for i := range all {
			for round := range *rounds {
				all[i].measure(b, command, old, round)
			}
		}
	}
	fmt.Printf("\n%s, %d processors, %s, %s; medians of %d rounds; load before: %s\n\n",
		processor(), runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly),
		len(all[0].one), strings.TrimSpace(string(load)))
	printCosts(all)
	if *parts == 0 {
		fmt.Print("\nNothing of two workers: -parts, which they share, is 0.\n")
	}
	if old == "" {
		fmt.Printf("\nNothing of release %s: %s.\n", earlier, reason)
	}
	printInstructions(b, command, old)
}

// measure is a round of a subject.
func (s *subject) measure(b *testing.B, command, old string, round int) {
	b.Helper()
	dir := b.TempDir()
	data := filepath.Join(dir, "one")
	steps := []func(){
		func() {
			if old != "" {
				s.old = append(s.old, s.generate(b, old, filepath.Join(dir, "old"), 1))
			}
		},
		func() { s.one = append(s.one, s.generate(b, command, data, 1)) },
	}
	if *parts > 0 && s.format == "parquet" {
		// Workers share parts: with one part the second has nothing to do, with three it is idle for
		// a third of the time.
		wide := *s
		wide.customers = *parts * customersOfPart(b, s.market)
		steps = append(steps, func() {
			s.alone = append(s.alone, wide.generate(b, command, filepath.Join(dir, "alone"), 1))
		}, func() {
			s.shared = append(s.shared, wide.generate(b, command, filepath.Join(dir, "shared"), 2))
		})
	}
	if round%2 == 1 {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		step()
	}
	if s.format == "parquet" {
		s.again = append(s.again, rewrite(b, data))
	}
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
}

// customersOfPart is how many customers of a market a full part has.
func customersOfPart(b *testing.B, market string) int {
	b.Helper()
	s, err := model.Load(market, scenarios.FS)
	if err != nil {
		b.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		b.Fatal(err)
	}
	return w.PartTowns * w.TownSize
}

// generate runs a command that writes the events of the subject. Both releases know its flags.
func (s *subject) generate(b *testing.B, command, out string, workers int) cost {
	b.Helper()
	run := exec.Command(command, "generate", s.market, "--customers", strconv.Itoa(s.customers),
		"--tables", "events", "--format", s.format, "--workers", strconv.Itoa(workers),
		"--out", out, "--quiet")
	var said bytes.Buffer
	run.Stdout, run.Stderr = &said, &said
	began := time.Now()
	if err := run.Start(); err != nil {
		b.Fatal(err)
	}
	ended, memory := make(chan struct{}), make(chan float64)
	go func() { memory <- watchMemory(run.Process.Pid, ended) }()
	err := run.Wait()
	c := cost{wall: time.Since(began).Seconds(), cpu: cpuSeconds(run.ProcessState)}
	close(ended)
	if c.memory = <-memory; err != nil {
		b.Fatalf("%v\n%s", err, &said)
	}
	text, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		b.Fatal(err)
	}
	var m struct {
		Days, Warmup, Customers float64
		Tables                  []struct{ Rows, Bytes float64 }
	}
	if err := json.Unmarshal(text, &m); err != nil {
		b.Fatal(err)
	}
	c.events, c.bytes = m.Tables[0].Rows, m.Tables[0].Bytes
	c.customerDays = m.Customers * (m.Days + m.Warmup)
	return c
}

// watchMemory returns the most memory, in MiB, that a process is seen to have had until it ended.
// What the kernel tells of it afterwards is at least what its parent has, here with DuckDB.
func watchMemory(pid int, ended <-chan struct{}) (most float64) {
	peak := regexp.MustCompile(`VmHWM:\s*([0-9]+) kB`)
	for tick := time.Tick(10 * time.Millisecond); ; {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
			if found := peak.FindSubmatch(text); found != nil {
				kib, _ := strconv.ParseFloat(string(found[1]), 64)
				most = max(most, kib/1024)
			}
		}
		select {
		case <-ended:
			return most
		case <-tick:
		}
	}
}

// rewrites says, in the environment, which dataset TestRewrites writes once more.
const rewrites = "PERCORSO_REWRITES"

// rewrite lets DuckDB write the events of a dataset once more, in a process of its own.
func rewrite(b *testing.B, data string) cost {
	b.Helper()
	run := exec.Command(os.Args[0], "-test.run", "^TestRewrites$", "-test.v")
	run.Env = append(os.Environ(), rewrites+"="+data)
	said, err := run.CombinedOutput()
	found := regexp.MustCompile(`took ([0-9.]+) s for ([0-9]+) rows`).FindSubmatch(said)
	if err != nil || found == nil {
		b.Fatalf("%v\n%s", err, said)
	}
	var c cost
	fmt.Sscan(string(found[1]), &c.cpu)
	fmt.Sscan(string(found[2]), &c.events)
	return c
}

// TestRewrites is DuckDB's part of BenchmarkBeside. What DuckDB needs to start is not counted.
func TestRewrites(t *testing.T) {
	data := os.Getenv(rewrites)
	if data == "" {
		t.Skip("only BenchmarkBeside has something to write once more")
	}
	r := openDuckDB(t)
	r.ask(t, "SET threads = 1")
	files := filepath.Join(data, "events", "*.parquet")
	rows := r.ask(t, fmt.Sprintf("SELECT count(*) FROM '%s'", files))[0][0]
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		t.Fatal(err)
	}
	r.ask(t, fmt.Sprintf("COPY (FROM '%s') TO '%s' (FORMAT parquet, COMPRESSION snappy, "+
		"ROW_GROUP_SIZE %d)", files, filepath.Join(t.TempDir(), "again.parquet"), groupRows))
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		t.Fatal(err)
	}
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	t.Logf("took %.4f s for %s rows", float64(spent)/1e9, rows)
}

// buildEarlier builds the command of the earlier release. Without it there is a reason why not.
func buildEarlier(b *testing.B) (command, reason string) {
	b.Helper()
	dir := b.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		b.Fatal(err)
	}
	archive := exec.Command("git", "-C", root, "archive", "-o", filepath.Join(dir, "tree.tar"),
		earlierCommit)
	if said, err := archive.CombinedOutput(); err != nil {
		return "", fmt.Sprintf("its commit %s cannot be read (%v: %s)", earlierCommit, err,
			bytes.TrimSpace(said))
	}
	command = filepath.Join(dir, "percorso")
	for _, step := range [][]string{{"tar", "-xf", "tree.tar"},
		{"go", "build", "-o", command, "./cmd/percorso"}} {
		run := exec.Command(step[0], step[1:]...)
		run.Dir = dir
		if said, err := run.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", step, err, said)
		}
	}
	return command, ""
}

// printCosts prints a line for each subject; in brackets is what the earlier release had.
func printCosts(all []subject) {
	fmt.Printf("| market | CPU s a million events | CPU s a million customer-days | "+
		"events a customer-day | × the speed of %[1]s, an event | × the speed of DuckDB's re-write | "+
		"× the speed with two workers | bytes a row (%[1]s) | MiB at most (%[1]s) | "+
		"MiB in a larger market, 1 and 2 workers |\n", earlier)
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	perDays := func(c *cost) float64 { return c.cpu / c.customerDays * 1e6 }
	density := func(c *cost) float64 { return c.events / c.customerDays }
	wall := func(c *cost) float64 { return c.wall }
	bytesPerRow := func(c *cost) float64 { return c.bytes / c.events }
	memory := func(c *cost) float64 { return c.memory }
	for _, s := range all {
		name := s.market
		if s.format != "parquet" {
			name += ", " + s.format
		}
		fmt.Printf("| %s | %.2f | %.3f | %.3f | %s | %s | %s | %s | %s | %s |\n", name,
			middle(s.one, (*cost).perEvents), middle(s.one, perDays), middle(s.one, density),
			times(s.old, s.one, (*cost).perEvents), times(s.again, s.one, (*cost).perEvents),
			times(s.alone, s.shared, wall), beside("%.1f (%.1f)", s.one, s.old, bytesPerRow),
			beside("%.0f (%.0f)", s.one, s.old, memory), beside("%.0f, %.0f", s.alone, s.shared, memory))
	}
}

// middle is the median of what costs have.
func middle(costs []cost, f func(c *cost) float64) float64 {
	return median(len(costs), func(i int) float64 { return f(&costs[i]) })
}

// beside formats the medians of two kinds of runs, those of the first alone if there is no second,
// and nothing without any.
func beside(format string, one, other []cost, f func(c *cost) float64) string {
	switch {
	case len(one) == 0:
		return ""
	case len(other) == 0:
		format, _, _ = strings.Cut(format, " ")
		return fmt.Sprintf(format, middle(one, f))
	}
	return fmt.Sprintf(format, middle(one, f), middle(other, f))
}

// times is the median over rounds of how many times more one cost is than another.
func times(more, less []cost, f func(c *cost) float64) string {
	if len(more) == 0 {
		return ""
	}
	ratio := func(i int) float64 { return f(&more[i]) / f(&less[i]) }
	return fmt.Sprintf("%.2f", median(len(more), ratio))
}

func median(n int, at func(i int) float64) float64 {
	if n == 0 {
		return math.NaN()
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = at(i)
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// printInstructions prints how many instructions an event takes; those do not depend on what else
// the machine does. SHA-256 is left out: a processor does it in instructions of its own, which
// valgrind's has not.
func printInstructions(b *testing.B, command, old string) {
	b.Helper()
	if _, err := exec.LookPath("valgrind"); err != nil {
		fmt.Print("\nNo instructions an event: valgrind, which counts them, is not installed.\n\n")
		return
	}
	fmt.Printf("\n| market | instructions an event, without SHA-256 | of %s | × |\n"+
		"| --- | --- | --- | --- |\n", earlier)
	for _, s := range subjects() {
		if s.format != "parquet" {
			continue
		}
		before, ratio, now := "", "", s.instructions(b, command)
		if old != "" {
			n := s.instructions(b, old)
			before, ratio = fmt.Sprintf("%.0f", n), fmt.Sprintf("%.2f", n/now)
		}
		fmt.Printf("| %s | %.0f | %s | %s |\n", s.market, now, before, ratio)
	}
	fmt.Println()
}

// instructions returns how many instructions an event more takes: what every run needs is in runs
// of both sizes.
func (s *subject) instructions(b *testing.B, command string) float64 {
	b.Helper()
	var n, written [2]float64
	for i, part := range []int{40, 10} {
		run := *s
		run.customers = max(1, s.customers/part)
		dir := b.TempDir()
		counts := filepath.Join(dir, "counts")
		under := filepath.Join(dir, "under")
		script := fmt.Sprintf("#!/bin/sh\nexec valgrind --tool=cachegrind --cache-sim=no "+
			"--cachegrind-out-file='%s' '%s' \"$@\"\n", counts, command)
		if err := os.WriteFile(under, []byte(script), 0o777); err != nil {
			b.Fatal(err)
		}
		b.Setenv("GOMAXPROCS", "1")
		b.Setenv("GOGC", "off") // the collector's work depends on the time
		// valgrind's processor has no RDTSCP, which locks use.
		b.Setenv("GODEBUG", "asyncpreemptoff=1,cpu.rdtscp=off")
		written[i] = run.generate(b, under, filepath.Join(dir, "data"), 1).events
		text, err := os.ReadFile(counts)
		if err != nil {
			b.Fatal(err)
		}
		for function := range strings.SplitSeq(string(text), "\nfn=") {
			name, lines, _ := strings.Cut(function, "\n")
			if strings.Contains(name, "sha256.block") {
				continue
			}
			for line := range strings.Lines(lines) { // of source, and how many: what is no number is 0
				var at, times float64
				fmt.Sscan(line, &at, &times)
				n[i] += times
			}
		}
	}
	return (n[1] - n[0]) / (written[1] - written[0])
}

// processor is what the machine calls its processors.
func processor() string {
	text, _ := fs.ReadFile(os.DirFS("/proc"), "cpuinfo")
	found := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(text)
	if found == nil {
		return runtime.GOARCH
	}
	return cmp.Or(strings.TrimSpace(string(found[1])), runtime.GOARCH)
}

// cpuSeconds is the time that processors have spent on a process that has ended.
func cpuSeconds(p *os.ProcessState) float64 { return (p.UserTime() + p.SystemTime()).Seconds() }
