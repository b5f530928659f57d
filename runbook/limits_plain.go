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
	p := plainText{src: l.src}
	for i := 0; i < len(l.src); i++ {
		if len(p.open) > l.nested || i-p.since > l.expression {
			return nil, false
		}
		if last(p.open) == '"' {
			i, ok = p.inString(i)
		} else {
			i, ok = p.outside(i)
		}
		if !ok {
			return nil, false
		}
	}
	return p.cuts, len(p.open) <= l.nested && len(l.src)-p.since <= l.expression
}

// plainText is what was seen of a source up to a byte.
type plainText struct {
	src   []byte
	open  []byte // the brackets that are open, a quote and the $ or % of a template among them
	since int    // offset at which the present expression may have begun
	cuts  []int
}

// inString takes in the byte at i, which is inside a string, and returns the
// offset of the last byte that belongs to it.
func (p *plainText) inString(i int) (end int, ok bool) {
	c, next := p.src[i], at(p.src, i+1)
	switch {
	case c == '\n', c == '\r', c == '\\' && next < ' ', (c == '$' || c == '%') && next == c:
		return i, false
	case c == '"':
		p.open = p.open[:len(p.open)-1]
	case c == '\\':
		i++
	case (c == '$' || c == '%') && next == '{':
		p.open = append(p.open, c)
		i++
	}
	return i, true
}

// outside is inString for a byte that is in none.
func (p *plainText) outside(i int) (end int, ok bool) {
	c, next, top := p.src[i], at(p.src, i+1), last(p.open)
	switch {
	case c == '<' && next == '<', c == '/' && next == '*':
		return i, false
	case c == '#', c == '/' && next == '/':
		for i+1 < len(p.src) && p.src[i+1] != '\n' {
			i++
		}
	case c == '\n' && (top == 0 || top == '{'):
		p.since = i + 1
		if top == 0 && p.since-last(p.cuts) >= pieceSize && next != bom {
			p.cuts = append(p.cuts, p.since)
		}
	case c == '"', c == '{', c == '[', c == '(':
		p.open = append(p.open, c)
	case c == '}' || c == ']' || c == ')':
		if !closes(c, top) {
			return i, false
		}
		p.open = p.open[:len(p.open)-1]
	}
	return i, true
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

// last is the last element, 0 when there is none.
func last[T byte | int](s []T) T {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1]
}
