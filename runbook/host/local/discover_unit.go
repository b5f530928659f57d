package local

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/dbus"
)

// A unitLister is what the search asks of systemd: these methods of *dbus.Conn.
type unitLister interface {
	ListUnitsContext(ctx context.Context) ([]dbus.UnitStatus, error)
	ListUnitFilesContext(ctx context.Context) ([]dbus.UnitFile, error)
	GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error)
}

// discoverUnits finds the units where systemd runs; elsewhere there are none.
func discoverUnits(ctx context.Context) ([]Found, error) {
	if _, err := os.Stat("/run/systemd/system"); err != nil { // sd_booted(3)
		return nil, nil
	}
	bus, err := dbus.NewWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to systemd: %w", err)
	}
	defer bus.Close()
	return findUnits(ctx, bus)
}

// findUnits looks at the command of every service. Names that mean the same unit count once.
func findUnits(ctx context.Context, bus unitLister) ([]Found, error) {
	names, err := serviceNames(ctx, bus)
	if err != nil {
		return nil, err
	}
	found := map[string]Found{}
	for _, name := range names {
		properties, err := bus.GetAllPropertiesContext(ctx, name)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			continue // it went away meanwhile, or its file is broken
		}
		st := readUnitState(properties)
		if st.loadState != "loaded" || !isServer(st.launch.command) {
			continue
		}
		if id := property[string](properties, "Id"); id != "" {
			name = id
		}
		found[name] = foundUnit(name, st, property[[]string](properties, "DropInPaths"))
	}
	var list []Found
	for _, f := range found {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Found) int { return strings.Compare(a.Service, b.Service) })
	return list, nil
}

// serviceNames are the services that are loaded, among them instances of templates,
// and those that have only a file.
func serviceNames(ctx context.Context, bus unitLister) ([]string, error) {
	units, err := bus.ListUnitsContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	files, err := bus.ListUnitFilesContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("list unit files: %w", err)
	}
	var names []string
	for _, u := range units {
		names = append(names, u.Name)
	}
	for _, f := range files {
		if name := f.Path[strings.LastIndexByte(f.Path, '/')+1:]; !strings.Contains(name, "@.") {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".service") })
	slices.Sort(names)
	return slices.Compact(names), nil
}

func foundUnit(name string, st unitState, dropIns []string) Found {
	f := Found{
		Service: name, DropIns: dropIns, PID: st.mainPID,
		Command: st.launch.command, Dir: st.launch.dir, User: st.launch.user,
	}
	f.Config, _ = parseCommand(f.Command)
	if conf, err := loadOverridden(f.Config, f.Command); err == nil {
		f.listens(conf)
	}
	return f
}
