package runbook

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// metaArguments are the arguments that every step has.
var metaArguments = []string{"when", "timeout", "on_failure", "redis", "description"}

var retrySchema = blockSchema{subject: "a retry block", required: []string{"attempts"}, optional: []string{"delay"}}

func isMetaArgument(name string) bool { return name == "retry" || slices.Contains(metaArguments, name) }

// stepSchema says what a step block of a kind may hold.
func stepSchema(k Kind, args []argument) blockSchema {
	s := blockSchema{
		subject: "a step of kind " + k.Name,
		blocks:  []hcl.BlockHeaderSchema{{Type: "retry"}},
	}
	for _, a := range args {
		if a.required {
			s.required = append(s.required, a.name)
		} else {
			s.optional = append(s.optional, a.name)
		}
	}
	s.optional = append(s.optional, metaArguments...)
	return s
}

func (r *Runbook) addStep(b *hcl.Block) hcl.Diagnostics {
	kind := r.kinds.byName[b.Labels[0]]
	if kind == nil {
		return hcl.Diagnostics{errorAt(b.LabelRanges[0], "Unknown step kind",
			"There is no kind of step called %q. %s `redbook steps` describes them.", b.Labels[0], didYouMean(b.Labels[0], r.kinds.names, "kinds"))}
	}
	content, diags := kind.body.read(b.Body, b.DefRange)
	step := &StepBlock{Kind: kind.Kind, Name: b.Labels[1], Range: b.DefRange, schema: kind, args: content.Attributes}
	for _, inner := range content.Blocks {
		retry, more := retrySchema.read(inner.Body, inner.DefRange)
		diags = append(diags, more...)
		step.retry = retry
	}
	r.Steps = append(r.Steps, step)
	return append(diags, checkLabel(b, 1)...)
}

// expressions returns all expressions of the block except its choice of redis.
func (b *StepBlock) expressions() []hcl.Expression {
	var list []hcl.Expression
	for _, a := range attributesInOrder(b.args) {
		if a.Name != "redis" {
			list = append(list, a.Expr)
		}
	}
	if b.retry != nil {
		for _, a := range attributesInOrder(b.retry.Attributes) {
			list = append(list, a.Expr)
		}
	}
	return list
}

// chooseRedis finds the redis block that a step is about.
func (r *Runbook) chooseRedis(b *StepBlock) hcl.Diagnostics {
	var chosen *RedisBlock
	at := b.Range
	switch a := b.args["redis"]; {
	case a != nil:
		name, diags := redisName(a)
		if diags.HasErrors() {
			return diags
		}
		at = a.Expr.Range()
		if chosen = r.redis(name); chosen == nil {
			return hcl.Diagnostics{errorAt(at, "Unknown redis block", "There is no redis block %q. %s",
				name, didYouMean(name, namesOf(r.Redis, (*RedisBlock).name), "redis blocks"))}
		}
	case len(r.Redis) == 1:
		chosen = r.Redis[0]
	case b.Kind.NoRedis:
		return nil
	case len(r.Redis) == 0:
		return hcl.Diagnostics{errorAt(at, "No redis block",
			"A step of kind %s is about a Redis server: add a redis \"main\" block with its address before the steps.", b.Kind.Name)}
	default:
		return hcl.Diagnostics{errorAt(at, "Which redis",
			"The runbook has several redis blocks: say which one the step is about with redis = \"NAME\". The names are %s.",
			enumerate(namesOf(r.Redis, (*RedisBlock).name), "and"))}
	}
	if chosen.Range.Start.Byte > b.Range.Start.Byte {
		if b.Kind.NoRedis && b.args["redis"] == nil {
			return nil
		}
		return hcl.Diagnostics{declaredLater(at, "redis."+chosen.Name, chosen.Range)}
	}
	b.redis = chosen.Name
	return nil
}

// redisName reads redis = "main" and redis = redis.main.
func redisName(a *hcl.Attribute) (string, hcl.Diagnostics) {
	if t, diags := hcl.AbsTraversalForExpr(a.Expr); !diags.HasErrors() && t.RootName() == "redis" && len(t) == 2 {
		if attr, ok := t[1].(hcl.TraverseAttr); ok {
			return attr.Name, nil
		}
	}
	return literalString(a)
}
