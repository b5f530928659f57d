package runbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// The roots of references.
const (
	rootVar   = "var"
	rootLocal = "local"
	rootRedis = "redis"
	rootStep  = "step"
)

var roots = []string{rootVar, rootLocal, rootRedis, rootStep}

// A reference is the part of a traversal that names a thing of the runbook.
type reference struct {
	root      string
	name      string // of a step its label, KIND.NAME
	attribute string // what of it, "" for the whole
	at        hcl.Range
}

// address is the reference without its attribute.
func (f reference) address() string { return f.root + "." + f.name }

// readReference takes a traversal apart. What names nothing is explained.
func (r *Runbook) readReference(t hcl.Traversal) (reference, *hcl.Diagnostic) {
	f := reference{root: t.RootName(), at: t.SourceRange()}
	words := wordsOf(t)
	switch f.root {
	case rootVar, rootLocal, rootRedis:
		if len(words) < 2 {
			return f, errorAt(f.at, "Incomplete reference", "%q alone is no value: write %s.NAME.", f.root, f.root)
		}
		f.name, words = words[1], words[2:]
	case rootStep:
		if len(words) < 3 {
			return f, errorAt(f.at, "Incomplete reference", "A step is named by its kind and its name: write step.KIND.NAME, and after that the output.")
		}
		f.name, words = words[1]+"."+words[2], words[3:]
	default:
		return f, r.unknownRoot(words, f.at)
	}
	if len(words) > 0 {
		f.attribute = words[0]
	}
	return f, nil
}

// wordsOf returns the leading names of a traversal; step["copy"] counts as step.copy.
func wordsOf(t hcl.Traversal) []string {
	var words []string
	for _, part := range t {
		switch p := part.(type) {
		case hcl.TraverseRoot:
			words = append(words, p.Name)
		case hcl.TraverseAttr:
			words = append(words, p.Name)
		case hcl.TraverseIndex:
			if !p.Key.IsKnown() || p.Key.IsNull() || p.Key.Type() != cty.String {
				return words
			}
			words = append(words, p.Key.AsString())
		default:
			return words
		}
	}
	return words
}

func (r *Runbook) unknownRoot(words []string, at hcl.Range) *hcl.Diagnostic {
	const summary = "Unknown reference"
	root, path := words[0], strings.Join(words, ".")
	switch {
	case len(words) == 1 && r.variable(root) != nil:
		return errorAt(at, summary, "Did you mean var.%s?", root)
	case len(words) == 1 && r.local(root) != nil:
		return errorAt(at, summary, "Did you mean local.%s?", root)
	case len(words) == 1:
		return errorAt(at, summary, "%s is a bare word. Text is written in quotes: %q.", root, root)
	case r.kinds.byName[root] != nil:
		return errorAt(at, summary, "Did you mean step.%s?", path)
	case r.redis(root) != nil:
		return errorAt(at, summary, "Did you mean redis.%s?", path)
	}
	if s := suggest(root, append([]string{"variable", "locals", "steps"}, roots...)); s != "" {
		meant := map[string]string{"variable": rootVar, "locals": rootLocal, "steps": rootStep}[s]
		if meant == "" {
			meant = s
		}
		return errorAt(at, summary, "There is nothing called %q. Did you mean %q?", root, meant)
	}
	return errorAt(at, summary, "There is nothing called %q: a reference begins with var, local, redis or step.", root)
}

// A site is a place in the runbook from which references are made.
type site struct {
	offset int    // what is declared after this byte is not seen
	what   string // as in "… cannot be used in a redis block"
	roots  []string
}

// atEnd is the offset of what is evaluated after all steps.
const atEnd = int(^uint(0) >> 1)

// checkReference looks up what a reference names.
func (r *Runbook) checkReference(f reference, from site) *hcl.Diagnostic {
	var declared hcl.Range
	switch f.root {
	case rootVar:
		if r.variable(f.name) == nil {
			return undeclared(f, "variable", namesOf(r.Variables, (*Variable).name), fmt.Sprintf("variable %q {}", f.name))
		}
		return r.variable(f.name).checkAttribute(f)
	case rootLocal:
		if r.local(f.name) == nil {
			return undeclared(f, "local", namesOf(r.Locals, (*Local).name), fmt.Sprintf("locals { %s = … }", f.name))
		}
		return nil
	case rootRedis:
		b := r.redis(f.name)
		if b == nil {
			return undeclared(f, "redis block", namesOf(r.Redis, (*RedisBlock).name), fmt.Sprintf("redis %q {}", f.name))
		}
		if d := checkAttribute(f, redisExports.names(), "A redis block exports"); d != nil {
			return d
		}
		declared = b.Range
	case rootStep:
		b := r.step(f.name)
		if b == nil {
			return undeclared(f, "step", namesOf(r.Steps, (*StepBlock).Label), "")
		}
		if d := checkAttribute(f, b.schema.outputs.names(), "The outputs of "+b.Kind.Name+" are"); d != nil {
			return d
		}
		declared = b.Range
	}
	if declared.Start.Byte >= from.offset {
		return declaredLater(f.at, f.address(), declared)
	}
	return nil
}

// checkAttribute looks the attribute up where the variable is an object.
func (v *Variable) checkAttribute(f reference) *hcl.Diagnostic {
	if !v.Type.IsObjectType() {
		return nil
	}
	return checkAttribute(f, slices.Sorted(maps.Keys(v.Type.AttributeTypes())), "The attributes of "+f.address()+" are")
}

func undeclared(f reference, what string, names []string, declare string) *hcl.Diagnostic {
	remedy := fmt.Sprintf("Declare it: %s", declare)
	if s := suggest(f.name, names); s != "" {
		remedy = fmt.Sprintf("Did you mean %s.%s?", f.root, s)
	} else if declare == "" {
		remedy = "Steps are named step.KIND.NAME; is the step missing?"
		if len(names) > 0 {
			remedy = "The steps are " + enumerate(names, "and") + "."
		}
	}
	return errorAt(f.at, "Undeclared "+what, "There is no %s %s. %s", what, f.address(), remedy)
}

func declaredLater(at hcl.Range, address string, declared hcl.Range) *hcl.Diagnostic {
	return errorAt(at, "Declared later",
		"%s is declared later, at line %d; steps see only earlier ones. Move one of the two.", address, declared.Start.Line)
}

// checkAttribute looks the attribute up among the names that there are.
func checkAttribute(f reference, names []string, listing string) *hcl.Diagnostic {
	if f.attribute == "" || slices.Contains(names, f.attribute) {
		return nil
	}
	remedy := listing + " " + enumerate(names, "and") + "."
	if s := suggest(f.attribute, names); s != "" {
		remedy = fmt.Sprintf("Did you mean %s.%s?", f.address(), s)
	} else if len(names) == 0 {
		remedy = "This kind of step has no outputs."
	}
	return errorAt(f.at, "Unknown attribute", "%s has no %q. %s", f.address(), f.attribute, remedy)
}
