package runbook

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"redbook/runbook/host"
)

// A Scope evaluates the blocks of a runbook, in file order, as what they refer
// to becomes known. It is used by one goroutine.
type Scope struct {
	runbook   *Runbook
	env       Environment
	vars      map[string]cty.Value
	redis     map[string]cty.Value
	steps     map[string]cty.Value // by label
	functions map[string]function.Function

	// validating: variables have no values, so an unknown one is no mistake,
	// and no secret is read.
	validating bool
}

// NewScope returns a Scope in which no step has run. The values of all
// variables must be there; Resolve makes them.
func (r *Runbook) NewScope(vars Variables, env Environment) (*Scope, hcl.Diagnostics) {
	s := r.newScope(env, false)
	for _, v := range r.Variables {
		val, ok := vars.byName[v.Name]
		if !ok {
			return nil, hcl.Diagnostics{missingVariable(v)}
		}
		s.vars[v.Name] = val
	}
	return s, nil
}

func (r *Runbook) newScope(env Environment, validating bool) *Scope {
	s := &Scope{
		runbook:    r,
		env:        env,
		vars:       map[string]cty.Value{},
		redis:      map[string]cty.Value{},
		steps:      map[string]cty.Value{},
		functions:  functions(env, validating),
		validating: validating,
	}
	for _, b := range r.Redis {
		s.redis[b.Name] = redisExports.unknown()
	}
	for _, b := range r.Steps {
		s.steps[b.Label()] = b.schema.outputs.unknown()
	}
	return s
}

// SetRedis makes the exports of a redis block known. It panics when the
// runbook has no such block.
func (s *Scope) SetRedis(name string, d host.Description) {
	if _, ok := s.redis[name]; !ok {
		panic(fmt.Sprintf("set redis: no block %q", name))
	}
	s.redis[name] = redisExports.object(d)
}

// evaluate returns the value of an expression. Diagnostics about sensitive
// values tell nothing of them.
func (s *Scope) evaluate(e hcl.Expression) (cty.Value, hcl.Diagnostics) {
	if isLiteral(e) {
		return e.Value(nil)
	}
	ctx, diags := s.context(e)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	val, more := e.Value(ctx)
	if s.touchesSensitive(e, ctx) {
		more = redact(more)
	}
	return val, append(diags, more...)
}

// context builds what an expression can see. Locals are evaluated when they
// are needed, with what is known then.
func (s *Scope) context(e hcl.Expression) (*hcl.EvalContext, hcl.Diagnostics) {
	c := &contextBuilder{scope: s, locals: map[string]cty.Value{}}
	c.addLocals(e)
	return c.build(e), c.diags
}

type contextBuilder struct {
	scope  *Scope
	locals map[string]cty.Value
	diags  hcl.Diagnostics
}

// addLocals evaluates the locals that an expression refers to. The runbook was
// checked: there are no cycles.
func (c *contextBuilder) addLocals(e hcl.Expression) {
	for _, t := range e.Variables() {
		words := wordsOf(t)
		if len(words) < 2 || words[0] != rootLocal {
			continue
		}
		l := c.scope.runbook.local(words[1])
		if _, done := c.locals[words[1]]; done || l == nil {
			continue
		}
		c.addLocals(l.expr)
		ctx := c.build(l.expr)
		val, diags := l.expr.Value(ctx)
		if c.scope.touchesSensitive(l.expr, ctx) {
			diags = redact(diags)
		}
		c.locals[l.Name] = val
		c.diags = append(c.diags, diags...)
	}
}

// build makes the context of one expression: only what it refers to, since a
// runbook may have many thousand steps.
func (c *contextBuilder) build(e hcl.Expression) *hcl.EvalContext {
	ctx := &hcl.EvalContext{Functions: c.scope.functions, Variables: map[string]cty.Value{}}
	for _, t := range e.Variables() {
		root := t.RootName()
		if _, done := ctx.Variables[root]; done {
			continue
		}
		switch root {
		case rootVar:
			ctx.Variables[root] = cty.ObjectVal(c.scope.vars)
		case rootLocal:
			ctx.Variables[root] = cty.ObjectVal(c.locals)
		case rootRedis:
			ctx.Variables[root] = cty.ObjectVal(c.scope.redis)
		case rootStep:
			ctx.Variables[root] = c.scope.referredSteps(e)
		}
	}
	return ctx
}

// referredSteps is the object "step" as far as an expression refers to it; all
// of it where the expression computes which step it means.
func (s *Scope) referredSteps(e hcl.Expression) cty.Value {
	kinds := map[string]map[string]cty.Value{}
	add := func(b *StepBlock) {
		if kinds[b.Kind.Name] == nil {
			kinds[b.Kind.Name] = map[string]cty.Value{}
		}
		kinds[b.Kind.Name][b.Name] = s.steps[b.Label()]
	}
	for _, t := range e.Variables() {
		words := wordsOf(t)
		if words[0] != rootStep {
			continue
		}
		if len(words) >= 3 {
			if b := s.runbook.step(words[1] + "." + words[2]); b != nil {
				add(b)
			}
			continue
		}
		for _, b := range s.runbook.Steps {
			add(b)
		}
	}
	steps := make(map[string]cty.Value, len(kinds))
	for kind, named := range kinds {
		steps[kind] = cty.ObjectVal(named)
	}
	return cty.ObjectVal(steps)
}
