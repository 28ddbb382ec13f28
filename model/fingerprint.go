package model

import (
	"crypto/sha256"
	"fmt"
)

// Fingerprint hashes everything that was compiled, so that two machines can be seen to hold the
// same World before they simulate anything.
func (w *World) Fingerprint() [32]byte {
	h := sha256.New()
	fmt.Fprintln(h, w.Customers, w.TownSize, w.Towns, w.PartTowns, w.RowsPerCustomer)
	fmt.Fprintln(h, w.Calendar, w.Rules)
	for t := range w.Tables {
		for _, c := range w.Tables[t].Columns {
			fmt.Fprintln(h, c.Name, c.Vocab)
		}
	}
	return [32]byte(h.Sum(nil))
}
