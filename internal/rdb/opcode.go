package rdb

import (
	"encoding/binary"
	"math"
)

// readOpcode reads one record that is not a key.
func (r *Reader) readOpcode(at int64, op byte) error {
	if r.isAttribute(op) {
		r.attached = true
		return r.readAttribute(op)
	}
	if r.attached {
		return corrupt(at, "opcode %d where a key was announced", op)
	}
	switch op {
	case opAux:
		return r.readAux()
	case opSelectDB:
		return r.readSelect(at)
	case opResizeDB:
		return r.skipCounts(2)
	case opSlotInfo:
		return r.skipCounts(3)
	case opFunction2:
		return r.readLibrary()
	case opFunctionOld:
		return unsupported(at, "function in the format of Redis 7.0's release candidates, which no released server reads")
	case opModuleAux:
		return r.skipModuleAux(at)
	case opKeyMeta:
		if r.sum.Valkey {
			return r.skipSlotImport()
		}
	}
	return unsupported(at, "unknown opcode %d", op)
}

// isAttribute says whether a record is about the key that follows.
func (r *Reader) isAttribute(op byte) bool {
	switch op {
	case opExpireMillis, opExpire, opIdle, opFreq:
		return true
	case opKeyMeta:
		return !r.sum.Valkey && r.sum.Version >= firstWithKeyMeta
	}
	return false
}

// readAttribute reads what a dump says of a key before the key.
func (r *Reader) readAttribute(op byte) error {
	switch op {
	case opExpireMillis:
		t, err := r.src.millis()
		r.expiry, r.expires = t, true
		return err
	case opExpire:
		p, err := r.src.take(4)
		if err != nil {
			return err
		}
		r.expiry, r.expires = int64(int32(binary.LittleEndian.Uint32(p)))*1000, true
		return nil
	case opIdle:
		return r.skipCounts(1)
	case opKeyMeta:
		return r.skipKeyMeta()
	}
	_, err := r.src.byte() // opFreq
	return err
}

func (r *Reader) readSelect(at int64) error {
	n, err := r.src.count()
	if err == nil && n > math.MaxInt32 {
		err = corrupt(at, "database %d", n)
	}
	r.db, r.current = n, nil
	return err
}

// readAux keeps an auxiliary field; such fields are free for anyone to add, and must be ignored when unknown.
func (r *Reader) readAux() error {
	var field [2]string
	keep := len(r.sum.Aux) < maxAuxes
	for i := range field {
		p, fits, err := r.src.shortString(maxAux)
		if err != nil {
			return err
		}
		field[i] = string(p)
		keep = keep && fits
	}
	if keep {
		r.sum.Aux[field[0]] = field[1]
	}
	return nil
}

func (r *Reader) skipCounts(n int) error {
	for range n {
		if _, err := r.src.count(); err != nil {
			return err
		}
	}
	return nil
}

// skipSlotImport passes over Valkey's record of an atomic slot migration: a job's name and ranges of slots.
func (r *Reader) skipSlotImport() error {
	if err := r.src.skipString(); err != nil {
		return err
	}
	n, err := r.src.count()
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if err := r.skipCounts(2); err != nil {
			return err
		}
	}
	return nil
}
