// Package scenarios holds the built-in scenarios, one YAML file each. They are written to be read:
// start a scenario of your own from one of them with `from:`, or copy its text, which
// `percorso scenarios show NAME` prints.
package scenarios

import "embed"

// FS holds the files, named NAME.yaml.
//
//go:embed *.yaml
var FS embed.FS
