package runbook

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// An argument is one tagged field of a Step.
type argument struct {
	name     string
	doc      string
	field    int // index in the struct
	typ      valueType
	pointer  bool
	late     bool
	secret   bool
	required bool
	fallback string    // the default as its tag writes it, "" when there is none
	def      cty.Value // the default, cty.NilVal when there is none
	oneOf    []string
}

// argumentsOf reads the arguments of a kind from the tags of its Step. What is
// wrong with them is a programmer's mistake and comes back as an error.
func argumentsOf(k Kind) ([]argument, error) {
	step := reflect.TypeOf(k.New())
	if step.Kind() != reflect.Pointer || step.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("the function New returns a %s: want a pointer to a struct", step)
	}
	var args []argument
	for i := range step.Elem().NumField() {
		f := step.Elem().Field(i)
		if _, tagged := f.Tag.Lookup("arg"); !tagged {
			continue
		}
		a, err := argumentOf(f)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		a.field = i
		if slices.ContainsFunc(args, func(b argument) bool { return b.name == a.name }) {
			return nil, fmt.Errorf("field %s: a second argument %q", f.Name, a.name)
		}
		args = append(args, a)
	}
	return args, nil
}

func argumentOf(f reflect.StructField) (argument, error) {
	a := argument{name: f.Tag.Get("arg"), doc: f.Tag.Get("doc")}
	switch {
	case !f.IsExported():
		return a, fmt.Errorf("is not exported")
	case !hclsyntax.ValidIdentifier(a.name):
		return a, fmt.Errorf("arg:%q is not an identifier", a.name)
	case isMetaArgument(a.name):
		return a, fmt.Errorf("arg:%q is an argument that every step has", a.name)
	case a.doc == "":
		return a, fmt.Errorf("has no doc tag")
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		a.pointer, t = true, t.Elem()
	}
	if t.Implements(reflect.TypeFor[lateValue]()) {
		v, _ := t.FieldByName("Value")
		a.late, t = true, v.Type
	}
	typ, ok := argumentTypes[t]
	if !ok {
		return a, fmt.Errorf("type %s is not one that an argument can have", f.Type)
	}
	a.typ, a.secret = typ, t == secretType
	return a, a.readOptions(f.Tag)
}

// readOptions reads the tags default, optional and oneof.
func (a *argument) readOptions(tag reflect.StructTag) error {
	if list, ok := tag.Lookup("oneof"); ok {
		if a.typ.cty != cty.String || a.secret || a.typ.name == "duration" {
			return fmt.Errorf("oneof is for strings")
		}
		a.oneOf = strings.Split(list, ",")
	}
	text, hasDefault := tag.Lookup("default")
	optional := tag.Get("optional") == "true"
	a.required = !hasDefault && !optional && !a.pointer
	switch {
	case hasDefault && a.pointer:
		return fmt.Errorf("a pointer is nil when absent: it takes no default")
	case optional && !a.pointer && !a.secret && !a.typ.cty.IsCollectionType():
		return fmt.Errorf("optional is for pointers, slices, maps and secrets: give it a default")
	case !hasDefault:
		return nil
	case a.secret:
		return fmt.Errorf("a secret takes no default")
	}
	def, err := convert.Convert(cty.StringVal(text), a.typ.cty)
	if err != nil {
		return fmt.Errorf("default:%q: %w", text, err)
	}
	a.def, a.fallback = def, text
	if a.oneOf != nil && !slices.Contains(a.oneOf, text) {
		return fmt.Errorf("default:%q is not in oneof", text)
	}
	return nil
}

// store puts a value into the argument's field of a step: wholly known, not
// null, unmarked, of the argument's type.
func (a *argument) store(step reflect.Value, v cty.Value) error {
	to := a.target(step)
	if a.late {
		to.FieldByName("Known").SetBool(true)
		to = to.FieldByName("Value")
	}
	return a.typ.set(to, v)
}

// storeUnknown makes the argument, which must be a Late, present and unknown.
func (a *argument) storeUnknown(step reflect.Value) { a.target(step) }

func (a *argument) target(step reflect.Value) reflect.Value {
	f := step.Elem().Field(a.field)
	if !a.pointer {
		return f
	}
	f.Set(reflect.New(f.Type().Elem()))
	return f.Elem()
}
