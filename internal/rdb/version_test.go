package rdb

import "testing"

func TestServerReads(t *testing.T) {
	tests := []struct {
		version string
		valkey  bool
		want    int
		known   bool
	}{
		{"6.0.16", false, 9, true},
		{"6.2.14", false, 9, true},
		{"7.0.15", false, 10, true},
		{"7.2.4", false, 11, true},
		{"7.4.0", false, 12, true},
		{"8.0.2", false, 12, true},
		{"8.4", false, 12, true},
		{"8.6.0", false, 13, true},
		{"9.1.0", false, 13, true},
		{"2.8.24", false, 6, true},
		{"2.2.0", false, 0, false},
		{"7.2.8", true, 11, true},
		{"8.1.1", true, 11, true},
		{"9.0.0", true, ValkeyVersion, true},
		{"unstable", false, 0, false},
		{"8", false, 0, false},
		{"", false, 0, false},
		{"-8.1", false, 0, false},
	}
	for _, test := range tests {
		got, known := ServerReads(test.version, test.valkey)
		if got != test.want || known != test.known {
			t.Errorf("ServerReads(%q, %t) = %d, %t; want %d, %t", test.version, test.valkey, got, known, test.want, test.known)
		}
	}
}

func TestReadableBy(t *testing.T) {
	tests := []struct {
		sum             Summary
		version         string
		valkey          bool
		readable, known bool
	}{
		{Summary{Version: 10}, "7.0.15", false, true, true},
		{Summary{Version: 11}, "7.0.15", false, false, true},
		{Summary{Version: 11}, "9.0.1", true, true, true},
		{Summary{Version: 12}, "9.0.1", true, false, true},
		{Summary{Version: 80, Valkey: true}, "9.0.1", true, true, true},
		{Summary{Version: 80, Valkey: true}, "8.1.1", true, false, true},
		{Summary{Version: 80, Valkey: true}, "8.6.0", false, false, true},
		{Summary{Version: 10}, "?", false, false, false},
	}
	for _, test := range tests {
		readable, known := test.sum.ReadableBy(test.version, test.valkey)
		if readable != test.readable || known != test.known {
			t.Errorf("%+v.ReadableBy(%q, %t) = %t, %t; want %t, %t",
				test.sum, test.version, test.valkey, readable, known, test.readable, test.known)
		}
	}
}
