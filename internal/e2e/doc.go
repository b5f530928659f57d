// Package e2e proves redbook on real Debian hosts: the program itself, its
// runbooks, and Redis or Valkey as the distribution ships them, under systemd with
// the unit's whole sandbox. Its tests have the build tag e2e, take root, and boot
// their hosts with package nspawn:
//
//	go test -tags e2e -timeout 40m ./internal/e2e
//
// At the end they print a table with one row a case. It knows redbook by its
// command line alone.
package e2e
