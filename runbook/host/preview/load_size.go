package preview

// LoadSize tells how many bytes of files a server's dataset was loaded from, or
// would be; -1 when only the run will know.
func (p *Picture) LoadSize(redis string) int64 {
	s, ok := p.servers[redis]
	switch {
	case !ok:
		return -1
	case s.data.kind == dataEmpty:
		return 0
	case s.data.kind != dataFile:
		return -1
	case s.data.file.real != "":
		return s.data.file.seen.Size
	default:
		return int64(len(s.data.file.bytes))
	}
}
