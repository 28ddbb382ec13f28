package oracles

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tree returns a request as one tree of values: what of it a receiver looks at.
func tree(t testing.TB, r *http.Request) map[string]any {
	t.Helper()
	body := r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(r.Body); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if form, is := bytes.CutPrefix(text, []byte("data=")); is { // JSON in base64 in a form
		if text, err = base64.StdEncoding.DecodeString(string(form)); err != nil {
			t.Fatal(err)
		}
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	header := map[string]any{"Content-Type": kind}
	for _, name := range []string{"Authorization", "Content-Encoding"} {
		if r.Header.Get(name) != "" {
			header[name] = r.Header.Get(name)
		}
	}
	return map[string]any{"method": r.Method, "path": r.URL.Path, "query": pairs(r.URL.Query()),
		"header": header, "body": unfold(string(text))}
}

// unfold returns what a text says: JSON, also within JSON, and queries are trees, anything else is
// text.
func unfold(text string) any {
	if strings.HasPrefix(text, "?") {
		if q, err := url.ParseQuery(text[1:]); err == nil {
			return pairs(q)
		}
	}
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return text
	}
	var value any
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	if d.Decode(&value) != nil || d.More() {
		return text
	}
	return within(value)
}

func within(value any) any {
	switch v := value.(type) {
	case string:
		return unfold(v)
	case []any:
		for i := range v {
			v[i] = within(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = within(v[key])
		}
	}
	return value
}

func pairs(q url.Values) map[string]any {
	tree := make(map[string]any)
	for key, values := range q {
		tree[key] = unfold(values[0])
		if len(values) > 1 {
			tree[key] = values
		}
	}
	return tree
}

// joined returns several requests as one, the events of all in its list.
func joined(requests []map[string]any, list string) map[string]any {
	var events []any
	for _, r := range requests {
		if list == "" {
			events = append(events, r["body"].([]any)...)
		} else {
			events = append(events, r["body"].(map[string]any)[list].([]any)...)
		}
	}
	first := requests[0]
	if list == "" {
		first["body"] = events
	} else {
		first["body"].(map[string]any)[list] = events
	}
	return first
}

// A difference is a place where ours and theirs are not equal. Its place is the path of a value,
// without the numbers of entries of lists.
type difference struct {
	place string
	what  string // missing: only theirs has it; added: only ours; changed
}

const missing, added, changed = "missing", "added", "changed"

// compare returns where two trees differ, each with an example.
func compare(theirs, ours any) map[difference]string {
	found := make(map[difference]string)
	compareAt(found, "", theirs, ours)
	return found
}

func compareAt(found map[difference]string, place string, theirs, ours any) {
	note := func(place, what string, theirs, ours any) {
		d := difference{strings.TrimPrefix(place, "."), what}
		if _, known := found[d]; !known {
			found[d] = fmt.Sprintf("theirs %.200s, ours %.200s", text(theirs), text(ours))
		}
	}
	switch t := theirs.(type) {
	case map[string]any:
		o, ok := ours.(map[string]any)
		if !ok {
			break
		}
		for _, key := range slices.Sorted(maps.Keys(t)) {
			if value, ok := o[key]; ok {
				compareAt(found, place+"."+key, t[key], value)
			} else {
				note(place+"."+key, missing, t[key], nil)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if _, ok := t[key]; !ok {
				note(place+"."+key, added, nil, o[key])
			}
		}
		return
	case []any:
		o, ok := ours.([]any)
		if !ok {
			break
		}
		if len(t) != len(o) {
			note(place+"[]", changed, fmt.Sprint(len(t), " entries"), fmt.Sprint(len(o), " entries"))
			return
		}
		for i := range t {
			compareAt(found, place+"[]", t[i], o[i])
		}
		return
	}
	if !reflect.DeepEqual(theirs, ours) {
		note(place, changed, theirs, ours)
	}
}

func text(value any) string {
	s, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(s)
}
