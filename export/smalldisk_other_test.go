//go:build !linux

package export

import "testing"

func smallDisk(t *testing.T) string {
	t.Skip("small file systems are only made on Linux")
	return ""
}
