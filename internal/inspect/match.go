package inspect

// Match tells whether name matches a pattern as Redis has it (util.c, stringmatchlen): * and ? stand for any bytes,
// [a-c] and [^a] for one of a class, and \ makes the next byte plain.
func Match(pattern, name []byte) bool {
	star, after := -1, 0 // the last star's place, and how much of name it has taken up to
	p, n := 0, 0
	for n < len(name) {
		switch width, ok := one(pattern[p:], name[n]); {
		case p < len(pattern) && pattern[p] == '*':
			star, after = p, n
			p++
			continue
		case ok:
			p += width
			n++
			continue
		case star < 0:
			return false
		}
		after++
		p, n = star+1, after
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// one matches the pattern's first element, which is no star, with one byte, and returns the element's width.
func one(pattern []byte, b byte) (width int, ok bool) {
	if len(pattern) == 0 {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		return class(pattern, b)
	case '\\':
		if len(pattern) > 1 {
			return 2, pattern[1] == b
		}
	}
	return 1, pattern[0] == b
}

// class matches a class; one without an end ends with the pattern.
func class(pattern []byte, b byte) (width int, ok bool) {
	i := 1
	negated := i < len(pattern) && pattern[i] == '^'
	if negated {
		i++
	}
	for ; i < len(pattern) && pattern[i] != ']'; i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			ok = ok || pattern[i] == b
		case i+2 < len(pattern) && pattern[i+1] == '-':
			from, to := pattern[i], pattern[i+2]
			ok = ok || min(from, to) <= b && b <= max(from, to)
			i += 2
		default:
			ok = ok || pattern[i] == b
		}
	}
	return min(i+1, len(pattern)), ok != negated
}
