package runbook

import (
	"fmt"
	"reflect"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
)

// An outputSchema says what a struct exports to the expressions of a runbook:
// the outputs of a step kind, or what a redis block tells of its server.
type outputSchema struct {
	typ    reflect.Type // nil when nothing is exported
	fields []outputField
}

type outputField struct {
	name  string
	doc   string
	field int
	typ   valueType
	late  bool
}

// redisExports are the exports of every redis block.
var redisExports = mustReadOutputs(reflect.TypeFor[host.Description](), "export")

func mustReadOutputs(t reflect.Type, tag string) outputSchema {
	s, err := readOutputs(t, tag)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", t, err))
	}
	return s
}

// readOutputs reads the fields of a struct type that have the tag.
func readOutputs(t reflect.Type, tag string) (outputSchema, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return outputSchema{}, fmt.Errorf("outputs are a %s: want a struct", t)
	}
	s := outputSchema{typ: t}
	for i := range t.NumField() {
		f := t.Field(i)
		name, tagged := f.Tag.Lookup(tag)
		if !tagged {
			continue
		}
		out := outputField{name: name, doc: f.Tag.Get("doc"), field: i}
		ft := f.Type
		if ft.Implements(reflect.TypeFor[lateValue]()) {
			v, _ := ft.FieldByName("Value")
			out.late, ft = true, v.Type
		}
		typ, ok := outputTypes[ft]
		switch {
		case !ok:
			return s, fmt.Errorf("field %s: type %s is not one that an output can have", f.Name, f.Type)
		case !f.IsExported() || !hclsyntax.ValidIdentifier(name):
			return s, fmt.Errorf("field %s: %s:%q: the field must be exported, the name an identifier", f.Name, tag, name)
		case s.find(name) != nil:
			return s, fmt.Errorf("field %s: a second output %q", f.Name, name)
		}
		out.typ = typ
		s.fields = append(s.fields, out)
	}
	return s, nil
}

func (s outputSchema) find(name string) *outputField {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func (s outputSchema) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// fill makes the object of the exports, one value a field.
func (s outputSchema) fill(value func(outputField) cty.Value) cty.Value {
	attrs := make(map[string]cty.Value, len(s.fields))
	for _, f := range s.fields {
		attrs[f.name] = value(f)
	}
	return cty.ObjectVal(attrs)
}

// unknown is the object before anything is known; each attribute has its type.
func (s outputSchema) unknown() cty.Value {
	return s.fill(func(f outputField) cty.Value { return cty.UnknownVal(f.typ.cty) })
}

// null is the object of a step that was skipped.
func (s outputSchema) null() cty.Value {
	return s.fill(func(f outputField) cty.Value { return cty.NullVal(f.typ.cty) })
}

// object reads a struct of the schema's type, or a pointer to one; nil is the
// unknown object. Another type is a programmer's mistake: it panics.
func (s outputSchema) object(outputs any) cty.Value {
	v := reflect.ValueOf(outputs)
	if v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || s.typ == nil {
		return s.unknown()
	}
	if v.Type() != s.typ {
		panic(fmt.Sprintf("outputs are a %s: want %s", v.Type(), s.typ))
	}
	return s.fill(func(f outputField) cty.Value {
		from := v.Field(f.field)
		if f.late {
			if !from.FieldByName("Known").Bool() {
				return cty.UnknownVal(f.typ.cty)
			}
			from = from.FieldByName("Value")
		}
		return f.typ.get(from)
	})
}
