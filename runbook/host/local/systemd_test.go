package local

import (
	"context"
	"sync"
)

// fakeSystemd answers as systemd does for one unit. It stands in where systemd
// cannot run; what it plays is what a test says, and proves nothing about systemd.
type fakeSystemd struct {
	mu         sync.Mutex
	properties map[string]any
	calls      []string
	onStart    func(*fakeSystemd) (result string) // "": the signal is lost
	onStop     func(*fakeSystemd) (result string)
}

func newFakeSystemd(config string) *fakeSystemd {
	f := &fakeSystemd{properties: map[string]any{
		"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead", "Result": "success",
		"MainPID": uint32(0), "ExecMainPID": uint32(0), "ExecMainStatus": int32(0), "NRestarts": uint32(0),
		"Job":  []any{uint32(0), "/"},
		"User": "redis", "Group": "redis", "WorkingDirectory": "",
		"ExecStart": [][]any{{"/usr/bin/redis-server", []string{"redis-server", config, "--supervised", "systemd", "--daemonize", "no"}, false}},
	}}
	f.onStop = func(f *fakeSystemd) string {
		f.is("inactive", "dead", 0)
		f.properties["Job"] = []any{uint32(0), "/"}
		return "done"
	}
	return f
}

// is sets the state; a pid other than 0 is also that of the last main process.
func (f *fakeSystemd) is(active, sub string, pid int) {
	f.properties["ActiveState"], f.properties["SubState"], f.properties["MainPID"] = active, sub, uint32(pid)
	if pid != 0 {
		f.properties["ExecMainPID"] = uint32(pid)
	}
}

func (f *fakeSystemd) call(name string, do func(*fakeSystemd) string, result chan<- string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
	if r := do(f); r != "" {
		result <- r
	}
	return 7, nil
}

func (f *fakeSystemd) StartUnitContext(_ context.Context, _, mode string, result chan<- string) (int, error) {
	return f.call("start "+mode, f.onStart, result)
}

func (f *fakeSystemd) StopUnitContext(_ context.Context, _, mode string, result chan<- string) (int, error) {
	return f.call("stop "+mode, f.onStop, result)
}

func (f *fakeSystemd) ResetFailedUnitContext(context.Context, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "reset-failed")
	f.is("inactive", "dead", 0)
	return nil
}

func (f *fakeSystemd) GetAllPropertiesContext(context.Context, string) (map[string]any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := map[string]any{}
	for k, v := range f.properties {
		p[k] = v
	}
	return p, nil
}

func (f *fakeSystemd) Close() {}
