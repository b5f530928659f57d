package runbook

// pieceSize is about how much of a source the parser gets at a time.
const pieceSize = 64 << 10

// bom begins a byte order mark, which the parser takes from the front of a piece.
const bom = 0xef

// plain tells that a source of the native syntax is within the limits where its
// bytes alone show it, so that a long runbook is not taken to tokens twice, and
// where lines begin outside all blocks, a piece apart. False says nothing: it
// gives up at what needs the lexer (heredocs, block comments, strings over two
// lines, "$${", brackets that do not match).
func (l *limits) plain() (cuts []int, ok bool) {
	var open []byte
	since, cut := 0, 0
	for i := 0; i < len(l.src); i++ {
		if len(open) > l.nested || i-since > l.expression {
			return nil, false
		}
		c, next, top := l.src[i], at(l.src, i+1), last(open)
		switch {
		case c == '<' && next == '<', c == '/' && next == '*':
			return nil, false
		case top == '"':
			switch {
			case c == '\n', c == '\r', c == '\\' && next < ' ', (c == '$' || c == '%') && next == c:
				return nil, false
			case c == '"':
				open = open[:len(open)-1]
			case c == '\\':
				i++
			case (c == '$' || c == '%') && next == '{':
				open = append(open, c)
				i++
			}
		case c == '#', c == '/' && next == '/':
			for i+1 < len(l.src) && l.src[i+1] != '\n' {
				i++
			}
		case c == '\n' && (top == 0 || top == '{'):
			since = i + 1
			if top == 0 && since-cut >= pieceSize && next != bom {
				cut = since
				cuts = append(cuts, cut)
			}
		case c == '"', c == '{', c == '[', c == '(':
			open = append(open, c)
		case c == '}' || c == ']' || c == ')':
			if !closes(c, top) {
				return nil, false
			}
			open = open[:len(open)-1]
		}
	}
	return cuts, len(open) <= l.nested && len(l.src)-since <= l.expression
}

func closes(c, open byte) bool {
	switch c {
	case ']':
		return open == '['
	case ')':
		return open == '('
	default:
		return open == '{' || open == '$' || open == '%'
	}
}

// at is the byte at an offset, 0 behind the end.
func at(src []byte, offset int) byte {
	if offset < len(src) {
		return src[offset]
	}
	return 0
}

// last is the last byte, 0 when there is none.
func last(s []byte) byte {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1]
}
