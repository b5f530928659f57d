package runbook

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var runbookSchema = blockSchema{
	subject: "a runbook file",
	blocks: []hcl.BlockHeaderSchema{
		{Type: "runbook"},
		{Type: "variable", LabelNames: []string{"name"}},
		{Type: "locals"},
		{Type: "redis", LabelNames: []string{"name"}},
		{Type: "step", LabelNames: []string{"kind", "name"}},
		{Type: "output", LabelNames: []string{"name"}},
	},
}

// Load reads a runbook: native syntax, or JSON when path ends in .json. It
// makes all checks that need no values: names, arguments, references, order.
// The Runbook is never nil, since its Files are needed to print the
// diagnostics; it is of no other use when there are errors.
func Load(path string, src []byte, kinds Kinds) (*Runbook, hcl.Diagnostics) {
	r := &Runbook{Path: path, Source: src, kinds: kinds}
	r.files = map[string]*hcl.File{}
	file, diags := r.parse(path, src)
	if diags.HasErrors() {
		return r, diags
	}
	start := hcl.Range{Filename: path, Start: hcl.InitialPos, End: hcl.InitialPos}
	content, more := runbookSchema.read(file.Body, start)
	diags = append(diags, more...)
	for _, b := range content.Blocks {
		diags = append(diags, r.addBlock(b)...)
	}
	switch {
	case len(content.Blocks) == 0 && !diags.HasErrors():
		diags = append(diags, errorAt(start, "Empty runbook",
			"The file holds no blocks. A runbook has a redis block and at least one step; see the runbooks directory for ones to start from."))
	case len(r.Steps) == 0 && !diags.HasErrors():
		diags = append(diags, errorAt(start, "No steps",
			"The runbook has nothing to do: add a block such as step \"save\" \"dump\" {}. The kinds of steps are %s.", enumerate(kinds.names, "and")))
	}
	diags = append(diags, r.checkNames()...)
	if !diags.HasErrors() {
		diags = append(diags, r.checkReferences()...)
	}
	sortByRange(diags)
	return r, diags
}

func (r *Runbook) addBlock(b *hcl.Block) hcl.Diagnostics {
	switch b.Type {
	case "runbook":
		return r.addRunbook(b)
	case "variable":
		return r.addVariable(b)
	case "locals":
		return r.addLocals(b)
	case "redis":
		return r.addRedis(b)
	case "step":
		return r.addStep(b)
	default:
		return r.addOutput(b)
	}
}

func (r *Runbook) addRunbook(b *hcl.Block) hcl.Diagnostics {
	content, diags := blockSchema{subject: "the runbook block", optional: []string{"description"}}.read(b.Body, b.DefRange)
	text, more := literalString(content.Attributes["description"])
	r.Description = text
	return append(diags, more...)
}

func (r *Runbook) addLocals(b *hcl.Block) hcl.Diagnostics {
	attrs, diags := b.Body.JustAttributes()
	if _, native := b.Body.(*hclsyntax.Body); native {
		for _, d := range diags { // blocks are all that native syntax can have wrong here
			d.Summary = "Block in locals"
			d.Detail = "A locals block holds lines NAME = VALUE only: for several values under one name write NAME = { … } with an equals sign."
		}
	}
	for _, a := range attributesInOrder(attrs) {
		r.Locals = append(r.Locals, &Local{Name: a.Name, Range: a.NameRange, expr: a.Expr})
	}
	return diags
}

func (r *Runbook) addOutput(b *hcl.Block) hcl.Diagnostics {
	schema := blockSchema{subject: "an output block", required: []string{"value"}, optional: []string{"description", "sensitive"}}
	content, diags := schema.read(b.Body, b.DefRange)
	out := &OutputBlock{Name: b.Labels[0], Range: b.DefRange}
	if a := content.Attributes["value"]; a != nil {
		out.value = a.Expr
	}
	var more hcl.Diagnostics
	out.Description, more = literalString(content.Attributes["description"])
	diags = append(diags, more...)
	out.Sensitive, more = literalBool(content.Attributes["sensitive"])
	r.Outputs = append(r.Outputs, out)
	return append(append(diags, more...), checkLabel(b, 0)...)
}

// checkLabel wants a label that a reference can name.
func checkLabel(b *hcl.Block, i int) hcl.Diagnostics {
	if hclsyntax.ValidIdentifier(b.Labels[i]) {
		return nil
	}
	return hcl.Diagnostics{errorAt(b.LabelRanges[i], "Invalid name",
		"%q cannot be the name of a %s: a name begins with a letter and has only letters, digits, - and _.", b.Labels[i], b.Type)}
}
