package redisconf

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errQuotes = errors.New("unbalanced quotes, or a closing quote that no space follows")

// token is one argument of a line: its value, and where it stands with its quotes: line[start:end].
type token struct {
	value      string
	start, end int
}

// SplitArgs splits a line into arguments as Redis does (sdssplitargs in sds.c): "…" with \xHH, \n, \r,
// \t, \b, \a and any other character after a backslash taken as it is; '…' with \' alone. Quotes may open
// in the middle of an argument, but a closing quote ends it.
func SplitArgs(line string) ([]string, error) {
	tokens, err := split(line)
	if err != nil {
		return nil, err
	}
	args := make([]string, len(tokens))
	for i, t := range tokens {
		args[i] = t.value
	}
	return args, nil
}

func split(line string) ([]token, error) {
	var tokens []token
	for at := 0; ; {
		for at < len(line) && isSpace(line[at]) {
			at++
		}
		if at == len(line) {
			return tokens, nil
		}
		value, end, err := scanArg(line, at)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token{value, at, end})
		at = end
	}
}

// scanArg reads the argument that starts at line[at] and returns where it ends.
func scanArg(line string, at int) (value string, end int, err error) {
	var b strings.Builder
	for at < len(line) {
		switch c := line[at]; c {
		case ' ', '\n', '\r', '\t': // \v and \f separate arguments only in front of one: so does Redis
			return b.String(), at, nil
		case '"', '\'':
			quoted, end, err := scanQuoted(line, at+1, c)
			if err != nil {
				return "", 0, err
			}
			b.WriteString(quoted)
			return b.String(), end, nil
		default:
			b.WriteByte(c)
			at++
		}
	}
	return b.String(), at, nil
}

// scanQuoted reads from behind an opening quote to behind its closing one.
func scanQuoted(line string, at int, quote byte) (value string, end int, err error) {
	var b strings.Builder
	for at < len(line) {
		c, rest := line[at], line[at:]
		switch {
		case c == quote:
			if at++; at < len(line) && !isSpace(line[at]) {
				return "", 0, errQuotes
			}
			return b.String(), at, nil
		case quote == '\'' && strings.HasPrefix(rest, `\'`):
			b.WriteByte('\'')
			at += 2
		case quote == '"' && len(rest) >= 4 && rest[:2] == `\x` && isHex(rest[2]) && isHex(rest[3]):
			b.WriteByte(hexValue(rest[2])<<4 | hexValue(rest[3]))
			at += 4
		case quote == '"' && c == '\\' && len(rest) >= 2:
			b.WriteByte(unescape(rest[1]))
			at += 2
		default:
			b.WriteByte(c)
			at++
		}
	}
	return "", 0, errQuotes
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// Quote returns arg as it must be written in a configuration file: as it is where that is safe, otherwise
// in double quotes, bytes that are not printable UTF-8 as \xHH.
func Quote(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, needsQuotes) && utf8.ValidString(arg) {
		return arg
	}
	var b strings.Builder
	b.WriteByte('"')
	for len(arg) > 0 {
		r, size := utf8.DecodeRuneInString(arg)
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r != utf8.RuneError && unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			for i := range size {
				b.WriteString(`\x`)
				b.WriteByte("0123456789abcdef"[arg[i]>>4])
				b.WriteByte("0123456789abcdef"[arg[i]&15])
			}
		}
		arg = arg[size:]
	}
	b.WriteByte('"')
	return b.String()
}

func quoteAll(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = Quote(a)
	}
	return strings.Join(quoted, " ")
}

func needsQuotes(r rune) bool {
	return r == '"' || r == '\'' || r == '\\' || r == ' ' || !unicode.IsPrint(r)
}

// isSpace is isspace(3) in the C locale.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
