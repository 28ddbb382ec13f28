// Package score says how far a claim is from the truth.
//
//	attribution.go   credit of channels against what they really did
//	ranks.go         agreement of orders: Kendall and Spearman
//	predictions.go   who is alive (churn), who buys how much (customer value), whom an intervention
//	                 moves (uplift)
//	picture.go       a picture of claims beside the truth
//
// Each function says how its measure is defined, and who defined it.
package score
