//go:build torture

package torture

// stride: of so many moments one is attacked.
const stride = 1
