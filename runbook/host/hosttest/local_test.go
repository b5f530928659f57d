package hosttest_test

import (
	"testing"

	"redbook/runbook/host/hosttest"
	"redbook/runbook/host/local"
)

func TestLocalFiles(t *testing.T) {
	hosttest.Files(t, func(t *testing.T) hosttest.FileMachine {
		m, err := local.New(nil, local.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		return m
	})
}
