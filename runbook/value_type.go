package runbook

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"

	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
)

// A valueType pairs a Go type that an argument or an output may have with its
// type in the language.
type valueType struct {
	name    string // as the reference and the diagnostics call it
	example string // how a value is written
	cty     cty.Type
	// set stores a wholly known value, neither null nor marked, of type cty.
	// Its error is a sentence that holds the remedy.
	set func(to reflect.Value, v cty.Value) error
	get func(from reflect.Value) cty.Value
}

var secretType = reflect.TypeFor[host.Secret]()

// argumentTypes are the types of a Step's fields, Late and pointers taken off.
var argumentTypes = map[reflect.Type]valueType{
	reflect.TypeFor[string]():            {"string", `"text"`, cty.String, setString, getString},
	reflect.TypeFor[bool]():              {"bool", `true or false`, cty.Bool, setBool, getBool},
	reflect.TypeFor[int64]():             {"whole number", `42`, cty.Number, setInt, getInt},
	reflect.TypeFor[float64]():           {"number", `0.5`, cty.Number, setFloat, getFloat},
	reflect.TypeFor[time.Duration]():     {"duration", `"30s", "5m" or "1h30m"`, cty.String, setDuration, nil},
	reflect.TypeFor[[]string]():          {"list of strings", `["a", "b"]`, cty.List(cty.String), setList, getList},
	reflect.TypeFor[map[string]string](): {"map of strings", `{ name = "text" }`, cty.Map(cty.String), setMap, getStringMap},
	secretType:                           {"secret", `var.NAME of a sensitive variable`, cty.String, setSecret, nil},
}

// outputTypes are the types of the fields of a Kind's Outputs and of a
// host.Description, Late taken off.
var outputTypes = map[reflect.Type]valueType{
	reflect.TypeFor[string]():            {name: "string", cty: cty.String, get: getString},
	reflect.TypeFor[bool]():              {name: "bool", cty: cty.Bool, get: getBool},
	reflect.TypeFor[int]():               {name: "whole number", cty: cty.Number, get: getInt},
	reflect.TypeFor[int64]():             {name: "whole number", cty: cty.Number, get: getInt},
	reflect.TypeFor[float64]():           {name: "number", cty: cty.Number, get: getFloat},
	reflect.TypeFor[[]string]():          {name: "list of strings", cty: cty.List(cty.String), get: getList},
	reflect.TypeFor[map[string]string](): {name: "map of strings", cty: cty.Map(cty.String), get: getStringMap},
	reflect.TypeFor[map[string]int64]():  {name: "map of whole numbers", cty: cty.Map(cty.Number), get: getIntMap},
}

func setString(to reflect.Value, v cty.Value) error {
	to.SetString(v.AsString())
	return nil
}

func setBool(to reflect.Value, v cty.Value) error {
	to.SetBool(v.True())
	return nil
}

func setInt(to reflect.Value, v cty.Value) error {
	i, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact {
		return errors.New("it must be a whole number that fits into 64 bits, such as 42")
	}
	to.SetInt(i)
	return nil
}

func setFloat(to reflect.Value, v cty.Value) error {
	f, _ := v.AsBigFloat().Float64()
	if math.IsInf(f, 0) {
		return errors.New("the number is too large")
	}
	to.SetFloat(f)
	return nil
}

func setDuration(to reflect.Value, v cty.Value) error {
	d, err := parseDuration(v.AsString())
	if err != nil {
		return err
	}
	to.SetInt(int64(d))
	return nil
}

// parseDuration reads a duration as time.ParseDuration does; negative ones are refused.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf(`%q is not a duration: write a number and a unit (ms, s, m or h), such as "30s", "5m" or "1h30m"`, text)
	case d < 0:
		return 0, fmt.Errorf(`%q is negative: write a duration such as "30s"`, text)
	}
	return d, nil
}

func setList(to reflect.Value, v cty.Value) error {
	list := make([]string, 0, v.LengthInt())
	for _, e := range v.AsValueSlice() {
		if e.IsNull() {
			return errors.New("an element is null: leave it out, or use compact() to drop empty ones")
		}
		list = append(list, e.AsString())
	}
	to.Set(reflect.ValueOf(list))
	return nil
}

func setMap(to reflect.Value, v cty.Value) error {
	m := make(map[string]string, v.LengthInt())
	for k, e := range v.AsValueMap() {
		if e.IsNull() {
			return fmt.Errorf("the element %q is null: leave it out", k)
		}
		m[k] = e.AsString()
	}
	to.Set(reflect.ValueOf(m))
	return nil
}

func setSecret(to reflect.Value, v cty.Value) error {
	to.Set(reflect.ValueOf(host.NewSecret(v.AsString())))
	return nil
}

func getString(from reflect.Value) cty.Value { return cty.StringVal(from.String()) }
func getBool(from reflect.Value) cty.Value   { return cty.BoolVal(from.Bool()) }
func getInt(from reflect.Value) cty.Value    { return cty.NumberIntVal(from.Int()) }
func getFloat(from reflect.Value) cty.Value  { return cty.NumberFloatVal(from.Float()) }

func getList(from reflect.Value) cty.Value {
	if from.Len() == 0 {
		return cty.ListValEmpty(cty.String)
	}
	list := make([]cty.Value, from.Len())
	for i := range list {
		list[i] = cty.StringVal(from.Index(i).String())
	}
	return cty.ListVal(list)
}

func getStringMap(from reflect.Value) cty.Value { return getMap(from, cty.String, getString) }
func getIntMap(from reflect.Value) cty.Value    { return getMap(from, cty.Number, getInt) }

func getMap(from reflect.Value, element cty.Type, get func(reflect.Value) cty.Value) cty.Value {
	if from.Len() == 0 {
		return cty.MapValEmpty(element)
	}
	m := make(map[string]cty.Value, from.Len())
	for it := from.MapRange(); it.Next(); {
		m[it.Key().String()] = get(it.Value())
	}
	return cty.MapVal(m)
}
