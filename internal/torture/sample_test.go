//go:build !torture

package torture

// stride: of so many moments one is attacked. It shares no factor with the
// rhythm of a run, so that over all scenes every kind of moment has its turn.
const stride = 23

// randomRunbooks is how many random runbooks are tried.
const randomRunbooks = "150"

// randomServerRunbooks is how many are tried on each kind of server.
const randomServerRunbooks = "3"
