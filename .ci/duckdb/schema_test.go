package readers

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/export"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

func TestProbe(t *testing.T) {
	w := market(t, 10_000, 2)
	made := generate(t, w, model.TruthSeparate, everyKind(), simulate.Options{})
	r := openDuckDB(t)
	for _, d := range made {
		if d.compression != "none" {
			continue
		}
		switch d.format.Name {
		case "parquet":
			for _, tb := range []string{"events", "customers"} {
				for _, row := range r.ask(t, "SELECT name,type,repetition_type,converted_type,scale,precision,logical_type FROM parquet_schema('"+d.files(tb)+"')") {
					fmt.Println(strings.Join(row, " ; "))
				}
			}
			fmt.Println(r.ask(t, "FROM parquet_file_metadata('"+d.files("events")+"')"))
		case "csv":
			fmt.Println(r.ask(t, "DESCRIBE FROM read_csv('"+d.files("events")+"')"))
		case "jsonl":
			fmt.Println(r.ask(t, "DESCRIBE FROM read_json('"+d.files("events")+"')"))
			fmt.Println(r.ask(t, "SELECT DISTINCT json_keys(json) FROM read_ndjson_objects('"+d.files("events")+"')"))
			fmt.Println(r.ask(t, "SELECT DISTINCT json_type(json,'$.revenue') FROM read_ndjson_objects('"+d.files("events")+"')"))
			fmt.Println(r.ask(t, "SELECT DISTINCT json_type(json,'$.user_id') FROM read_ndjson_objects('"+d.files("events")+"')"))
			fmt.Println(r.ask(t, "SELECT DISTINCT json_type(json,'$.consent_marketing') FROM read_ndjson_objects('"+d.files("customers")+"')"))
		}
	}
	_, _, _, _ = json.Marshal, os.Open, filepath.Join, slices.Sort[[]string]
	_ = export.Formats
}
