package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the sessions of testdata/script expect")

// The test binary is the command when a session or the README calls it by that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"percorso": main, "stubborn": stubborn})
}

// TestSessions holds what the command says and does, as sessions that can be read.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"interrupt": interrupt,
			"smalldisk": smallDisk,
		},
		Condition: func(name string) (bool, error) {
			if name == "mount" {
				return canMount(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// exits is `exits CODE PROGRAM ARG…`: the program must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG…")
	}
	checkCode(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func checkCode(ts *testscript.TestScript, want string, err error) {
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// interrupt is `interrupt SIGNAL CODE FILES PROGRAM ARG…`: it starts the program, waits until files
// match the pattern, sends the signal, and waits for the end with that exit code (-1: killed). What
// the program said on stderr is in the file said.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupt SIGNAL CODE FILES PROGRAM ARG…")
	}
	signals := map[string]os.Signal{"INT": os.Interrupt, "KILL": os.Kill, "TERM": syscall.SIGTERM}
	said, err := os.Create(ts.MkAbs("said"))
	ts.Check(err)
	defer said.Close()
	cmd := exec.Command(args[3], args[4:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Stderr = said
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		files, err := filepath.Glob(ts.MkAbs(args[2]))
		ts.Check(err)
		if len(files) > 0 {
			break
		}
		select {
		case err := <-ended:
			ts.Fatalf("it ended before there was %s: %v", args[2], err)
		case <-time.After(time.Millisecond):
		}
	}
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	checkCode(ts, args[1], <-ended)
}

// smallDisk is `smalldisk DIR`: it mounts a file system of one megabyte there.
func smallDisk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: smalldisk DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(mountSmall(dir))
	ts.Defer(func() { exec.Command("umount", dir).Run() })
}

func mountSmall(dir string) error {
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).Run()
}

// canMount is the condition [mount]: whether we may mount file systems.
func canMount() bool {
	dir, err := os.MkdirTemp("", "percorso")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if runtime.GOOS != "linux" || mountSmall(dir) != nil {
		return false
	}
	return exec.Command("umount", dir).Run() == nil
}

// with adds flags to a command line, whose own have a value each: one that is there is replaced.
func with(line []string, more ...string) []string {
	line = slices.Clone(line)
	for _, flag := range more {
		if at := slices.Index(line, flag); at >= 0 && strings.HasPrefix(flag, "--") &&
			flag != "--set" {
			line = slices.Delete(line, at, at+2)
		}
	}
	return append(line, more...)
}
