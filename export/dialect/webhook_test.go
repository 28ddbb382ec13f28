package dialect

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// hook writes a template and opens it.
func hook(t testing.TB, w *model.World, template string, options map[string]string) (*Wire, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hook.tmpl")
	if err := os.WriteFile(path, []byte(template), 0o666); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"template": path}
	for name, value := range options {
		all[name] = value
	}
	return OpenDialect(&webhookDialect, w, Settings{Options: all})
}

// everyColumn is a template that uses all that there is.
func everyColumn(w *model.World) string {
	text := `{"uuid":{{json (uuid .event_id)}},"millis":{{.time.UnixMilli}},"url":{{json .url}},` +
		`"product":{{json .product_name}},"currency":"{{.currency}}"`
	for _, c := range w.Tables[table.TableEvents].Columns[:table.EventPerson] {
		text += `,"` + c.Name + `":{{json .` + c.Name + `}}`
	}
	return text + `{{with .order}},"total":{{.total}},"lines":[{{range $i, $l := .lines}}` +
		`{{if $i}},{{end}}{{json $l}}{{end}}]{{end}}{{with .customer}},"customer":{{json .}}{{end}}}`
}

func TestWebhookIsStable(t *testing.T) {
	w, b := dayOfEverything()
	wire, err := hook(t, w, everyColumn(w), map[string]string{
		"begin": `{"events":[\n`, "between": `,\n`, "end": `\n]}`})
	if err != nil {
		t.Fatal(err)
	}
	made := checkGolden(t, "webhook", wire, w, b)
	if len(made) != 1 || len(made[0].Events) != len(happenings) || !json.Valid(made[0].raw) {
		t.Fatalf("%d requests: %s", len(made), made[0].raw)
	}
	if wire.Err() != nil {
		t.Error(wire.Err())
	}
}

// What a template sees of the rows is what jsonl writes of them.
func TestWebhookSeesTheRow(t *testing.T) {
	w, b := dayOfEverything()
	plain, _ := makeRequests(mustOpen(t, &jsonlDialect, w, Settings{}), w, b)
	rows := strings.Split(strings.TrimSpace(string(plain[0].raw)), "\n")
	wire, err := hook(t, w, everyColumn(w), nil)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := makeRequests(wire, w, b)
	if len(made) != len(rows) {
		t.Fatalf("%d requests, want %d", len(made), len(rows))
	}
	for i, r := range made {
		var got, want map[string]any
		decode(t, r.raw, &got)
		decode(t, []byte(rows[i]), &want)
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s is %v, want %v", name, got[name], value)
			}
		}
		if h := happenings[i]; h.kind == table.Purchase && len(got["lines"].([]any)) == 0 {
			t.Errorf("a purchase has no lines: %s", r.raw)
		}
	}
}

// What is missing prints nothing, is false and has a default; amounts compare as cents.
func TestWebhookMissing(t *testing.T) {
	w, b := dayOfEverything()
	wire, err := hook(t, w, `{{if eq .event_type "purchase"}}`+
		`[{{.page}}|{{default "/" .page}}|{{.score}}|{{json .score}}|{{json .page}}|`+
		`{{if .page}}page{{end}}|{{if eq .page "/x"}}x{{end}}|{{.revenue}}|`+
		`{{if gt .revenue 100_00}}much{{end}}|{{.order.total}}]{{end}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	made, unseen := makeRequests(wire, w, b)
	var got []string
	for _, r := range made {
		got = append(got, string(r.raw))
	}
	want := `[/order-confirmation|/order-confirmation||null|"/order-confirmation"|page||248.98|much|` +
		`248.98] [|/||null|null|||19.99||19.99] [|/||null|null|||120.60|much|120.60] ` +
		`[|/||null|null|||0.10||0.10]`
	if strings.Join(got, " ") != want || len(unseen) != len(happenings)-4 {
		t.Errorf("got %s, %d unseen\nwant %s", strings.Join(got, " "), len(unseen), want)
	}
}

// A mistake in a template is found before anything is sent, and says where it is.
func TestWebhookMistakes(t *testing.T) {
	w, _ := dayOfEverything()
	for template, want := range map[string]string{
		"{\n {{json .pag}}}": `hook.tmpl:2:8: executing "hook.tmpl" at <.pag>: map has no entry ` +
			`for key "pag"; the line is "{{json .pag}}}", did you mean "page"?; its keys are: campaign_id`,
		"\n{{jsn .page}}": `hook.tmpl:2: function "jsn" not defined; the line is "{{jsn .page}}", ` +
			`did you mean "json"?; functions of percorso are: default, json, uuid`,
		"{{.page":                            `hook.tmpl:1: unclosed action; the line is "{{.page"`,
		"{{.order.total}}":                   `not every event has one: {{with .order}}{{.total}}{{end}}`,
		"{{with .customer}}{{.mail}}{{end}}": `map has no entry for key "mail"; the line is`,
		"{{index .order.lines 5}}":           "hook.tmpl:1:2",
		"{{uuid .page}}":                     "hook.tmpl:1:7",
	} {
		_, err := hook(t, w, template, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", template, err, want)
		}
	}
}

// A mistake that only shows later stops the stream; it does not pass for an event that is not seen.
func TestWebhookFailsLoudly(t *testing.T) {
	w, b := dayOfEverything()
	wire, err := hook(t, w, `{{.event_type}}{{if eq .search_term "piumino"}}{{index "a" 7}}{{end}}`,
		nil)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := makeRequests(wire, w, b)
	if len(made) == 0 || len(made) >= len(happenings) || wire.Err() == nil ||
		!strings.Contains(wire.Err().Error(), "hook.tmpl:1:") {
		t.Errorf("%d requests, error %v", len(made), wire.Err())
	}
}

func TestWebhookOptions(t *testing.T) {
	w, _ := dayOfEverything()
	for _, lead := range []string{"", "--option "} {
		_, err := OpenDialect(&webhookDialect, w, Settings{Lead: lead})
		want := "dialect webhook: say what to send with " + lead + "template=FILE"
		if err == nil || err.Error() != want {
			t.Errorf("no template: got %v, want %s", err, want)
		}
	}
	if _, err := OpenDialect(&webhookDialect, w, Settings{Options: map[string]string{
		"template": filepath.Join(t.TempDir(), "none")}}); err == nil ||
		!strings.Contains(err.Error(), "option template: ") {
		t.Errorf("no such file: got %v", err)
	}
	if _, err := hook(t, w, "x", map[string]string{"content_type": "a/b/c"}); err == nil ||
		!strings.Contains(err.Error(), "option content_type=a/b/c: ") {
		t.Errorf("content type: got %v", err)
	}
	one, err := hook(t, w, "x", map[string]string{"content_type": "text/plain"})
	if err != nil || one.Limits.Batch != 1 || one.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%+v, %v", one, err)
	}
	many, err := hook(t, w, "x", map[string]string{"between": `,\n`, "end": `\\n`})
	if err != nil || many.Limits.Batch != 100 || many.Between != ",\n" {
		t.Errorf("%+v, %v", many, err)
	}
	if got := string(many.End(nil, 0)); got != `\n` {
		t.Errorf("end %q", got)
	}
}

func FuzzWebhookWords(f *testing.F) {
	f.Add(nasty, "x")
	f.Add("\xff\x00", "{{.page}}")
	seedWords(f)
	w, _ := dayOfEverything()
	template := everyColumn(w)
	f.Fuzz(func(t *testing.T, word, other string) {
		w, b := wordsOf(word, other)
		x := newWebhookEncoder(w)
		if err := x.parse("fuzz", template); err != nil {
			t.Fatal(err)
		}
		made, _ := makeRequests(&Wire{Encoder: x}, w, b)
		for _, r := range made {
			if !json.Valid(r.raw) {
				t.Fatalf("%q and %q: %s", word, other, r.raw)
			}
		}
	})
}

func BenchmarkWebhook(b *testing.B) {
	w, batch := dayOfEverything()
	x := newWebhookEncoder(w)
	if err := x.parse("bench", everyColumn(w)); err != nil {
		b.Fatal(err)
	}
	benchmarkWire(b, &Wire{Encoder: x, Between: "\n"}, w, batch)
}
