package runbook

import "reflect"

// An ArgumentDoc describes one argument of a step kind.
type ArgumentDoc struct {
	Name     string
	Type     string // such as "string", "duration", "list of strings"
	Required bool
	Default  string   // as the tag writes it; "" when there is none
	OneOf    []string // the only values that are possible
	Late     bool     // the value may be known only in the run
	Doc      string
}

// An OutputDoc describes one output of a step kind, or one export of a redis block.
type OutputDoc struct {
	Name string
	Type string
	Late bool // a plan may not know it
	Doc  string
}

// Arguments describes the arguments of the kind in the order of its fields. It
// panics on tags that NewKinds would panic on.
func (k Kind) Arguments() []ArgumentDoc {
	args, err := argumentsOf(k)
	if err != nil {
		panic(err)
	}
	docs := make([]ArgumentDoc, len(args))
	for i, a := range args {
		docs[i] = ArgumentDoc{
			Name: a.name, Type: a.typ.name, Required: a.required,
			Default: a.fallback, OneOf: a.oneOf, Late: a.late, Doc: a.doc,
		}
	}
	return docs
}

// MetaArguments describes the arguments that every step has, whatever its kind.
func MetaArguments() []ArgumentDoc {
	return []ArgumentDoc{
		{Name: "when", Type: "bool", Default: "true", Late: true, Doc: "Whether the step runs; when not, its outputs are null"},
		{Name: "timeout", Type: "duration", Doc: "How long one attempt may take; each kind has a default"},
		{Name: "on_failure", Type: "string", Default: OnFailureRollback, OneOf: failurePolicies, Doc: "What to do when the step fails"},
		{Name: "redis", Type: "name of a redis block", Doc: "The server that the step is about; needed where the runbook has several"},
		{Name: "description", Type: "string", Doc: "What plans and runs show of the step besides its address"},
		{Name: "retry", Type: "block", Doc: "How often to try: attempts counts the first one too; delay is how long to wait before each further one, 1s unless given"},
	}
}

// OutputsDoc describes the outputs of the kind in the order of its fields.
func (k Kind) OutputsDoc() []OutputDoc {
	if k.Outputs == nil {
		return nil
	}
	return mustReadOutputs(reflect.TypeOf(k.Outputs), "out").docs()
}

// RedisExports describes what every redis block exports.
func RedisExports() []OutputDoc { return redisExports.docs() }

func (s outputSchema) docs() []OutputDoc {
	docs := make([]OutputDoc, len(s.fields))
	for i, f := range s.fields {
		docs[i] = OutputDoc{Name: f.name, Type: f.typ.name, Late: f.late, Doc: f.doc}
	}
	return docs
}
