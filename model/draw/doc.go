// Package draw makes the random decisions of Percorso: keyed uniforms, and tables that turn a
// uniform into a choice, a waiting time or a trait.
//
// Nothing here has a state that advances. A uniform is a function of a Key (who decides, and in
// which episode of their life) and of a slot (what is being decided). So leaving out one decision
// never changes another, and any life can be simulated again on its own. Every law is sampled by
// its inverse, with one uniform per draw, increasing.
//
// All arithmetic on the hot path uses whole numbers. Tables are computed once in floating point,
// and rounded, so that machines whose last bits differ still have the same tables:
//
//	uniform   a uint64, read as (u+1)/2^64
//	Log       a base-2 logarithm with 32 fractional bits
//	Threshold log2(-log2 u), the logarithm of an exponential waiting time
//	Table     a Log (or a normal score) as a function of the threshold: any law, by its quantiles
//	Choice    a distribution over a few things, with 32 fractional bits
//
// key.go has keys and chances, log.go the arithmetic of logarithms; law.go and odds.go have the
// laws, root.go how they are inverted; table.go and choice.go turn laws into tables.
package draw
