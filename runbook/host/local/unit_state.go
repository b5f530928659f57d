package local

import "fmt"

// unitState is what systemd says about a unit: properties of the D-Bus interfaces
// org.freedesktop.systemd1.Unit and .Service.
type unitState struct {
	loadState   string
	activeState string // active, activating, deactivating, inactive, failed, ...
	subState    string // running, dead, auto-restart, ...
	result      string // success, exit-code, timeout, start-limit-hit, ...
	exitStatus  int    // ExecMainStatus
	mainPID     int    // 0: none
	execMainPID int    // of the last main process, also when it has ended
	restarts    uint32
	jobID       uint32 // 0: no job pending
	launch      launch
}

// down tells that nothing of the unit runs and systemd will start nothing by itself.
func (st unitState) down() bool {
	return st.activeState == "inactive" || st.activeState == "failed"
}

// looping tells that systemd waits to start again what has just ended.
func (st unitState) looping() bool {
	return st.subState == "auto-restart" || st.subState == "auto-restart-queued"
}

// why puts a failure's signs into words.
func (st unitState) why() string {
	return fmt.Sprintf("ActiveState=%s SubState=%s Result=%s ExecMainStatus=%d NRestarts=%d",
		st.activeState, st.subState, st.result, st.exitStatus, st.restarts)
}

// readUnitState picks the properties; one that is missing is left at zero.
func readUnitState(p map[string]any) unitState {
	st := unitState{
		loadState:   property[string](p, "LoadState"),
		activeState: property[string](p, "ActiveState"),
		subState:    property[string](p, "SubState"),
		result:      property[string](p, "Result"),
		exitStatus:  int(property[int32](p, "ExecMainStatus")),
		mainPID:     int(property[uint32](p, "MainPID")),
		execMainPID: int(property[uint32](p, "ExecMainPID")),
		restarts:    property[uint32](p, "NRestarts"),
		launch: launch{
			command: execStart(p),
			dir:     property[string](p, "WorkingDirectory"),
			user:    property[string](p, "User"),
			group:   property[string](p, "Group"),
		},
	}
	if job := property[[]any](p, "Job"); len(job) > 0 { // (uo): id and path
		st.jobID, _ = job[0].(uint32)
	}
	if st.launch.dir == "" || st.launch.dir[0] != '/' { // "~" and "!/dir" need more than is known here
		st.launch.dir = "/"
	}
	return st
}

func property[T any](p map[string]any, name string) T {
	v, _ := p[name].(T)
	return v
}

// execStart is the argv of the first ExecStart line, a(sasbttttuii): path, argv,
// and what became of it.
func execStart(p map[string]any) []string {
	lines, _ := p["ExecStart"].([][]any)
	if len(lines) == 0 || len(lines[0]) < 2 {
		return nil
	}
	path, _ := lines[0][0].(string)
	argv, _ := lines[0][1].([]string)
	if len(argv) == 0 {
		return nil
	}
	return append([]string{path}, argv[1:]...)
}
