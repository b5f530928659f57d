//go:build !torture && !e2e

package local

// cuts is how many loads are broken off; with torture and e2e more are.
const cuts = 25
