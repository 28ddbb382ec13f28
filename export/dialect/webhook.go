package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// webhookDialect sends what a template of the user's own makes of an event, a text/template of Go:
//
//	{"text": {{json (printf "%s paid %s" .user_id .revenue)}}, "at": {{.time.UnixMilli}}}
//
// Its dot has the columns of the events table by name, and beside them
//
//	time          event_time as a time in UTC: .time.Unix, .time.Format "2006-01-02"
//	url           the full address of the page
//	product_name  what the shop calls the product
//	currency, scenario
//	order         of purchases: order_id, subtotal, discount, shipping, tax, total, coupon,
//	              fulfilment, lines with product_id, product_name, category, quantity, unit_price,
//	              discount
//	customer      of who signed up, logged in or bought: user_id, first_name, last_name, email,
//	              phone, street, postal_code, city, province, country, has_marketing_consent,
//	              has_profiling_consent, identified_at, loyalty_card, tier, points
//
// What is missing prints nothing, is null for json and false for if. Amounts print as 12.30 and
// compare as cents. Beside the functions that every template has there are json X, default VALUE X
// and uuid ID. An event of which only blanks are made is not sent.
//
// It is the only dialect that allocates for each event: a template cannot do without.
var webhookDialect = Dialect{
	Name:    "webhook",
	Doc:     "events in the form that a template of your own gives them (Go's text/template)",
	Example: "http://127.0.0.1:8080/hook",
	Limits:  Limits{Batch: 1},
	Rows:    true,
	Files:   true,
	Options: []Option{
		{Name: "template", Doc: "a file with the template of an event"},
		{Name: "content_type", Default: "application/json", Doc: "Content-Type header of requests"},
		{Name: "begin", Doc: `text before the first event of a body, e.g. [; \n is a new line`},
		{Name: "between", Doc: "text between two events of a body, e.g. a comma"},
		{Name: "end", Doc: "text after the last event of a body, e.g. ]"},
	},
	Open: openWebhook,
}

func openWebhook(w *model.World, s Settings) (*Wire, error) {
	path, kind := s.Options["template"], s.Options["content_type"]
	if path == "" && !s.Encoded {
		return nil, fmt.Errorf("say what to send with %stemplate=FILE", s.Lead)
	}
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		return nil, fmt.Errorf("option content_type=%s: %w; want a type such as text/plain",
			kind, err)
	}
	part := func(option string) string {
		return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(s.Options[option])
	}
	x := newWebhookEncoder(w)
	x.begin, x.end = part("begin"), part("end")
	if !s.Encoded {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("option template: %w", err)
		}
		if err := x.parse(filepath.Base(path), string(text)); err != nil {
			return nil, err
		}
	}
	wire := &Wire{Encoder: x, Header: http.Header{"Content-Type": {kind}},
		Between: part("between"), Err: func() error { return x.err }}
	if x.begin != "" || x.end != "" || wire.Between != "" {
		wire.Limits = Limits{Batch: 100}
	}
	return wire, nil
}

type webhookEncoder struct {
	*lexicon
	columns    []table.Column // of events, without the truth
	template   *template.Template
	source     string // of the template
	begin, end string
	out        bytes.Buffer
	err        error // of the template, once it has failed
}

func newWebhookEncoder(w *model.World) *webhookEncoder {
	columns := w.Tables[table.TableEvents].Columns[:table.EventPerson]
	return &webhookEncoder{lexicon: newLexicon(w), columns: columns}
}

// Begin implements Encoder.
func (x *webhookEncoder) Begin(dst []byte, _ *Event) []byte { return append(dst, x.begin...) }

// End implements Encoder.
func (x *webhookEncoder) End(dst []byte, _ int64) []byte { return append(dst, x.end...) }

// Event implements Encoder.
func (x *webhookEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if x.err == nil {
		x.err = x.execute(x.fields(e))
	}
	if x.err != nil || len(bytes.TrimSpace(x.out.Bytes())) == 0 {
		return dst, false
	}
	return append(dst, x.out.Bytes()...), true
}

// fields returns the fields of an event for a template.
func (x *webhookEncoder) fields(e *Event) map[string]any {
	f := make(map[string]any, len(x.columns)+8)
	for at := range x.columns {
		column := &x.columns[at]
		if column.Kind == table.Code {
			f[column.Name] = textOrNone(x.words[at][e.Code(at)])
			continue
		}
		f[column.Name] = x.number(column, e.Int(at))
	}
	link := ""
	if e.Code(table.EventPage) != 0 {
		link = string(x.appendLink(nil, e))
	}
	x.around(f, e.Time(), link, x.products[e.Code(table.EventProduct)])
	if o := e.Order(); o != nil {
		f["order"] = x.order(o)
	}
	if c := e.Customer(); c != nil {
		f["customer"] = x.customer(c)
	}
	return f
}

// around adds what is not a column.
func (x *webhookEncoder) around(f map[string]any, micros int64, link, product string) {
	f["time"] = time.UnixMicro(micros).UTC()
	f["url"], f["product_name"] = textOrNone(link), textOrNone(product)
	f["currency"], f["scenario"] = x.world.Scenario.Currency, x.world.Scenario.Name
	f["order"], f["customer"] = map[string]any(nil), map[string]any(nil)
}

// number returns the value of a column of whole numbers for a template.
func (x *webhookEncoder) number(c *table.Column, value int64) any {
	switch {
	case value == table.Null:
		return noNumber(0)
	case c.Kind == table.Time:
		return string(x.appendMicros(nil, value))
	case c.Kind == table.Decimal:
		return table.Cents(value)
	default:
		return value
	}
}

func (x *webhookEncoder) order(o *Order) map[string]any {
	orders := &x.world.Tables[table.TableOrders]
	lines := make([]map[string]any, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = map[string]any{
			"product_id":   textOrNone(x.words[table.EventProduct][l.Product]),
			"product_name": textOrNone(x.products[l.Product]),
			"category":     textOrNone(x.words[table.EventCategory][l.Category]),
			"quantity":     l.Quantity, "unit_price": table.Cents(l.Price),
			"discount": table.Cents(l.Discount),
		}
	}
	return map[string]any{"order_id": o.ID, "subtotal": table.Cents(o.Subtotal),
		"discount": table.Cents(o.Discount), "shipping": table.Cents(o.Shipping),
		"tax":   table.Cents(o.Tax),
		"total": table.Cents(o.Total), "coupon": wordOf(orders, "coupon", o.Coupon),
		"fulfilment": wordOf(orders, "fulfilment", o.Fulfilment), "lines": lines}
}

func (x *webhookEncoder) customer(c *Customer) map[string]any {
	f := map[string]any{"user_id": c.User, "first_name": c.First, "last_name": c.Last,
		"email": c.Email, "phone": c.Phone, "street": c.Street, "postal_code": c.PostalCode,
		"city": c.City, "province": c.Province, "country": c.Country,
		"has_marketing_consent": c.Marketing, "has_profiling_consent": c.Profiling,
		"identified_at": string(x.appendMicros(nil, c.KnownSince)),
		"loyalty_card":  textOrNone(c.Card), "points": any(noNumber(0)),
		"tier": wordOf(&x.world.Tables[table.TableCustomers], "tier", c.Tier)}
	if c.Points != table.Null {
		f["points"] = c.Points
	}
	return f
}

// wordOf returns the word of a code of a column.
func wordOf(t *table.Table, column string, code uint32) any {
	if code == 0 {
		return noText("")
	}
	return t.Column(column).Vocab[code-1]
}

// A missing value, as a text and as a number: it prints nothing and is null in JSON.
type (
	noText   string
	noNumber int64
)

func (noText) MarshalJSON() ([]byte, error)   { return []byte("null"), nil }
func (noNumber) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (noNumber) String() string               { return "" }

func textOrNone(s string) any {
	if s == "" {
		return noText("")
	}
	return s
}

// execute runs the template into x.out.
func (x *webhookEncoder) execute(fields map[string]any) error {
	x.out.Reset()
	if err := x.template.Execute(&x.out, fields); err != nil {
		return x.explain(err)
	}
	return nil
}

// parse reads the template and tries it on made-up events of every type: with all optional fields,
// and with none.
func (x *webhookEncoder) parse(name, source string) error {
	x.source = source
	var err error
	x.template, err = template.New(name).Option("missingkey=error").Funcs(templateFunctions).
		Parse(source)
	if err != nil {
		return x.explain(err)
	}
	for _, kind := range x.words[table.EventType][1:] {
		for _, full := range []bool{true, false} {
			if err := x.execute(x.madeUp(kind, full)); err != nil {
				return fmt.Errorf("%w (tried on a made-up %s)", err, kind)
			}
		}
	}
	return nil
}

var templateFunctions = template.FuncMap{
	"json": toJSON,
	"default": func(otherwise, value any) any {
		if ok, _ := template.IsTrue(value); ok {
			return value
		}
		return otherwise
	},
	"uuid": func(id int64) string { return string(appendUUID(nil, id)) },
}

// toJSON returns a value as JSON, without reflection for the types of columns.
func toJSON(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return quote(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case table.Cents:
		return v.String(), nil
	case noText, noNumber:
		return "null", nil
	}
	var text bytes.Buffer
	form := json.NewEncoder(&text)
	form.SetEscapeHTML(false)
	err := form.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// madeUp returns the fields of a made-up event.
func (x *webhookEncoder) madeUp(kind string, full bool) map[string]any {
	f := make(map[string]any)
	noon := x.world.Begin() + format.DayMicros/2
	for at := range x.columns {
		column, some := &x.columns[at], full || !x.columns[at].Null
		switch {
		case column.Kind == table.Code && some && len(x.words[at]) > 1:
			f[column.Name] = x.words[at][1]
		case column.Kind == table.Code:
			f[column.Name] = noText("")
		case column.Kind == table.Time:
			f[column.Name] = x.number(column, noon)
		case some:
			f[column.Name] = x.number(column, 1)
		default:
			f[column.Name] = x.number(column, table.Null)
		}
	}
	f["event_type"] = kind
	link, product := "", ""
	if full {
		link, product = shopURL+"/", "a product"
	}
	x.around(f, noon, link, product)
	if full || kind == table.EventTypes[table.Purchase-1] {
		f["order"] = x.order(&Order{ID: 1, Total: 1, Lines: []OrderLine{{Quantity: 1, Price: 1}}})
	}
	if full || kind == table.EventTypes[table.SignUp-1] || kind == table.EventTypes[table.Login-1] {
		f["customer"] = x.customer(&Customer{User: 1, KnownSince: noon, Points: table.Null})
	}
	return f
}

var (
	templateLine = regexp.MustCompile(`^.*?:([0-9]+):`)
	unknownKey   = regexp.MustCompile(`map has no entry for key "([^"]*)"`)
	unknownFunc  = regexp.MustCompile(`function "([^"]*)" not defined`)
)

// explain adds to an error of a template where it is, what was found there and what is accepted.
func (x *webhookEncoder) explain(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	if m := templateLine.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		if lines := strings.Split(x.source, "\n"); n >= 1 && n <= len(lines) {
			text += fmt.Sprintf("; the line is %q", strings.TrimSpace(lines[n-1]))
		}
	}
	if m := unknownFunc.FindStringSubmatch(text); m != nil {
		names := slices.Sorted(maps.Keys(templateFunctions))
		text += fmt.Sprintf("%s; functions of percorso are: %s", table.Nearest(m[1], names),
			strings.Join(names, ", "))
	}
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		event := x.madeUp(table.EventTypes[0], true)
		order, customer := event["order"].(map[string]any), event["customer"].(map[string]any)
		line := order["lines"].([]map[string]any)[0]
		for _, part := range []struct {
			name string
			has  map[string]any
		}{{"order", order}, {"customer", customer}} {
			if _, ok := part.has[m[1]]; ok && event[m[1]] == nil {
				text += fmt.Sprintf("; not every event has one: {{with .%s}}{{.%s}}{{end}}",
					part.name, m[1])
				return errors.New(text)
			}
		}
		names := slices.Sorted(maps.Keys(event))
		all := slices.Concat(names, slices.Collect(maps.Keys(order)),
			slices.Collect(maps.Keys(line)), slices.Collect(maps.Keys(customer)))
		slices.Sort(all)
		text += fmt.Sprintf("%s; its keys are: %s", table.Nearest(m[1], slices.Compact(all)),
			strings.Join(names, ", "))
	}
	return errors.New(text)
}
