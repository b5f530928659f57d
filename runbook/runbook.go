package runbook

import (
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A Runbook is a file read and checked as far as that is possible without
// values; nothing is evaluated yet.
type Runbook struct {
	Path        string
	Source      []byte
	Description string
	Variables   []*Variable
	Locals      []*Local
	Redis       []*RedisBlock
	Steps       []*StepBlock // in file order, the order in which they run
	Outputs     []*OutputBlock

	kinds Kinds
	files map[string]*hcl.File
}

// Files returns the sources that diagnostics can point into, by name.
func (r *Runbook) Files() map[string]*hcl.File { return r.files }

// A Local is one argument of a locals block: an expression with a name.
type Local struct {
	Name  string
	Range hcl.Range
	expr  hcl.Expression
}

// A RedisBlock names a server that steps are about.
type RedisBlock struct {
	Name  string
	Range hcl.Range // the block's header

	args    hcl.Attributes
	tls     *hcl.BodyContent // nil without the block
	process *hcl.BodyContent
}

// A StepBlock is one step as the runbook has it: its arguments are expressions.
type StepBlock struct {
	Kind  Kind
	Name  string
	Range hcl.Range // the block's header

	schema *kindSchema
	args   hcl.Attributes // its own and those that every step has
	retry  *hcl.BodyContent
	redis  string // the redis block that it is about, "" for none
}

// Address is how messages and the command line name the step: step.copy.dump.
func (b *StepBlock) Address() string { return "step." + b.Label() }

// Label is the address without its first word: copy.dump.
func (b *StepBlock) Label() string { return b.Kind.Name + "." + b.Name }

// An OutputBlock is a value that a run ends with.
type OutputBlock struct {
	Name        string
	Description string
	Sensitive   bool
	Range       hcl.Range
	value       hcl.Expression
}

// An OutputValue is the value of an output block. A sensitive one is marked,
// so that encoding it fails.
type OutputValue struct {
	Name        string
	Description string
	Sensitive   bool
	Value       cty.Value // unknown in a plan that cannot know it
}

// What to do when a step failed.
const (
	OnFailureRollback = "rollback"
	OnFailureStop     = "stop"
	OnFailureContinue = "continue"
)

var failurePolicies = []string{OnFailureRollback, OnFailureStop, OnFailureContinue}

// A Call is a step with its arguments evaluated, ready to be run.
type Call struct {
	Step        Step          // nil when When is known to be false
	When        Late[bool]    // unknown only in a plan
	Timeout     time.Duration // of one attempt; 0: none
	Attempts    int           // at least 1
	Delay       time.Duration // between attempts
	OnFailure   string
	Redis       string // "" when the step is about none
	Description string
}

// find functions: nil when there is none of the name.

func (r *Runbook) variable(name string) *Variable { return find(r.Variables, name, (*Variable).name) }
func (r *Runbook) local(name string) *Local       { return find(r.Locals, name, (*Local).name) }
func (r *Runbook) redis(name string) *RedisBlock  { return find(r.Redis, name, (*RedisBlock).name) }
func (r *Runbook) step(label string) *StepBlock   { return find(r.Steps, label, (*StepBlock).Label) }

func (v *Variable) name() string   { return v.Name }
func (l *Local) name() string      { return l.Name }
func (b *RedisBlock) name() string { return b.Name }

func find[T any](list []*T, name string, of func(*T) string) *T {
	for _, x := range list {
		if of(x) == name {
			return x
		}
	}
	return nil
}

func namesOf[T any](list []*T, of func(*T) string) []string {
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = of(x)
	}
	return names
}
