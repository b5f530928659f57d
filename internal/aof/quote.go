package aof

import (
	"errors"
	"fmt"
	"strings"
)

// quote writes a value as the server does (sds.c, sdscatrepr), which quotes only where it must.
func quote(s string) string {
	plain := s != ""
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if escape := strings.IndexByte("\n\r\t\a\b", c); escape >= 0 {
			plain = false
			b.WriteString(`\` + "nrtab"[escape:escape+1])
			continue
		}
		switch {
		case c == '\\' || c == '"':
			plain = false
			b.WriteString(`\` + string(c))
		case c < ' ' || c > '~':
			plain = false
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			// A single quote inside of a plain value would be read as a quote, whatever the server does.
			plain = plain && c != ' ' && c != '\''
			b.WriteByte(c)
		}
	}
	if plain {
		return s
	}
	return `"` + b.String() + `"`
}

// splitArgs splits a line into values, some of them quoted, as the server does (sds.c, sdssplitargs).
func splitArgs(line string) ([]string, error) {
	var args []string
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f")
		if line == "" {
			return args, nil
		}
		var arg strings.Builder
		for line != "" && !strings.ContainsRune(" \t\r\n", rune(line[0])) {
			var closed bool
			switch line[0] {
			case '"':
				line, closed = unquoteDouble(&arg, line[1:])
			case '\'':
				line, closed = unquoteSingle(&arg, line[1:])
			default:
				arg.WriteByte(line[0])
				line = line[1:]
				continue
			}
			if !closed {
				return nil, errors.New("unbalanced quotes")
			}
			break
		}
		args = append(args, arg.String())
	}
}

// unquoteDouble takes what stands before a closing quote that ends the value.
func unquoteDouble(arg *strings.Builder, line string) (rest string, closed bool) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return line[i+1:], endsArg(line[i+1:])
		case c != '\\' || i+1 == len(line):
			arg.WriteByte(c)
		case line[i+1] == 'x' && i+3 < len(line) && isHex(line[i+2]) && isHex(line[i+3]):
			arg.WriteByte(hexDigit(line[i+2])<<4 | hexDigit(line[i+3]))
			i += 3
		default:
			i++
			if escape := strings.IndexByte("nrtba", line[i]); escape >= 0 {
				arg.WriteByte("\n\r\t\b\a"[escape])
			} else {
				arg.WriteByte(line[i])
			}
		}
	}
	return "", false
}

func unquoteSingle(arg *strings.Builder, line string) (rest string, closed bool) {
	for i := 0; i < len(line); i++ {
		switch {
		case strings.HasPrefix(line[i:], `\'`):
			i++
			arg.WriteByte('\'')
		case line[i] == '\'':
			return line[i+1:], endsArg(line[i+1:])
		default:
			arg.WriteByte(line[i])
		}
	}
	return "", false
}

func endsArg(rest string) bool {
	return rest == "" || strings.ContainsRune(" \t\r\n\v\f", rune(rest[0]))
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

func hexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
