//go:build !linux

package dataset

import "testing"

func smallDisk(t *testing.T) string {
	t.Skip("small file systems are only made on Linux")
	return ""
}
