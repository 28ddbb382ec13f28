package model

import (
	_ "embed"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// A Set is one override from outside the file, such as channels.search.without.share=0.9.
type Set = document.Set

// MaxDays is how many days of a scenario can be written at most.
const MaxDays = 3650

// How many names of a kind a scenario can have.
const (
	maxElements  = 64 // segments, categories, reasons
	maxCampaigns = 256
)

//go:embed defaults.yaml
var defaultsYAML []byte

// renamed are the keys, words and KPIs that release 0.4 gave another name.
var renamed = map[string]string{
	"Channel.off": "without", "$devices.phone": "mobile", "$touchpoints.phone": "telephone",
	"Target.conversion_phone": "conversion_mobile", "Target.phone_share": "mobile_share",
	"Target.average_order": "average_order_value",
}

// scenarios says what a scenario file holds: a Scenario.
var scenarios = document.Spec{
	Kind:     "scenario",
	Hint:     "channels, journey and so on",
	Type:     reflect.TypeFor[Scenario](),
	Switched: reflect.TypeFor[Behaviors](),
	Whole: []reflect.Type{reflect.TypeFor[Law](), reflect.TypeFor[Weights](),
		reflect.TypeFor[Hours](), reflect.TypeFor[map[string]Stage]()},
	Own: []string{"name", "about", "good_for"},
	Lists: map[string][]string{
		"activities": Activities, "classical": Classical, "devices": table.Devices,
		"locales": locale.Names(), "months": months, "traits": TraitNames,
		"stage_lists": stageListNames(),
		"touchpoints": table.Touchpoints[:table.Parcel-1],
		"weekdays":    append(weekdays[1:len(weekdays):len(weekdays)], weekdays[0]),
	},
	Renamed: renamed,
	Forms: map[string]document.Form{
		"title": {Fits: document.IsTitle,
			Want: "a valid name of a folder, at most 64 bytes"},
		"name":      {Fits: document.IsName, Want: document.WantName},
		"currency":  {Fits: isCurrency, Want: "three capital letters such as EUR"},
		"time_zone": {Fits: isTimeZone, Want: "an IANA time zone such as Europe/Rome or UTC"},
	},
	Defaults: defaultsYAML,
	Derive:   derive,
}.Ready()

// Defaults returns the YAML of what every scenario takes for granted, with comments.
func Defaults() []byte { return slices.Clone(defaultsYAML) }

// Load reads a scenario and all it builds on, fills in the defaults and checks everything. The name
// is that of a built-in scenario (fashion is fashion.yaml in builtin) or of a file, which ends in
// .yaml or .yml or has a separator in it. Sets are laid over the document in their order. The name,
// the about line and the good_for line of a parent are its own and not taken over.
//
// The error lists everything that is wrong, a line each: file:line:column, the path, what was found
// and what is accepted.
func Load(name string, builtin fs.FS, sets ...Set) (*Scenario, error) {
	s := new(Scenario)
	doc, err := scenarios.Load(name, builtin, sets, s, s.check)
	return s.read(doc, err)
}

// LoadBytes is Load for a document in memory; file is what errors call it, and relative files in
// its from are sought beside it.
func LoadBytes(file string, src []byte, builtin fs.FS, sets ...Set) (*Scenario, error) {
	s := new(Scenario)
	doc, err := scenarios.LoadBytes(file, src, builtin, sets, s, s.check)
	return s.read(doc, err)
}

// read keeps the document that a scenario was decoded from.
func (s *Scenario) read(doc *document.Document, err error) (*Scenario, error) {
	if err != nil {
		return nil, err
	}
	s.document, s.hash = doc, document.Hash(s)
	return s, nil
}

// check says what no single value can tell, once the decoder has refused impossible ones.
func (s *Scenario) check(c *document.Checker, root document.Place) {
	(&checker{c}).scenario(root, s)
}

// Resolved writes the scenario as one document that builds on no other: every value, with a comment
// that says where it came from, a file and line, "default" or a flag. Loading it gives an equal
// scenario with the same hash.
func (s *Scenario) Resolved() []byte {
	return s.document.YAML(s.Name+", with every value and where it comes from.", true)
}

// YAML is Resolved without the comments: what a dataset keeps. It stays the same when it is loaded
// and written again.
func (s *Scenario) YAML() []byte { return s.document.YAML(s.Name+", with every value.", false) }

// Hash identifies what the scenario says: 64 hexadecimal digits that do not depend on the order of
// keys, on comments, on how numbers are spelt or on which document a value came from.
func (s *Scenario) Hash() string { return s.hash }

//go:generate go test -run TestSchemaFileIsCurrent -update-schema .

// JSONSchema returns the JSON Schema (draft 2020-12) of scenario files, for editors: it knows every
// key, form and range, with their documentation and defaults. What needs the whole document, such
// as sums and references, only Load checks.
func JSONSchema() []byte { return scenarios.JSONSchema("Percorso scenario") }

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isTimeZone accepts what every machine knows; Local would be another zone on each.
func isTimeZone(s string) bool {
	_, err := time.LoadLocation(s)
	return err == nil && s != "" && s != "Local"
}
