// Package reconcile says whether what was sent has arrived.
//
// A Foreign is the table that a receiver ended with, as CSV, JSON Lines or Parquet, and a Meaning
// says whether its values mean the same as ours, however they are spelt.
package reconcile
