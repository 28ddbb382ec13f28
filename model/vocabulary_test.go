package model

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
	builtin "github.com/percorso/percorso/scenarios"
)

// Every column of words has either a vocabulary that holds in all markets, or says what its words
// are.
func TestSchemaKnowsTheWordsOfEveryColumn(t *testing.T) {
	names, err := fs.Glob(builtin.FS, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		s, err := Load(strings.TrimSuffix(name, ".yaml"), builtin.FS)
		if err != nil {
			t.Fatal(err)
		}
		w, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		for id, schema := range Schema(s.Currency) {
			for i, c := range schema.Columns {
				if c.Kind != table.Code {
					continue
				}
				if (c.Vocab == nil) == (WordsOf(schema.Name, c.Name) == "") {
					t.Errorf("%s.%s: vocabulary %q, words %q, want one of them",
						schema.Name, c.Name, c.Vocab, WordsOf(schema.Name, c.Name))
				}
				of := w.Tables[id].Columns[i].Vocab
				if c.Vocab != nil && of != nil && !slices.Equal(c.Vocab, of) {
					t.Errorf("%s: %s.%s has the words %q, want %q", name, schema.Name, c.Name, of, c.Vocab)
				}
			}
		}
	}
}
