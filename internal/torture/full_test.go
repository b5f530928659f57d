//go:build torture

package torture

// stride: of so many moments one is attacked.
const stride = 1

// randomRunbooks is how many random runbooks are tried.
const randomRunbooks = "4000"

// randomServerRunbooks is how many are tried on each kind of server.
const randomServerRunbooks = "120"
