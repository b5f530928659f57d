//go:build torture || e2e

package local

const cuts = 100
