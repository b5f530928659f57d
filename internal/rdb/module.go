package rdb

// Opcodes inside of a module's value (rdb.h, RDB_MODULE_OPCODE_*).
const (
	moduleEOF    = 0
	moduleSint   = 1
	moduleUint   = 2
	moduleFloat  = 3
	moduleDouble = 4
	moduleString = 5
)

// A Module is the value of a key that belongs to a module; only the module can decode it.
type Module struct {
	Name    string // the module's type, nine characters
	Version int    // of the type's encoding
}

const moduleAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// moduleName unpacks a type's name of nine characters of six bits each, above ten bits of encoding version
// (module.c, moduleTypeNameByID).
func moduleName(id uint64) string {
	var name [9]byte
	id >>= 10
	for i := len(name) - 1; i >= 0; i-- {
		name[i] = moduleAlphabet[id&63]
		id >>= 6
	}
	return string(name[:])
}

// readModuleID reads which module a key's value is for.
func (r *Reader) readModuleID(at int64, t *tally) (err error) {
	if r.module, err = r.src.count(); err != nil {
		return err
	}
	r.entry.Type = moduleName(r.module)
	t.modules[r.entry.Type]++
	return r.needModule(at, r.entry.Type)
}

// skipKeyMeta passes over what modules attach to a key (Redis 8.6): classes of metadata, framed as module values are.
func (r *Reader) skipKeyMeta() error {
	classes, err := r.src.count()
	if err != nil {
		return err
	}
	for ; classes > 0; classes-- {
		if err := r.src.skip(4); err != nil { // name, version and flags of the class
			return err
		}
		if err := r.skipModuleValue(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) needModule(at int64, name string) error {
	if !r.modules[name] && len(r.modules) == maxModules {
		return unsupported(at, "more than %d modules", maxModules)
	}
	r.modules[name] = true
	return nil
}

// skipModuleAux passes over data that a module keeps outside of the keys.
func (r *Reader) skipModuleAux(at int64) error {
	id, err := r.src.count()
	if err != nil {
		return err
	}
	if err := r.needModule(at, moduleName(id)); err != nil {
		return err
	}
	when, err := r.src.count()
	if err != nil {
		return err
	}
	if when != moduleUint {
		return corrupt(at, "module data of %s without its time of loading", moduleName(id))
	}
	if _, err := r.src.count(); err != nil {
		return err
	}
	return r.skipModuleValue()
}

// skipModuleValue passes over a module's value by the opcodes that frame its parts.
func (r *Reader) skipModuleValue() error {
	for {
		at := r.src.offset()
		op, err := r.src.count()
		if err != nil {
			return err
		}
		switch op {
		case moduleEOF:
			return nil
		case moduleSint, moduleUint:
			_, err = r.src.count()
		case moduleFloat:
			err = r.src.skip(4)
		case moduleDouble:
			err = r.src.skip(8)
		case moduleString:
			err = r.src.skipString()
		default:
			err = corrupt(at, "unknown opcode %d in a module's value", op)
		}
		if err != nil {
			return err
		}
	}
}
