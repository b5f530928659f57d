//go:build torture

package powercut

// How much is tried.
const (
	randomRunbooks = 60
	imagesPerRun   = 30
	killsPerRun    = 4
	imagesPerPlay  = 1200
	killsPerPlay   = 40
)
