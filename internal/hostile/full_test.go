//go:build torture

package hostile

// tried tells which of many alike cases are tried: all of them.
func tried(int) bool { return true }
