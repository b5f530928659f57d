package runbook

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A blockSchema says what a body may hold. Content is read by it rather than by
// hcl's own strict decoding, so that each mistake names its remedy.
type blockSchema struct {
	subject  string // how diagnostics call the body: `a redis block`
	required []string
	optional []string
	blocks   []hcl.BlockHeaderSchema
}

func (s blockSchema) arguments() []string { return slices.Concat(s.required, s.optional) }

func (s blockSchema) blockTypes() []string {
	var types []string
	for _, b := range s.blocks {
		types = append(types, b.Type)
	}
	return types
}

func (s blockSchema) hcl() *hcl.BodySchema {
	schema := &hcl.BodySchema{Blocks: s.blocks}
	for _, name := range s.arguments() {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: name})
	}
	return schema
}

// read returns the content of a body. The content is usable, as far as it
// goes, also when there are errors. A missing argument is reported at def.
func (s blockSchema) read(body hcl.Body, def hcl.Range) (*hcl.BodyContent, hcl.Diagnostics) {
	content, rest, diags := body.PartialContent(s.hcl())
	if native, ok := body.(*hclsyntax.Body); ok {
		diags = append(diags, s.checkNative(native)...)
	} else {
		left, more := rest.JustAttributes()
		if !diags.HasErrors() { // a body of the wrong JSON type was reported already
			diags = append(diags, more...)
		}
		for _, a := range attributesInOrder(left) {
			diags = append(diags, s.unexpected(a.Name, a.NameRange, false))
		}
	}
	for _, name := range s.required {
		if content.Attributes[name] == nil {
			diags = append(diags, errorAt(def, "Missing argument",
				"The argument %q is required in %s: add a line %s = ….", name, s.subject, name))
		}
	}
	slices.SortStableFunc(content.Blocks, func(a, b *hcl.Block) int { return a.DefRange.Start.Byte - b.DefRange.Start.Byte })
	return content, append(diags, s.checkSingle(content.Blocks)...)
}

func (s blockSchema) checkNative(body *hclsyntax.Body) hcl.Diagnostics {
	var diags hcl.Diagnostics
	arguments, types := s.arguments(), s.blockTypes()
	for _, a := range body.Attributes {
		if !slices.Contains(arguments, a.Name) {
			diags = append(diags, s.unexpected(a.Name, a.NameRange, false))
		}
	}
	for _, b := range body.Blocks {
		if !slices.Contains(types, b.Type) {
			diags = append(diags, s.unexpected(b.Type, b.TypeRange, true))
		}
	}
	sortByRange(diags)
	return diags
}

// unexpected explains a name that the body must not hold, or not in this form.
func (s blockSchema) unexpected(name string, at hcl.Range, block bool) *hcl.Diagnostic {
	switch {
	case !block && slices.Contains(s.blockTypes(), name):
		return errorAt(at, "Block written as an argument",
			"%q is a block: write %s { … } without the equals sign.", name, name)
	case block && slices.Contains(s.arguments(), name):
		return errorAt(at, "Argument written as a block",
			"%q is an argument: write %s = … with an equals sign.", name, name)
	case block || len(s.arguments()) == 0 && len(s.blocks) > 0:
		return errorAt(at, "Unknown block",
			"There is no block %q in %s. %s", name, s.subject, didYouMean(name, s.blockTypes(), "blocks"))
	}
	known := slices.Concat(s.arguments(), s.blockTypes())
	return errorAt(at, "Unknown argument",
		"There is no argument %q in %s. %s", name, s.subject, didYouMean(name, known, "arguments"))
}

// checkSingle refuses a second block without labels of one type: none may repeat.
func (s blockSchema) checkSingle(blocks hcl.Blocks) hcl.Diagnostics {
	var diags hcl.Diagnostics
	first := map[string]*hcl.Block{}
	for _, b := range blocks {
		if len(b.Labels) > 0 || b.Type == "locals" || b.Type == "validation" {
			continue
		}
		if f := first[b.Type]; f != nil {
			diags = append(diags, errorAt(b.DefRange, fmt.Sprintf("Second %s block", b.Type),
				"%s has one %s block at most, and there is one at line %d: join the two.", s.subject, b.Type, f.DefRange.Start.Line))
			continue
		}
		first[b.Type] = b
	}
	return diags
}

// attributesInOrder returns attributes as the source has them.
func attributesInOrder(attrs hcl.Attributes) []*hcl.Attribute {
	var list []*hcl.Attribute
	for _, a := range attrs {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *hcl.Attribute) int { return a.Range.Start.Byte - b.Range.Start.Byte })
	return list
}
