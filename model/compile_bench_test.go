package model_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// BenchmarkCompile measures what every command does first: a built-in scenario is read, checked and
// compiled. Nothing is kept from one round to the next.
func BenchmarkCompile(b *testing.B) {
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yaml")
		b.Run("scenario="+name, func(b *testing.B) {
			for b.Loop() {
				s, err := model.Load(name, scenarios.FS)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := model.Compile(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
