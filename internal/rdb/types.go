package rdb

// Value types (rdb.h, RDB_TYPE_*).
const (
	typeString         = 0
	typeList           = 1
	typeSet            = 2
	typeZset           = 3
	typeHash           = 4
	typeZset2          = 5
	typeModulePreGA    = 6
	typeModule2        = 7
	typeHashZipmap     = 9
	typeListZiplist    = 10
	typeSetIntset      = 11
	typeZsetZiplist    = 12
	typeHashZiplist    = 13
	typeQuicklist      = 14
	typeStream         = 15
	typeHashListpack   = 16
	typeZsetListpack   = 17
	typeQuicklist2     = 18
	typeStream2        = 19
	typeSetListpack    = 20
	typeStream3        = 21
	typeHashMetaPreGA  = 22 // in a Valkey dump: typeHashValkey
	typeHashPackPreGA  = 23
	typeHashMeta       = 24
	typeHashListpackEx = 25
	typeStream4        = 26
)

// In the file, Valkey 9's hash with field expiries has the number of Redis' typeHashMetaPreGA; here it has its own.
const (
	typeHashValkey = 27
	kindCount      = 28
)

// Opcodes (rdb.h, RDB_OPCODE_*).
const (
	opKeyMeta      = 243 // in Valkey: a slot that is being imported
	opSlotInfo     = 244
	opFunction2    = 245
	opFunctionOld  = 246
	opModuleAux    = 247
	opIdle         = 248
	opFreq         = 249
	opAux          = 250
	opResizeDB     = 251
	opExpireMillis = 252
	opExpire       = 253
	opSelectDB     = 254
	opEOF          = 255
)

// typeNames are the names that Redis' TYPE command gives; "" for a type that does not exist.
var typeNames = [kindCount]string{
	typeString: "string",
	typeList:   "list", typeListZiplist: "list", typeQuicklist: "list", typeQuicklist2: "list",
	typeSet: "set", typeSetIntset: "set", typeSetListpack: "set",
	typeZset: "zset", typeZset2: "zset", typeZsetZiplist: "zset", typeZsetListpack: "zset",
	typeHash: "hash", typeHashZipmap: "hash", typeHashZiplist: "hash", typeHashListpack: "hash",
	typeHashMetaPreGA: "hash", typeHashPackPreGA: "hash", typeHashMeta: "hash", typeHashListpackEx: "hash",
	typeHashValkey: "hash",
	typeStream:     "stream", typeStream2: "stream", typeStream3: "stream", typeStream4: "stream",
	typeModule2: "module",
}

// Kinds of value by the number in the file; 0xff stands for none.
var redisKinds, valkeyKinds = kinds(false), kinds(true)

const noKind = 0xff

func kinds(valkey bool) *[256]byte {
	var table [256]byte
	for i := range table {
		table[i] = noKind
		if i < typeHashValkey && typeNames[i] != "" && (!valkey || i < typeHashMetaPreGA) {
			table[i] = byte(i)
		}
	}
	if valkey {
		table[typeHashMetaPreGA] = typeHashValkey
	}
	return &table
}
