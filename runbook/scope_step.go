package runbook

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

const (
	defaultDelay = time.Second
	maxAttempts  = 1000
)

// Step evaluates a step block. The arguments of a step whose when is false are
// not looked at: they may well depend on what is not there.
func (s *Scope) Step(b *StepBlock) (Call, hcl.Diagnostics) {
	call := Call{When: Known(true), Timeout: b.Kind.Timeout, Attempts: 1, OnFailure: OnFailureRollback, Redis: b.redis}
	diags := s.meta(b, &call)
	if call.When.Known && !call.When.Value {
		return call, diags
	}
	step, more := s.decode(b)
	call.Step = step
	return call, append(diags, more...)
}

// meta evaluates the arguments that every step has.
func (s *Scope) meta(b *StepBlock, call *Call) hcl.Diagnostics {
	var diags hcl.Diagnostics
	diags = append(diags, s.when(b.args["when"], &call.When)...)
	diags = append(diags, s.duration(b.args["timeout"], &call.Timeout)...)
	diags = append(diags, s.onFailure(b.args["on_failure"], &call.OnFailure)...)
	if a := b.args["description"]; a != nil {
		v, more := s.plain(a, cty.String, `text in quotes`)
		diags = append(diags, more...)
		if v != cty.NilVal {
			call.Description = v.AsString()
		}
	}
	if b.retry != nil {
		call.Delay = defaultDelay
		diags = append(diags, s.attempts(b.retry.Attributes["attempts"], &call.Attempts)...)
		diags = append(diags, s.duration(b.retry.Attributes["delay"], &call.Delay)...)
	}
	return diags
}

func (s *Scope) when(a *hcl.Attribute, to *Late[bool]) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	val, diags := s.evaluate(a.Expr)
	if diags.HasErrors() {
		return diags
	}
	if val.ContainsMarked() {
		return append(diags, errorAt(a.Expr.Range(), "Sensitive value in a plain argument",
			"Whether a step runs is shown to everyone, so when takes no sensitive value. Use a variable that is not sensitive."))
	}
	when, err := boolOf(val)
	if err != nil {
		return append(diags, errorAt(a.Expr.Range(), "Wrong type", "The argument \"when\" is true or false: %s. Compare, as in when = redis.main.aof_enabled == false.", err))
	}
	*to = when
	return diags
}

// boolOf reads an unmarked value that must be true or false, or unknown.
func boolOf(val cty.Value) (Late[bool], error) {
	converted, err := convert.Convert(val, cty.Bool)
	switch {
	case err != nil:
		return Late[bool]{}, fmt.Errorf("this is %s", article(val.Type().FriendlyName()))
	case !converted.IsKnown():
		return Late[bool]{}, nil
	case converted.IsNull():
		return Late[bool]{}, fmt.Errorf("this is null")
	}
	return Known(converted.True()), nil
}

func (s *Scope) onFailure(a *hcl.Attribute, to *string) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	v, diags := s.plain(a, cty.String, `"rollback", "stop" or "continue"`)
	if v == cty.NilVal {
		return diags
	}
	if !slices.Contains(failurePolicies, v.AsString()) {
		return append(diags, errorAt(a.Expr.Range(), "Invalid value", "The argument \"on_failure\" cannot be %q. %s",
			v.AsString(), didYouMean(v.AsString(), failurePolicies, "possible values")))
	}
	*to = v.AsString()
	return diags
}

func (s *Scope) attempts(a *hcl.Attribute, to *int) hcl.Diagnostics {
	v, diags := s.plain(a, cty.Number, `a whole number such as 3`)
	if v == cty.NilVal {
		return diags
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != 0 || n < 1 || n > maxAttempts {
		return append(diags, errorAt(a.Expr.Range(), "Invalid value",
			"The argument \"attempts\" counts all attempts, the first included: write a whole number from 1 to %d.", maxAttempts))
	}
	*to = int(n)
	return diags
}

func (s *Scope) duration(a *hcl.Attribute, to *time.Duration) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	v, diags := s.plain(a, cty.String, `a duration such as "30s" or "5m"`)
	if v == cty.NilVal {
		return diags
	}
	d, err := parseDuration(v.AsString())
	if err == nil && d == 0 && a.Name == "timeout" {
		err = fmt.Errorf("a timeout of nothing would end every step: write a duration such as %q", "5m")
	}
	if err != nil {
		return append(diags, errorAt(a.Expr.Range(), "Invalid duration", "The argument %q: %s.", a.Name, err))
	}
	*to = d
	return diags
}

// neverNull are the required arguments of the language's own blocks, but for
// the command of a process block: null there is as good as no block.
var neverNull = slices.Concat(redisSchema.required, retrySchema.required)

// plain evaluates an argument that must be known, and not sensitive. It
// returns cty.NilVal for null, with errors, and for what validating leaves unknown.
func (s *Scope) plain(a *hcl.Attribute, t cty.Type, want string) (cty.Value, hcl.Diagnostics) {
	val, diags := s.evaluate(a.Expr)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	fake := argument{name: a.Name, required: slices.Contains(neverNull, a.Name), typ: valueType{name: t.FriendlyName(), example: want, cty: t}}
	val, d := s.fit(&fake, a, val)
	switch {
	case d != nil:
		return cty.NilVal, append(diags, d)
	case val == cty.NilVal || val.IsWhollyKnown():
		return val, diags
	case s.validating:
		return cty.NilVal, diags
	}
	return cty.NilVal, append(diags, s.unknownArgument(&fake, a))
}

// SetStep makes the outputs of a step known: a value of the type of its kind's
// Outputs, or a pointer to one. What is Late and not known stays unknown; with
// nil all is. Another type is a programmer's mistake: it panics.
func (s *Scope) SetStep(b *StepBlock, outputs any) {
	s.steps[b.Label()] = b.schema.outputs.object(outputs)
}

// SetUnknown says that only the run can tell the outputs of a step.
func (s *Scope) SetUnknown(b *StepBlock) { s.steps[b.Label()] = b.schema.outputs.unknown() }

// SetSkipped says that a step was skipped: its outputs are null.
func (s *Scope) SetSkipped(b *StepBlock) { s.steps[b.Label()] = b.schema.outputs.null() }

// SaveStep encodes the outputs of a step. What is unknown is left out.
func (s *Scope) SaveStep(b *StepBlock) (json.RawMessage, error) {
	saved := map[string]json.RawMessage{}
	for name, v := range s.steps[b.Label()].AsValueMap() {
		if !v.IsWhollyKnown() {
			continue
		}
		raw, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			return nil, fmt.Errorf("encode output %s of %s: %w", name, b.Address(), err)
		}
		saved[name] = raw
	}
	return json.Marshal(saved)
}

// LoadStep makes the outputs known that SaveStep encoded.
func (s *Scope) LoadStep(b *StepBlock, saved json.RawMessage) error {
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(saved, &values); err != nil {
		return fmt.Errorf("decode outputs of %s: %w", b.Address(), err)
	}
	var failed error
	s.steps[b.Label()] = b.schema.outputs.fill(func(f outputField) cty.Value {
		raw, ok := values[f.name]
		if !ok {
			return cty.UnknownVal(f.typ.cty)
		}
		v, err := ctyjson.Unmarshal(raw, f.typ.cty)
		if err != nil {
			failed = fmt.Errorf("decode output %s of %s: %w", f.name, b.Address(), err)
			return cty.UnknownVal(f.typ.cty)
		}
		return v
	})
	return failed
}

// Outputs evaluates the output blocks.
func (s *Scope) Outputs() ([]OutputValue, hcl.Diagnostics) {
	var values []OutputValue
	var diags hcl.Diagnostics
	for _, b := range s.runbook.Outputs {
		val, more := s.evaluate(b.value)
		diags = append(diags, more...)
		switch {
		case more.HasErrors():
			continue
		case val.ContainsMarked() && !b.Sensitive:
			diags = append(diags, errorAt(b.value.Range(), "Sensitive output",
				"The output %q holds a sensitive value: add sensitive = true to its block, and it is not shown.", b.Name))
			continue
		case b.Sensitive:
			val = val.Mark(sensitiveMark{})
		}
		values = append(values, OutputValue{Name: b.Name, Description: b.Description, Sensitive: b.Sensitive, Value: val})
	}
	return values, diags
}
