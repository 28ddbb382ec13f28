package score

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }

// claimed are channels of some truth with claims.
func claimed(truth, claims []float64) (channels []Channel) {
	for i := range truth {
		channels = append(channels, Channel{Name: string(rune('a' + i)), Claim: claims[i],
			Truth: truth[i], ClaimRevenue: 10 * claims[i], TruthRevenue: 10 * truth[i], Spend: 100})
	}
	return channels
}

// TestAttribution: the truth has no error, a permutation of it has one, a claim of nothing has an
// error of 1, and twice the truth is too much by all of it but in order.
func TestAttribution(t *testing.T) {
	t.Parallel()
	truth := []float64{40, 10, 25, 5}
	perfect := OfAttribution(claimed(truth, truth))
	if perfect.IncrementalError != 0 || perfect.OverClaim != 1 || perfect.TotalVariation != 0 ||
		perfect.Kendall != 1 || !near(perfect.Spearman, 1) || !perfect.Top1 || perfect.IROASError != 0 ||
		perfect.BreakEven != 1 || !math.IsNaN(perfect.FalseCredit) {
		t.Errorf("the truth itself: %+v", perfect)
	}
	permuted := OfAttribution(claimed(truth, []float64{5, 25, 10, 40}))
	if permuted.IncrementalError <= 0.5 || permuted.OverClaim != 1 || permuted.Kendall >= 0 ||
		permuted.Top1 || permuted.TotalVariation <= 0.3 || permuted.BreakEven != 0.5 {
		t.Errorf("a permutation: %+v", permuted)
	}
	nothing := OfAttribution(claimed(truth, make([]float64, 4)))
	if nothing.IncrementalError != 1 || nothing.OverClaim != 0 ||
		!math.IsNaN(nothing.TotalVariation) || !math.IsNaN(nothing.Kendall) {
		t.Errorf("nothing: %+v", nothing)
	}
	twice := OfAttribution(claimed(truth, []float64{80, 20, 50, 10}))
	if twice.IncrementalError != 1 || twice.OverClaim != 2 || twice.TotalVariation != 0 ||
		twice.Kendall != 1 {
		t.Errorf("twice the truth: %+v", twice)
	}
	null := OfAttribution(claimed(make([]float64, 4), truth))
	if null.FalseCredit != 80 || !math.IsNaN(null.IncrementalError) || null.Top1 {
		t.Errorf("where nothing is true: %+v", null)
	}
	if perfect.Compare(&permuted) >= 0 || permuted.Compare(&perfect) <= 0 || null.Compare(&null) != 0 {
		t.Error("the best claim does not come first")
	}
}

// TestRanks against values that were worked out by hand.
func TestRanks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, y         []float64
		tau, pearson float64
	}{
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, 1, 1},
		{[]float64{1, 2, 3}, []float64{3, 2, 1}, -1, -1},
		{[]float64{1, 2, 3, 4}, []float64{1, 3, 2, 4}, 4. / 6, 0.8},
		{[]float64{1, 1, 2}, []float64{1, 2, 3}, 2 / math.Sqrt(6), math.Sqrt(3) / 2},
		{[]float64{1, 1}, []float64{1, 2}, math.NaN(), math.NaN()},
		{[]float64{1}, []float64{1}, math.NaN(), math.NaN()},
	} {
		if tau, r := Kendall(c.x, c.y), Spearman(c.x, c.y); !near(tau, c.tau) || !near(r, c.pearson) {
			t.Errorf("%v %v: τ %v, ρ %v, want %v and %v", c.x, c.y, tau, r, c.tau, c.pearson)
		}
	}
}

// TestPredictions: an oracle has an AUC of 1 and a Brier score of 0, a coin one of a half and of a
// quarter; calibrated probabilities come true as often as they say.
func TestPredictions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var oracle, coin, calibrated []Prediction
	for range 20_000 {
		p, came := r.Float64(), 0.0
		if r.Float64() < p {
			came = 1
		}
		oracle = append(oracle, Prediction{came, came})
		coin = append(coin, Prediction{0.5, came})
		calibrated = append(calibrated, Prediction{p, came})
	}
	if AUC(oracle) != 1 || Brier(oracle) != 0 || AUC(coin) != 0.5 || !near(Brier(coin), 0.25) {
		t.Errorf("oracle %g %g, coin %g %g", AUC(oracle), Brier(oracle), AUC(coin), Brier(coin))
	}
	// For p uniform: AUC 5/6, Brier score 1/6.
	if math.Abs(AUC(calibrated)-5./6) > 0.01 || math.Abs(Brier(calibrated)-1./6) > 0.005 {
		t.Errorf("AUC %g, want 5/6; Brier %g, want 1/6", AUC(calibrated), Brier(calibrated))
	}
	n := 0
	for _, b := range Bins(calibrated, 10) {
		n += b.N
		if math.Abs(b.Said-b.Came) > 0.04 {
			t.Errorf("said %g, came true %g", b.Said, b.Came)
		}
	}
	if n != len(calibrated) || len(Bins(calibrated[:3], 10)) != 3 {
		t.Errorf("%d customers in bins", n)
	}
	if !math.IsNaN(AUC([]Prediction{{1, 1}, {0, 1}})) {
		t.Error("an AUC of customers of one kind")
	}
}

// TestQini: the best order is 1, its reverse -1, no order 0; AUUC of a known curve.
func TestQini(t *testing.T) {
	t.Parallel()
	effects := []float64{3, 1, 0, -2, 0, 4, 1, 1}
	order := func(said func(float64) float64) (p []Prediction) {
		for _, e := range effects {
			p = append(p, Prediction{said(e), e})
		}
		return p
	}
	best := order(func(e float64) float64 { return e })
	worst := order(func(e float64) float64 { return -e })
	none := order(func(float64) float64 { return 7 })
	if !near(Qini(best), 1) || !near(Qini(worst), -1) || !near(Qini(none), 0) {
		t.Errorf("%g %g %g, want 1, -1, 0", Qini(best), Qini(worst), Qini(none))
	}
	if got := AUUC([]Prediction{{2, 4}, {1, 0}}); !near(got, (2+4)/2.) {
		t.Errorf("AUUC %g, want 3", got)
	}
	same := []Prediction{{1, 2}, {2, 2}}
	if !math.IsNaN(Qini(same)) || !near(MAE(same), 0.5) {
		t.Errorf("%g %g", Qini(same), MAE(same))
	}
}

// TestPicture is XML, whatever names and figures are.
func TestPicture(t *testing.T) {
	t.Parallel()
	p := Picture{Title: `<"&>`, About: "a < b", Channels: []string{"<script>", "é"},
		Bars: []Bars{{"truth", []float64{-3, 0}}, {"last & first", []float64{1e6, 2.5}}}}
	var text bytes.Buffer
	if err := p.SVG(&text); err != nil {
		t.Fatal(err)
	}
	d, rects := xml.NewDecoder(&text), 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local == "script" {
			t.Fatal("a name became an element")
		}
		if start.Name.Local == "rect" {
			rects++
			i := slices.IndexFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Local == "width" })
			if i < 0 || start.Attr[i].Value[0] == '-' {
				t.Errorf("a bar of width %v", start.Attr)
			}
		}
	}
	if rects != 1+2+4 {
		t.Errorf("%d rectangles", rects)
	}
	flat := Picture{Channels: []string{"a"}, Bars: []Bars{{"x", []float64{0}}}}
	if err := flat.SVG(io.Discard); err != nil {
		t.Fatal(err)
	}
}
