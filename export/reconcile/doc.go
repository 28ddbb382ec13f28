// Package reconcile says whether what was sent has arrived.
//
// It compares the table that a receiver ended up with to the receipt of a stream (push.Receipt),
// which says what became of each event, and to the events themselves, which are simulated again:
//
//	OpenForeign(file) → Foreign
//	Compare(receipt, Foreign, source) → Result → Amiss
//
// A Foreign is a table of another system, as CSV, JSON Lines or Parquet (foreign.go), and a Meaning
// says whether its values mean the same as ours, however they are spelt (meaning.go). Ids are
// always compared; values if the table has columns with our names and the receipt is of this
// release. compare.go goes through the receipt, the events and the table, result.go holds the
// result.
//
// The package simulates nothing: a Source does, for the stream that a receipt is of. Receipts and
// tables come from elsewhere and may be hostile: whatever they hold, a comparison keeps some forty
// bytes for each event of a bounded share of them, and a damaged one is an error.
package reconcile
