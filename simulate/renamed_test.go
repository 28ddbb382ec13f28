package simulate

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// renamedColumns are the columns of release 0.3 that have another name since, by table.
var renamedColumns = map[string]map[string]string{
	"events": {"received_time": "received_at", "city": "home_city"},
	"customers": {"consent_marketing": "has_marketing_consent", "first_seen": "first_seen_at",
		"consent_profiling": "has_profiling_consent", "known_since": "identified_at",
		"known_by": "identified_by"},
	"orders": {"order_time": "ordered_at", "fulfilled_time": "fulfilled_at",
		"lines": "line_count"},
	"order_lines": {"line": "line_number"},
	"carts": {"created_time": "created_at", "closed_time": "closed_at",
		"lines": "line_count"},
	"returns": {"return_time": "returned_at", "line": "line_number"},
	"surveys": {"sent_time": "sent_at", "answered_time": "answered_at", "kind": "survey_type",
		"class": "nps_class"},
	"reviews": {"review_time": "reviewed_at"},
	"tickets": {"opened_time": "opened_at", "answered_time": "answered_at",
		"closed_time": "closed_at"},
	"social":    {"social_time": "created_at", "kind": "activity_type"},
	"spend":     {"date": "spend_date"},
	"campaigns": {"from_date": "start_date", "to_date": "end_date"},
	"truth_people": {"conversion": "trait_conversion", "price": "trait_price_sensitivity",
		"digital": "trait_digital", "ads": "trait_ad_response", "social": "trait_sociability",
		"haste": "trait_haste", "journeys": "journey_count", "orders": "order_count",
		"spent": "total_spent"},
	"truth_journeys": {"start_time": "started_at", "end_time": "ended_at",
		"touches": "touch_count", "orders": "order_count"},
	"truth_identity": {"kind": "identifier_type"},
}

// renamedWords are the words of release 0.3 that are others since, by the new name of their column.
var renamedWords = map[string]map[string]string{
	"event_type": {"product_view": "view_item", "checkout_start": "begin_checkout",
		"signup": "sign_up", "send": "message_sent", "open": "message_opened",
		"collection": "pickup", "talk": "word_of_mouth", "quote": "quote_request",
		"request": "contact_request", "reply": "contact_reply", "reward": "reward_redeemed"},
	"touchpoint":  {"phone": "telephone"},
	"device_type": {"phone": "mobile"},
	"fulfilment":  {"carry_out": "in_store"},
}

// TestOnlyNamesChanged: every row of release 0.3 is there with the same values in the same columns,
// in some under new names. The golden files of 0.3 hold the hash of each table; the rows of today
// are put in its words to compare.
func TestOnlyNamesChanged(t *testing.T) {
	for _, name := range []string{"fashion", "telecom", "null"} {
		t.Run(name, func(t *testing.T) {
			w := goldenWorld(t, name)
			tables := *w.Tables
			for i := range tables {
				tables[i].Columns = slices.Clone(tables[i].Columns)
				for c := range tables[i].Columns {
					inOldWords(&tables[i].Columns[c])
				}
			}
			w.Tables = &tables
			file, err := os.ReadFile(filepath.Join("..", "testdata", "golden-0.3", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			got, want := rowsOf(golden(t, name, w)), rowsOf(file)
			if !bytes.Equal(got, want) || len(want) < 10_000 {
				t.Errorf("the rows are not those of 0.3; in its words they are\n%s", got)
			}
		})
	}
}

// inOldWords gives a column the words that it had in release 0.3.
func inOldWords(c *table.Column) {
	was := make(map[string]string)
	for old, now := range renamedWords[c.Name] {
		was[now] = old
	}
	c.Vocab = slices.Clone(c.Vocab)
	for i, word := range c.Vocab {
		if old, ok := was[word]; ok {
			c.Vocab[i] = old
		}
	}
}

// rowsOf leaves out of a golden file what names the release and the compiled world.
func rowsOf(golden []byte) []byte {
	lines := bytes.SplitAfterN(golden, []byte("\n"), 3)
	return lines[len(lines)-1]
}

// TestColumnsKeepTheirPlaces: the tables have the columns of release 0.3, renamed as said above and
// otherwise as they were.
func TestColumnsKeepTheirPlaces(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "testdata", "golden-0.3", "columns.txt"))
	if err != nil {
		t.Fatal(err)
	}
	views, err := table.Views(table.Schema("EUR"), table.TruthSeparate, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(file)), "\n")
	if len(lines) != len(views) {
		t.Fatalf("%d tables, were %d", len(views), len(lines))
	}
	schema, left := table.Schema("EUR"), maps.Clone(renamedColumns)
	for i, line := range lines {
		name, columns, _ := strings.Cut(line, ": ")
		var now []string
		for _, c := range views[i].Columns {
			now = append(now, schema[views[i].Table].Columns[c].Name)
		}
		was := strings.Fields(columns)
		for c, old := range was {
			if renamed, ok := renamedColumns[name][old]; ok {
				was[c] = renamed
			}
		}
		if views[i].Name != name || !slices.Equal(now, was) {
			t.Errorf("%s has %v, want %v", name, now, was)
		}
		delete(left, name)
	}
	if len(left) > 0 {
		t.Errorf("no such tables: %v", left)
	}
}
