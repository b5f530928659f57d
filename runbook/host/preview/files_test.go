package preview_test

import (
	"testing"

	"redbook/runbook/host"
	"redbook/runbook/host/hosttest"
	"redbook/runbook/host/local"
	"redbook/runbook/host/preview"
)

func newPicture(t *testing.T, servers ...host.ServerConfig) *preview.Picture {
	t.Helper()
	m, err := local.New(servers, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return preview.New(m, preview.Options{})
}

func TestFilesContract(t *testing.T) {
	hosttest.Files(t, func(t *testing.T) hosttest.FileMachine { return newPicture(t) })
}
