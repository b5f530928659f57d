package runbook

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Kinds are the kinds of steps that runbooks can use, by name.
type Kinds struct {
	byName map[string]*kindSchema
	names  []string
}

// A kindSchema is a Kind with its tags read.
type kindSchema struct {
	Kind
	args    []argument
	body    blockSchema // what a step block may hold
	outputs outputSchema
}

// NewKinds collects kinds. It panics on what only a programmer can get wrong:
// two kinds of one name, a field of a type that an argument cannot have, a
// default that does not decode.
func NewKinds(kinds ...Kind) Kinds {
	ks := Kinds{byName: make(map[string]*kindSchema, len(kinds))}
	for _, k := range kinds {
		s, err := readKind(k)
		if err != nil {
			panic(fmt.Sprintf("step kind %q: %v", k.Name, err))
		}
		if ks.byName[k.Name] != nil {
			panic(fmt.Sprintf("step kind %q: there are two", k.Name))
		}
		ks.byName[k.Name] = s
		ks.names = append(ks.names, k.Name)
	}
	slices.Sort(ks.names)
	return ks
}

// Lookup returns the kind of a name.
func (ks Kinds) Lookup(name string) (Kind, bool) {
	s, ok := ks.byName[name]
	if !ok {
		return Kind{}, false
	}
	return s.Kind, true
}

// Names returns the names of all kinds, sorted.
func (ks Kinds) Names() []string { return slices.Clone(ks.names) }

func readKind(k Kind) (*kindSchema, error) {
	switch {
	case !hclsyntax.ValidIdentifier(k.Name):
		return nil, fmt.Errorf("the name is not an identifier")
	case k.New == nil:
		return nil, errors.New("the function New is missing")
	case k.Timeout < 0:
		return nil, fmt.Errorf("the timeout is negative")
	}
	args, err := argumentsOf(k)
	if err != nil {
		return nil, err
	}
	s := &kindSchema{Kind: k, args: args, body: stepSchema(k, args)}
	// A default that does not decode would otherwise wait for the first runbook.
	step := reflect.ValueOf(k.New())
	for _, a := range args {
		if a.def == cty.NilVal {
			continue
		}
		if err := a.store(step, a.def); err != nil {
			return nil, fmt.Errorf("default of %q: %w", a.name, err)
		}
	}
	if k.Outputs != nil {
		s.outputs, err = readOutputs(reflect.TypeOf(k.Outputs), "out")
	}
	return s, err
}
