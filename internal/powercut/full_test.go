//go:build torture

package powercut

// How much is tried.
const (
	randomRunbooks = 300
	imagesPerRun   = 60
	imagesPerPlay  = 5000
	killsPerPlay   = 1000
)
