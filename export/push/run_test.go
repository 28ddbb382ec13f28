package push

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestOptionsThatCannotBe are errors that name the option, before anything is simulated.
func TestOptionsThatCannotBe(t *testing.T) {
	ok := options(t, handmade(), nil)
	never := func(context.Context, table.Sink) error {
		t.Error("it is simulated")
		return nil
	}
	for want, change := range map[string]func(*Options){
		`Compress: unknown codec "br", want gzip or zstd`: func(o *Options) { o.Compress = "br" },
		`Compress: unknown codec "zst", want gzip or zstd, did you mean "zstd"?`: func(o *Options) {
			o.Compress = "zst"
		},
		"Connections -1: want": func(o *Options) { o.Connections = -1 },
		"Connections 0: want":  func(o *Options) { o.Connections = 0 },
		"Batch -3: want":       func(o *Options) { o.Batch = -3 },
		"--batch 0: want": func(o *Options) {
			o.Batch, o.Names = 0, map[string]string{"Batch": "--batch"}
		},
		"Buffer -1: want":   func(o *Options) { o.Buffer = -1 },
		"Linger -1ns: want": func(o *Options) { o.Linger = -1 },
	} {
		opt := ok
		change(&opt)
		err := Run(t.Context(), never, NewMeasure(opt.Pace), opt)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
		of := opt.Batch == ok.Batch && opt.Linger == ok.Linger && opt.Compress == ok.Compress
		if of { // what Print has nothing to do with
			continue
		}
		err = Print(t.Context(), never, io.Discard, NewMeasure(opt.Pace), opt)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("print: got %v, want %s…", err, want)
		}
	}
}
