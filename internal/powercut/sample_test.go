//go:build !torture

package powercut

// How much is tried.
const (
	randomRunbooks = 12
	imagesPerRun   = 20
	imagesPerPlay  = 60
	killsPerPlay   = 10
)
