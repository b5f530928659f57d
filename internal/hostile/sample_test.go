//go:build !torture

package hostile

// tried tells which of many alike cases are tried: one in three here, all of them in `make torture`.
func tried(i int) bool { return i%3 == 0 }
