// Package scenarios holds the built-in scenarios, one YAML file each. They are written to be read:
// start a scenario of your own from one of them with `from:`, or copy its text, which
// `percorso scenarios show NAME` prints.
package scenarios

import "embed"

// FS holds the files, named NAME.yaml.
//
//go:embed *.yaml
var FS embed.FS

// EventsPerCustomer is about how many events a simulated customer of each scenario has, to two
// digits, by the name of the scenario. To count them anew takes seconds for each.
var EventsPerCustomer = map[string]float64{
	"churn": 29, "classic-funnel": 7.3, "click-and-collect": 17, "electronics": 160,
	"fashion": 160, "grocery": 1200, "null": 230, "print-shop": 110, "showrooming": 6,
	"telecom": 160, "webrooming": 9.1,
}
