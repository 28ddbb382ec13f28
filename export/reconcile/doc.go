// Package reconcile checks whether everything that was sent has arrived.
//
// It compares the final table of a receiver with the receipt of a stream (push.Receipt), which has
// the outcome of each event, and with the events themselves, which are simulated again:
//
//	OpenForeign(file) → Foreign
//	Compare(receipt, Foreign, source) → Result → Amiss
//
// A Foreign is a table of another system, as CSV, JSON Lines or Parquet (foreign.go). A Meaning
// tells whether its values mean the same as ours, however they are written (meaning.go). Ids are
// always compared; values are compared if the table has columns with the names of ours and the
// receipt is of this release. compare.go goes through the receipt, the events and the table;
// result.go has the findings.
//
// The package does not simulate: the caller's Source does, for the stream of a receipt. Receipts
// and tables come from elsewhere and may be hostile: whatever they contain, a comparison keeps some
// forty bytes per event for a bounded share of the events, and a damaged file is an error.
package reconcile
