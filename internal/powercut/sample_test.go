//go:build !torture

package powercut

// How much is tried.
const (
	randomRunbooks = 6
	imagesPerRun   = 10
	killsPerRun    = 1
	imagesPerPlay  = 16
	killsPerPlay   = 3
)
