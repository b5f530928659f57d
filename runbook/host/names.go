package host

import "path/filepath"

// PartName is where a file's bytes stand until they are complete: a hidden
// name beside the target, the same each time, so that what a killed run left
// is found again and removed.
func PartName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".redbook-part")
}
