package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/dataset"
)

// TestInstructions holds how many instructions an event of fashion costs, all told but for its part
// in checksums: lived, with the warm-up before, and written as Parquet. It may be a tenth more than
// what testdata/instructions.txt says, or 15 % less, which
//
//	go test -run TestInstructions ./cmd/percorso -update
//
// writes anew; the commit says why it changed. A saving that is not written down could be lost
// unseen. Instructions are counted, not timed, so that it does not matter what else a machine does:
// runs differ by 1 in 200 at most, and by 1 in 2,000 mostly.
func TestInstructions(t *testing.T) {
	const smaller, larger = 200, 800 // customers: what every run needs is in both
	if testing.Short() {
		t.Skip("ten seconds under valgrind")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the number is that of linux/amd64")
	}
	if _, err := exec.LookPath("valgrind"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("valgrind, which counts the instructions, is not installed")
		}
		t.Skip("valgrind, which counts the instructions, is not installed")
	}
	percorso := filepath.Join(t.TempDir(), "percorso")
	build := exec.Command("go", "build", "-trimpath", "-o", percorso, ".")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	few, fewEvents := instructions(t, percorso, smaller)
	many, manyEvents := instructions(t, percorso, larger)
	got := (many - few) / (manyEvents - fewEvents)

	golden := filepath.Join("..", "..", "testdata", "instructions.txt")
	if *update {
		text := fmt.Sprintf("%d instructions an event of fashion: lived, with the warm-up, and written "+
			"as Parquet; without SHA-256\n", got)
		if err := os.WriteFile(golden, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	number, _, _ := strings.Cut(string(text), " ")
	want, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", golden, err)
	}
	t.Logf("%d instructions an event, %s has %d", got, golden, want)
	const again = "if this is meant, go test -run TestInstructions ./cmd/percorso -update"
	switch {
	case got > want+want/10:
		t.Errorf("%d instructions an event, want at most a tenth more than %d; %s", got, want, again)
	case got < want-want*15/100:
		t.Errorf("%d instructions an event, %d are written down, which would let them grow unseen; %s",
			got, want, again)
	}
}

// instructions returns how many instructions a run takes that writes the events of so many
// customers of fashion, and how many events those are. One processor, and no garbage collector,
// whose work depends on the time. SHA-256 is left out: a processor does it in instructions of its
// own, which valgrind's has not, and neither has it RDTSCP, which Go's locks ask for the time.
func instructions(t *testing.T, percorso string, customers int) (counted, events int64) {
	t.Helper()
	dir := t.TempDir()
	out, counts := filepath.Join(dir, "data"), filepath.Join(dir, "counts")
	run := exec.Command("valgrind", "--tool=cachegrind", "--cache-sim=no",
		"--cachegrind-out-file="+counts, percorso, "generate", "fashion", "--tables", "events",
		"--customers", strconv.Itoa(customers), "--workers", "1", "--out", out, "--quiet")
	run.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off",
		"GODEBUG=asyncpreemptoff=1,cpu.rdtscp=off")
	if said, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text, err := os.ReadFile(counts)
	if err != nil {
		t.Fatal(err)
	}
	checksums := int64(0)
	for function := range strings.SplitSeq(string(text), "\nfn=") {
		name, lines, _ := strings.Cut(function, "\n")
		for line := range strings.Lines(lines) { // of source, and how many: what is no number is 0
			var at, n int64
			fmt.Sscan(line, &at, &n)
			counted += n
			if strings.Contains(name, "sha256.block") {
				checksums += n
			}
		}
	}
	if checksums == 0 || checksums > counted/2 {
		t.Fatalf("%d of %d instructions are of SHA-256", checksums, counted)
	}
	m, err := dataset.ReadManifest(out)
	if err != nil {
		t.Fatal(err)
	}
	return counted - checksums, m.Tables[0].Rows
}
