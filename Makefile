# Everything that a person does with a checkout. `make demo` and `make test`
# install redis-server where it is missing and may be installed.

SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -c

GO      ?= go
BIN     := bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build demo test e2e torture lint bench fuzz clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o $(BIN)/redbook ./cmd/redbook

demo: build
	@.ci/need redis-server
	@.ci/demo $(BIN)/redbook

# Else a program with the race detector sleeps for a second when it ends; the tests start a thousand.
RACE := atexit_sleep_ms=0

# These begin first, since they take longest: they wait more than they compute.
LONGEST := ./steps ./cmd/redbook ./runbook/host/local ./internal/torture

test:
	@.ci/need redis-server rdiff-backup sshd
	$(GO) vet ./...
	GORACE=$(RACE) $(GO) test -race -p 4 -timeout 20m $(LONGEST) ./...

# Debian hosts under systemd: made by debootstrap once, kept in the user's cache.
e2e:
	@.ci/need redis-server debootstrap systemd-nspawn
	cd internal/e2e && $(GO) test -tags e2e -timeout 60m -count=1 -parallel 4
	$(GO) test -tags e2e -timeout 60m -count=1 -run 'TestCorpus|TestLoadVersions|TestVerifyDatasetVersions|TestACLRulesOfVersions' \
		./internal/rdb ./runbook/host/local ./steps ./cmd/redbook

# Every moment of every run is attacked, the power is cut everywhere (that needs
# root and /dev/fuse), and thousands of random runbooks run.
torture:
	@.ci/need redis-server rdiff-backup sshd
	$(GO) test -tags torture -timeout 60m -parallel 6 -failfast -v -run . ./internal/torture ./internal/powercut | grep -vE '^ *(=== |--- PASS: .*/)|\[rapid\] (draw)'
	$(GO) test -tags torture -timeout 20m -parallel 6 -run 'TestLoad(CutOff|Killed|OfDump)|TestACLRulesAreMinimal|TestPlanted' ./runbook/host/local ./cmd/redbook ./internal/hostile

lint: $(BIN)/golangci-lint
	$(BIN)/golangci-lint run ./...
	$(BIN)/golangci-lint run --build-tags e2e,torture ./...
	@test -z "$$(gofmt -l cmd runbook steps internal)" || { gofmt -l cmd runbook steps internal; exit 1; }

# The linter has a module of its own, so that its needs are not the product's.
$(BIN)/golangci-lint: .ci/tools/go.mod .ci/tools/go.sum
	cd .ci/tools && $(GO) build -o $(CURDIR)/$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# What speed is worth measuring; writes docs/performance.md and its picture. A machine that does nothing else
# needs about five minutes and 4 GB of memory.
bench:
	@.ci/need redis-server
	$(GO) test -run '^$$' -bench . -benchtime 1x $$(grep -rl --include=*_test.go '^func Benchmark' . | xargs -n1 dirname | sort -u | grep -v internal/bench)
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m -v ./internal/bench -report $(CURDIR)/docs

# Each fuzz target for so many inputs, or for a time such as 10m; a finding is written below testdata/fuzz.
FUZZTIME ?= 2000x
fuzz:
	@set -e; for package in $$(grep -rl --include=*_test.go '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(cat $$package/*_test.go | sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done

clean:
	rm -rf $(BIN)
