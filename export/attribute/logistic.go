package attribute

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"github.com/percorso/percorso/export/paths"
)

// ridge is the weight of the L2 penalty on each coefficient but the intercept, in paths.
const ridge = 1.0

// A shape is the paths that have the same channels.
type shape struct {
	set        []uint16
	won, lost  float64
	worthTotal float64
}

// logistic fits P(conversion) = 1/(1+exp(-a - Σ b_c)) over the channels c of a path, with an L2
// penalty, by L-BFGS. A channel's credit is the share of the conversions of a path that would be
// missing without it, (p - p without c)/p, if that is above 0. If these shares sum to more than 1
// on a path, they are scaled down to 1; if they sum to less, the rest is given to no channel.
func logistic(s *paths.Set, _ *Options) *Credit {
	shapes := shapesOf(s)
	b := fit(shapes, len(s.Channels))
	credit := newCredit(len(s.Channels))
	claims := make([]float64, len(s.Channels))
	for i := range shapes {
		g, sum := &shapes[i], 0.0
		z := score(b, g.set)
		for _, c := range g.set {
			claims[c] = max(0, 1-odds(z-b[c+1])/odds(z))
			sum += claims[c]
		}
		for _, c := range g.set {
			part := claims[c] / max(sum, 1)
			credit.Conversions[c] += float64(part * g.won)
			credit.Value[c] += float64(part * g.worthTotal)
		}
	}
	return credit
}

// shapesOf groups paths by their channels.
func shapesOf(s *paths.Set) (shapes []shape) {
	at := map[string]int{}
	var set []uint16
	var name []byte
	for i := range s.Paths {
		p := &s.Paths[i]
		set = append(set[:0], p.Touches...)
		slices.Sort(set)
		set, name = slices.Compact(set), name[:0]
		for _, c := range set {
			name = append(name, byte(c>>8), byte(c))
		}
		n, ok := at[string(name)]
		if !ok {
			n = len(shapes)
			at[string(name)] = n
			shapes = append(shapes, shape{set: slices.Clone(set)})
		}
		shapes[n].won += float64(p.Conversions)
		shapes[n].lost += float64(p.Nulls)
		shapes[n].worthTotal += p.Value
	}
	return shapes
}

// score is the log-odds of paths: b[0] is that of paths of no channel.
func score(b []float64, set []uint16) float64 {
	z := b[0]
	for _, c := range set {
		z += b[c+1]
	}
	return z
}

// odds is the logistic function.
func odds(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// fit returns the coefficients that minimise the negative log-likelihood with its penalty, which is
// convex.
func fit(shapes []shape, channels int) []float64 {
	loss := func(b []float64) float64 {
		sum := 0.0
		for i := range shapes {
			z := score(b, shapes[i].set)
			sum += float64(shapes[i].won*softplus(-z)) + float64(shapes[i].lost*softplus(z))
		}
		for _, v := range b[1:] {
			sum += float64(ridge / 2 * float64(v*v))
		}
		return sum
	}
	slope := func(to, b []float64) {
		clear(to)
		for i := range shapes {
			g := &shapes[i]
			d := float64((g.won+g.lost)*odds(score(b, g.set))) - g.won
			to[0] += d
			for _, c := range g.set {
				to[c+1] += d
			}
		}
		for c, v := range b[1:] {
			to[c+1] += float64(ridge * v)
		}
	}
	b := make([]float64, channels+1)
	found, err := optimize.Minimize(optimize.Problem{Func: loss, Grad: slope}, b,
		&optimize.Settings{GradientThreshold: 1e-7, MajorIterations: 1000}, &optimize.LBFGS{})
	if err != nil && found == nil {
		panic("attribute: a problem that cannot be minimised: " + err.Error())
	}
	return found.X // an error beside it says that it cannot be improved any more
}

// softplus is log(1 + exp(z)) without overflow.
func softplus(z float64) float64 {
	return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
}
