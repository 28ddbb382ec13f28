package model

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

//go:generate go test -run TestSchemaFileIsCurrent -update-schema .

// JSONSchema returns the JSON Schema (draft 2020-12) of scenario files, for editors: it knows every
// key, form and range, with their documentation and defaults. What needs the whole document, such
// as sums and references, only Load checks.
func JSONSchema() []byte {
	b := schemaBuilder{defs: map[string]any{
		"percent": object{"type": "string", "pattern": `^[+]?(0|[1-9][0-9_]*)(\.[0-9]+)?%$`},
		"span": object{"type": "string", "pattern": `^[+]?(0|[1-9][0-9_]*)(\.[0-9]+)?(s|min|h|d)$`,
			"description": "a time: 90min, 4h, 2.5d; units s, min, h, d"},
		"removed": object{"enum": []any{"off", nil},
			"description": "removes what the scenario named in from gives"},
	}}
	root := b.block(scenarioType, defaults())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Percorso scenario"
	root["$defs"] = b.defs
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(root); err != nil {
		panic("model: a schema is always JSON: " + err.Error())
	}
	return text.Bytes()
}

type object = map[string]any

// A schemaBuilder derives schemas from the Go types that the decoder fills, by the same rules.
type schemaBuilder struct{ defs map[string]any }

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// anyOf accepts what one of the schemas accepts; alternatives inside them become its own.
func anyOf(schemas ...object) object {
	var all []object
	for _, s := range schemas {
		if inner, ok := s["anyOf"].([]object); ok && len(s) == 1 {
			all = append(all, inner...)
		} else {
			all = append(all, s)
		}
	}
	return object{"anyOf": all}
}

// block is the schema of a map with the keys of the struct t; def holds its defaults or is nil.
func (b *schemaBuilder) block(t reflect.Type, def *node) object {
	properties := object{}
	for _, key := range keysOf(t) {
		f, _ := fieldOf(t, key)
		schema := b.value(f.Type, t.Name()+"."+key, def.get(key))
		if t == behaviorsType {
			schema = anyOf(schema, object{"const": "on"})
		}
		if !wholeInside(t) {
			schema = anyOf(schema, ref("removed"))
		}
		schema["description"] = f.Tag.Get("doc")
		if value := def.get(key); value != nil && value.kind == scalarNode {
			schema["default"] = plainValue(value)
		}
		properties[key] = schema
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if wholeInside(t) && requiredOf(t) != nil {
		schema["required"] = requiredOf(t)
		if t == stageType { // the classical stages know what they are part of
			schema["required"] = []string{"dwell", "next"}
		}
	}
	return schema
}

// wholeInside says whether blocks of type t are always written whole, so that what they need must
// be there and nothing in them can be removed.
func wholeInside(t reflect.Type) bool {
	switch t {
	case stageType, lawType, reflect.TypeFor[Correlation](), reflect.TypeFor[Lognormal](),
		reflect.TypeFor[Weibull](), reflect.TypeFor[Gamma](), reflect.TypeFor[Erlang](),
		reflect.TypeFor[Exponential]():
		return true
	}
	return false
}

// plainValue is a scalar as JSON.
func plainValue(n *node) any {
	if x, ok := ParseNumber(n.text); ok && !n.quoted {
		return x
	}
	return n.text
}

// value is the schema of what a field of type t holds.
func (b *schemaBuilder) value(t reflect.Type, field string, def *node) object {
	switch t {
	case reflect.TypeFor[Share]():
		most := 1.0
		if l := limitOf(field); l.max < unlimited {
			most = l.max
		}
		return anyOf(object{"type": "number", "minimum": 0, "maximum": most}, ref("percent"))
	case reflect.TypeFor[Figure]():
		return anyOf(object{"type": "number"}, numberText(), ref("percent"))
	case reflect.TypeFor[Span]():
		return ref("span")
	case reflect.TypeFor[Date]():
		return object{"type": "string", "pattern": `^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$`}
	case weightsType:
		return weightsSchema(field)
	case hoursType:
		return hoursSchema()
	case lawType:
		return b.define("Law", b.law)
	case reflect.TypeFor[[]Component]():
		return object{"type": "array", "minItems": 1, "maxItems": maxListed,
			"items": b.define("Component", b.component)}
	}
	return b.kind(t, field, def)
}

func (b *schemaBuilder) kind(t reflect.Type, field string, def *node) object {
	switch t.Kind() {
	case reflect.Pointer:
		return b.value(t.Elem(), field, def)
	case reflect.Struct:
		schema := b.define(t.Name(), func() object { return b.block(t, def) })
		if t == offType {
			return anyOf(object{"enum": wordsOf("Off.rule")}, schema)
		}
		return schema
	case reflect.Map:
		return b.table(t, field, def)
	case reflect.Slice, reflect.Array:
		schema := object{"type": "array", "items": b.value(t.Elem(), field, nil)}
		schema["maxItems"] = maxListed
		if t.Kind() == reflect.Array {
			schema["minItems"], schema["maxItems"] = t.Len(), t.Len()
		}
		return schema
	case reflect.String:
		if words := wordsOf(field); words != nil {
			return object{"enum": words}
		}
		return object{"type": "string", "maxLength": maxTextBytes}
	case reflect.Bool:
		return object{"type": "boolean"}
	}
	if isShareOfSiblings(field) {
		return anyOf(weightSchema(), ref("percent"))
	}
	return numberSchema(t, limitOf(field))
}

// numberSchema accepts 10_000 as a text too.
func numberSchema(t reflect.Type, l limit) object {
	number := object{"type": "number", "minimum": l.min, "maximum": l.max}
	if t.Kind() != reflect.Float64 {
		number["type"] = "integer"
	}
	if l.above {
		delete(number, "minimum")
		number["exclusiveMinimum"] = l.min
	}
	if l.max == unlimited {
		delete(number, "maximum")
	}
	return anyOf(number, numberText())
}

// numberText is a number that readers of YAML 1.2 take for a text: 10_000.
func numberText() object {
	return object{"type": "string", "pattern": `^[1-9][0-9]*(_[0-9]+)+$`}
}

func weightSchema() object { return object{"type": "number", "minimum": 0, "maximum": maxWeight} }

// weightsSchema accepts percentages or weights, not both.
func weightsSchema(field string) object {
	schema := object{"type": "object", "additionalProperties": weightSchema()}
	if field != "Stage.channels" {
		schema = object{"type": "object", "minProperties": 1, "anyOf": []object{
			{"additionalProperties": ref("percent")}, {"additionalProperties": weightSchema()}}}
	}
	if keys := keysFor(field); keys != nil {
		schema["propertyNames"] = object{"enum": keys}
	}
	return schema
}

func hoursSchema() object {
	hour := `([01]?[0-9]|2[0-4])`
	span := hour + "-" + hour
	return anyOf(object{"type": "string", "pattern": "^" + span + "$"}, object{
		"type": "object", "minProperties": 1, "additionalProperties": false,
		"patternProperties": object{"^" + hour + "(-" + hour + ")?$": weightSchema()},
	})
}

// table is the schema of a map whose keys are names.
func (b *schemaBuilder) table(t reflect.Type, field string, def *node) object {
	var template *node
	if def != nil {
		template = def.pairs[0].value.clone()
		template.drop("share")
	}
	element := b.value(t.Elem(), field, template)
	if t != stagesType && t.Elem() != weightsType {
		element = anyOf(element, ref("removed"))
	}
	schema := object{"type": "object", "additionalProperties": element}
	switch keys := keysFor(field); {
	case keys != nil:
		schema["propertyNames"] = object{"enum": keys}
	case field == "Journey.channels":
		schema["additionalProperties"] = anyOf(element, ref("removed"))
		schema["propertyNames"] = object{"pattern": `^[^>]+(>[^>]+)?$`}
	default:
		schema["propertyNames"] = object{"maxLength": maxNameBytes,
			"pattern": `^\p{L}[\p{L}\p{Nd}_-]*$`}
	}
	return schema
}

// define puts a schema among the definitions, once, and refers to it.
func (b *schemaBuilder) define(name string, schema func() object) object {
	if _, ok := b.defs[name]; !ok {
		b.defs[name] = nil // keeps a schema that contains itself from being made forever
		b.defs[name] = schema()
	}
	return ref(name)
}

// law is a bare duration, or a block with exactly one law.
func (b *schemaBuilder) law() object {
	block := b.block(lawType, nil)
	var one []object
	for _, key := range lawNames() {
		one = append(one, object{"required": []string{key}})
	}
	block["oneOf"] = one
	return anyOf(ref("span"), block)
}

// component is a law, other than a mixture, with its share of one.
func (b *schemaBuilder) component() object {
	block := b.block(lawType, nil)
	properties := block["properties"].(object)
	delete(properties, "mixture")
	share, _ := fieldOf(reflect.TypeFor[Component](), "share")
	properties["share"] = anyOf(weightSchema(), ref("percent"))
	properties["share"].(object)["description"] = share.Tag.Get("doc")
	var one []object
	for _, key := range lawNames() {
		if key != "mixture" {
			one = append(one, object{"required": []string{key, "share"}})
		}
	}
	block["oneOf"] = one
	return block
}

// lawNames are the laws of time that there are.
func lawNames() []string {
	return slices.DeleteFunc(keysOf(lawType), func(key string) bool { return key == "min" })
}
