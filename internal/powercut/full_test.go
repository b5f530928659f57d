//go:build torture

package powercut

// How much is tried.
const (
	randomRunbooks = 150
	imagesPerRun   = 30
	killsPerRun    = 4
	imagesPerPlay  = 2000
	killsPerPlay   = 40
)
