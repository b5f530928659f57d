// Package torture attacks runs: it kills redbook at every moment of a run of the
// shipped runbooks on a real redis-server, makes every change fail, and then
// holds what resume and roll-back make of it against a run that was left alone.
//
// It has tests only. `make test` attacks a sample of the moments, the build tag
// torture all of them.
package torture
