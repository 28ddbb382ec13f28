// Package draw is the chance of Percorso: keyed uniforms, and the tables that turn a uniform into a
// choice, a waiting time or a trait.
//
// Nothing here has a state that advances. A uniform is a function of a Key (who, and in which
// episode of her life) and of a slot (what is being decided), so leaving one decision out never
// changes another, and any life can be lived again alone. Every law is used by its inverse, one
// uniform a draw, upwards.
//
// All arithmetic on the way is on whole numbers. Tables are computed with floating point once, and
// rounded, so that machines whose last bits differ still hold the same tables:
//
//	uniform   a uint64, read as (u+1)/2^64
//	Log       a base-2 logarithm with 32 fractional bits
//	Threshold log2(-log2 u), the logarithm of an exponential waiting time
//	Table     a Log (or a normal score) as a function of the threshold: any law, by its quantiles
//	Choice    a distribution over a few things, with 32 fractional bits
package draw
