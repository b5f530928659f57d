package runbook

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns a runbook in native syntax in the canonical layout: spaces as
// hclwrite sets them, one newline at the end. It changes no token.
func Format(src []byte) []byte {
	out := bytes.TrimRight(hclwrite.Format(src), "\r\n")
	return append(out, '\n')
}
