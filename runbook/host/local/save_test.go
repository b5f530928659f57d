package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

func TestSave(t *testing.T) {
	for _, inBackground := range []bool{false, true} {
		t.Run(fmt.Sprintf("background %v", inBackground), func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			for n := range 3 { // close together: LASTSAVE tells only seconds
				s.Do(t, "SET", "k", n)
				if err := i.Save(ctx, inBackground); err != nil {
					t.Fatal(err)
				}
				if dirty := infoField(t, i, "rdb_changes_since_last_save"); dirty != "0" {
					t.Errorf("after the save %s changes are unsaved", dirty)
				}
			}
			s.Kill(t)
			s.Start(t)
			if got := s.Do(t, "GET", "k"); got != "2" {
				t.Errorf("k = %v, want 2", got)
			}
		})
	}
}

func infoField(t *testing.T, s host.Server, field string) string {
	t.Helper()
	fields, err := s.Info(background(t))
	if err != nil {
		t.Fatal(err)
	}
	return fields[field]
}

// slowChild makes saves and rewrites take long, so that others meet them.
func slowChild(t *testing.T, s *redistest.Server) {
	t.Helper()
	s.Do(t, "DEBUG", "POPULATE", "300")
	s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "5000") // microseconds a key
}

// A save that runs holds older data; it is waited out.
func TestSaveDuringAnother(t *testing.T) {
	for _, tt := range []struct {
		name       string
		begin      []any
		background bool
	}{
		{"save during bgsave", []any{"BGSAVE"}, false},
		{"bgsave during bgsave", []any{"BGSAVE"}, true},
		{"bgsave during rewrite", []any{"BGREWRITEAOF"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf("enable-debug-command yes"))
			s.Start(t)
			slowChild(t, s)
			i, ctx := instance(t, blockOf(s)), background(t)
			s.Do(t, tt.begin...)
			s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "0")
			s.Do(t, "SET", "late", "v")
			if err := i.Save(ctx, tt.background); err != nil {
				t.Fatal(err)
			}
			s.Kill(t)
			s.Start(t)
			if got := s.Do(t, "GET", "late"); got != "v" {
				t.Errorf("late = %v: the save that ran before was taken for ours", got)
			}
		})
	}
}

func TestSaveFails(t *testing.T) {
	for _, inBackground := range []bool{false, true} {
		t.Run(fmt.Sprintf("background %v", inBackground), func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			blockDump(t, s)
			i, ctx := instance(t, blockOf(s)), background(t)
			mustContain(t, i.Save(ctx, inBackground), `save redis "main"`, "could not write the dump")
			if err := os.RemoveAll(s.Data + "/dump.rdb"); err != nil {
				t.Fatal(err)
			}
			if err := i.Save(ctx, inBackground); err != nil {
				t.Errorf("after the cause is gone: %v", err)
			}
		})
	}
}

func TestRewriteAOF(t *testing.T) {
	for _, running := range []string{"", "BGREWRITEAOF", "BGSAVE"} {
		t.Run("during "+running, func(t *testing.T) {
			s := redistest.New(t, redistest.WithAOF(), redistest.WithoutSave(), redistest.WithConf("enable-debug-command yes"))
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			if running != "" {
				slowChild(t, s)
				s.Do(t, running)
				s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "0")
			}
			before := infoField(t, i, "aof_rewrites")
			if err := i.RewriteAOF(ctx); err != nil {
				t.Fatal(err)
			}
			if after := infoField(t, i, "aof_rewrites"); after == before {
				t.Errorf("aof_rewrites stays %s: no rewrite of our own", after)
			}
			if infoField(t, i, "aof_rewrite_in_progress") != "0" {
				t.Error("a rewrite runs after RewriteAOF")
			}
		})
	}
}

func TestRewriteAOFFails(t *testing.T) {
	s := redistest.New(t, redistest.WithAOF())
	s.Start(t)
	breakRewrites(t, s)
	err := instance(t, blockOf(s)).RewriteAOF(background(t))
	mustContain(t, err, "aof_last_bgrewrite_status", "could not write the AOF at "+s.Data+"/appendonlydir")
	if errors.Is(err, host.ErrDown) || strings.Contains(err.Error(), "start the server") {
		t.Errorf("the server answers, and the error says: %v", err)
	}
}

// breakRewrites puts a directory at the name of each base file to come.
func breakRewrites(t *testing.T, s *redistest.Server) {
	t.Helper()
	for seq := range 20 {
		base := filepath.Join(s.Data, "appendonlydir", fmt.Sprintf("appendonly.aof.%d.base.rdb", seq+1))
		if _, err := os.Lstat(base); err == nil {
			continue
		}
		if err := os.MkdirAll(base+"/x", 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTurnOnAOF(t *testing.T) {
	s := redistest.New(t, redistest.WithoutSave())
	s.Start(t)
	s.Do(t, "SET", "k", "v")
	i, ctx := instance(t, blockOf(s)), background(t)
	for range 2 { // the second time it is on already
		if err := i.SetOption(ctx, "appendonly", "yes"); err != nil {
			t.Fatal(err)
		}
	}
	if got := infoField(t, i, "aof_enabled"); got != "1" {
		t.Errorf("aof_enabled is %s", got)
	}
	s.Kill(t)
	conf, err := os.OpenFile(s.Conf, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(conf, "appendonly yes")
	conf.Close()
	s.Start(t)
	if got := s.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k = %v after a crash right after SetOption: the AOF was not complete", got)
	}
}

// The server tries again for ever, so scheduled is 1 when the failure is seen; after some failures it puts the next try
// off by minutes.
func TestTurnOnAOFFails(t *testing.T) {
	for _, failures := range []int{0, 1, 6} {
		t.Run(fmt.Sprintf("after %d failures", failures), func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			breakRewrites(t, s)
			for range failures {
				if i.RewriteAOF(ctx) == nil {
					t.Fatal("the AOF was written")
				}
			}
			mustContain(t, i.SetOption(ctx, "appendonly", "yes"), "set option appendonly", "could not write the AOF")
		})
	}
}
