package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// stubborn is a command that hears the first ^C and does not end. It is run by the test below.
func stubborn() {
	ctx, _ := interruptible(context.Background())
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("heard")
	select {}
}

func TestSecondInterruptQuitsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	cmd := exec.Command("stubborn")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for _, want := range []string{"ready", "heard"} {
		if !said.Scan() || said.Text() != want {
			t.Fatalf("it said %q, want %q", said.Text(), want)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case <-ended:
			if got := cmd.ProcessState.String(); got != "signal: interrupt" {
				t.Errorf("it ended with %s, want the second ^C to end it", got)
			}
			return
		case <-time.After(10 * time.Millisecond):
			// It may have said "heard" before it stopped listening: people press again, too.
			cmd.Process.Signal(os.Interrupt)
		}
	}
}
