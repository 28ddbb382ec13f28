package document

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// JSONSchema returns the JSON Schema (draft 2020-12) of documents of this kind, for editors, under
// a title: it knows every key, word and range, with their documentation and defaults. What a Form
// wants, and what needs the whole document, such as sums and references, only Load can tell.
func (s *Spec) JSONSchema(title string) []byte {
	b := Schemas{spec: s, inside: s.wholeInside(), defs: map[string]any{
		"percent": Object{"type": "string", "pattern": `^[+]?(0|[1-9][0-9_]*)(\.[0-9]+)?%$`},
		"span": Object{"type": "string", "pattern": `^[+]?(0|[1-9][0-9_]*)(\.[0-9]+)?(s|min|h|d)$`,
			"description": "a duration such as 90min, 4h or 2.5d; units s, min, h, d"},
		"removed": Object{"enum": []any{"off", nil},
			"description": "off or nothing: removes the value of the " + s.Kind + " in from"},
	}}
	root := b.block(s.Type, s.defaults())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = title
	root["$defs"] = b.defs
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(root); err != nil {
		panic("document: a schema is always JSON: " + err.Error())
	}
	return text.Bytes()
}

// An Object is a JSON object: a schema, or a part of one.
type Object = map[string]any

// Schemas derives schemas from the Go types that the decoder fills, by the same rules, and collects
// their definitions.
type Schemas struct {
	spec   *Spec
	inside map[reflect.Type]bool // blocks that are always written whole
	defs   map[string]any
}

// Limit is the range of numbers that a field accepts, by its tag range.
func (b *Schemas) Limit(field string) Limit { return b.spec.limitOf(field) }

// Keys lists the keys that the map of a field accepts; nil means the author's own names.
func (b *Schemas) Keys(field string) []string { return b.spec.keysFor(field) }

// Block is the schema, in full, of a map with the keys of the struct t.
func (b *Schemas) Block(t reflect.Type) Object { return b.block(t, nil) }

// Ref refers to a definition: percent (35%), span (2.5d) or removed (off or nothing), which there
// always are, or one that Define or DefineAs has made.
func Ref(name string) Object { return Object{"$ref": "#/$defs/" + name} }

// AnyOf accepts what at least one of the schemas accepts. The alternatives of those that are only
// an AnyOf become its own.
func AnyOf(schemas ...Object) Object {
	var all []Object
	for _, s := range schemas {
		if inner, ok := s["anyOf"].([]Object); ok && len(s) == 1 {
			all = append(all, inner...)
		} else {
			all = append(all, s)
		}
	}
	return Object{"anyOf": all}
}

// block is the schema of a map with the keys of the struct t; def holds its defaults or is nil.
func (b *Schemas) block(t reflect.Type, def *Node) Object {
	properties := Object{}
	for _, key := range KeysOf(t) {
		f, _ := FieldOf(t, key)
		schema := b.value(f.Type, t.Name()+"."+key, def.Get(key))
		if t == b.spec.Switched {
			schema = AnyOf(schema, Object{"enum": []any{"on", true, "yes"}})
		}
		if !b.inside[t] && !(t == b.spec.Type && key == "from") {
			schema = AnyOf(schema, Ref("removed"))
		}
		if t == b.spec.Switched {
			schema = AnyOf(schema, Object{"enum": []any{false, "no"}})
		}
		schema["description"] = f.Tag.Get("doc")
		if value := def.Get(key); value != nil && value.Kind == ScalarNode {
			schema["default"] = plainValue(value)
		}
		properties[key] = schema
	}
	schema := Object{"type": "object", "properties": properties, "additionalProperties": false}
	if required := requiredOf(t, "true"); b.inside[t] && required != nil {
		schema["required"] = required
	}
	return schema
}

// wholeInside finds the blocks that are always written whole, so that what they need must be there
// and nothing in them can be removed: those below a value that is replaced as one, and those in
// lists.
func (s *Spec) wholeInside() map[reflect.Type]bool {
	inside := map[reflect.Type]bool{}
	type visit struct {
		t     reflect.Type
		whole bool
	}
	seen := map[visit]bool{}
	var walk func(t reflect.Type, whole bool)
	walk = func(t reflect.Type, whole bool) {
		whole = whole || s.replacedWhole(t)
		if seen[visit{t, whole}] {
			return
		}
		seen[visit{t, whole}] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Map:
			walk(t.Elem(), whole)
		case reflect.Slice, reflect.Array:
			walk(t.Elem(), true)
		case reflect.Struct:
			inside[t] = inside[t] || whole
			for _, key := range KeysOf(t) {
				f, _ := FieldOf(t, key)
				walk(f.Type, whole)
			}
		}
	}
	walk(s.Type, false)
	return inside
}

// plainValue is a scalar as JSON.
func plainValue(n *Node) any {
	if x, ok := ParseNumber(n.Text); ok && !n.Quoted {
		return x
	}
	return n.Text
}

// value is the schema of what a field of type t holds.
func (b *Schemas) value(t reflect.Type, field string, def *Node) Object {
	if value, ok := reflect.New(t).Interface().(Value); ok {
		return value.Schema(b, field)
	}
	return b.kind(t, field, def)
}

func (b *Schemas) kind(t reflect.Type, field string, def *Node) Object {
	switch t.Kind() {
	case reflect.Pointer:
		return b.value(t.Elem(), field, def)
	case reflect.Struct:
		return b.DefineAs(t.Name(), func() Object { return b.block(t, def) })
	case reflect.Map:
		return b.table(t, field, def)
	case reflect.Slice, reflect.Array:
		schema := Object{"type": "array", "items": b.value(t.Elem(), field, nil)}
		schema["maxItems"] = MaxListed
		if t.Kind() == reflect.Array {
			schema["minItems"], schema["maxItems"] = t.Len(), t.Len()
		}
		return schema
	case reflect.String:
		if words := b.spec.words(field); words != nil {
			return Object{"enum": words}
		}
		return Object{"type": "string", "maxLength": maxTextBytes}
	case reflect.Bool:
		return AnyOf(Object{"type": "boolean"}, Object{"enum": []string{"yes", "no", "on"}})
	}
	if b.spec.ofSiblings(field) {
		return AnyOf(WeightSchema(), Ref("percent"))
	}
	return numberSchema(t, b.spec.limitOf(field))
}

// numberSchema accepts 10_000 as a text too, and where things are counted 10k.
func numberSchema(t reflect.Type, l Limit) Object {
	number, text := Object{"type": "number", "minimum": l.Min, "maximum": l.Max}, NumberText()
	if t.Kind() != reflect.Float64 {
		number["type"], text = "integer", countText()
	}
	if l.Above {
		delete(number, "minimum")
		number["exclusiveMinimum"] = l.Min
	}
	if l.Endless() {
		delete(number, "maximum")
	}
	return AnyOf(number, text)
}

// NumberText accepts a number that readers of YAML 1.2 take for a text: 10_000.
func NumberText() Object {
	return Object{"type": "string", "pattern": `^[1-9][0-9]*(_[0-9]+)+$`}
}

// countText accepts a whole number as a text: 10_000, 10k or 1.5M.
func countText() Object {
	return Object{"type": "string",
		"pattern": `^[1-9][0-9]*(([_,][0-9]+)+|(_[0-9]+)*(\.[0-9]+)?[kKM])$`}
}

// WeightSchema accepts a weight, a number from 0 to MaxWeight.
func WeightSchema() Object { return Object{"type": "number", "minimum": 0, "maximum": MaxWeight} }

// table is the schema of a map whose keys are names.
func (b *Schemas) table(t reflect.Type, field string, def *Node) Object {
	var template *Node
	if def != nil {
		template = b.spec.template(def, t.Elem())
	}
	element := b.value(t.Elem(), field, template)
	pairs := b.spec.tags()[field].Get("form") == "pairs"
	if !b.spec.replacedWhole(t) && !b.spec.replacedWhole(t.Elem()) {
		element = AnyOf(element, Ref("removed"))
	}
	schema := Object{"type": "object", "additionalProperties": element}
	switch keys := b.spec.keysFor(field); {
	case keys != nil:
		schema["propertyNames"] = Object{"enum": keys}
	case pairs:
		schema["additionalProperties"] = AnyOf(element, Ref("removed"))
		schema["propertyNames"] = Object{"pattern": `^[^>]+(>[^>]+)?$`}
	default:
		schema["propertyNames"] = Object{"maxLength": maxNameBytes,
			"pattern": `^\p{L}[\p{L}\p{Nd}_-]*$`}
	}
	return schema
}

// Define puts the schema of a map with the keys of the struct t among the definitions, once and by
// the name of t, and refers to it.
func (b *Schemas) Define(t reflect.Type) Object {
	return b.DefineAs(t.Name(), func() Object { return b.block(t, nil) })
}

// DefineAs puts a schema among the definitions by a name, once, and refers to it; it is not made
// again for a name that is defined.
func (b *Schemas) DefineAs(name string, schema func() Object) Object {
	if _, ok := b.defs[name]; !ok {
		b.defs[name] = nil // keeps a schema that contains itself from being made forever
		b.defs[name] = schema()
	}
	return Ref(name)
}
