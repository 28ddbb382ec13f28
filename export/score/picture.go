package score

import (
	"fmt"
	"html"
	"io"
	"math"
)

// A Picture shows some figures of each channel as bars: what is true first, then what is claimed.
type Picture struct {
	Title, About string
	Channels     []string
	Bars         []Bars
}

// Bars are a figure of each channel.
type Bars struct {
	Name   string
	Values []float64
}

// colors tell bars apart, also for those who do not see all colors (Okabe and Ito 2008); the first
// is that of the truth.
var colors = []string{"#000000", "#e69f00", "#56b4e9", "#009e73", "#cc79a7"}

// Sizes of a picture, in px.
const (
	width  = 760
	labels = 190 // width of the names
	bar    = 14
	gap    = 18 // between channels
	top    = 96
)

// SVG writes the picture.
func (p *Picture) SVG(to io.Writer) error {
	low, high := 0.0, 0.0
	for _, b := range p.Bars {
		for _, v := range b.Values {
			low, high = min(low, v), max(high, v)
		}
	}
	if high == low {
		high = low + 1
	}
	scale := (width - labels - 90) / (high - low)
	zero := labels - low*scale
	height := top + len(p.Channels)*(len(p.Bars)*bar+gap) + 20
	out := &printer{to: to}
	out.f(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`font-family="sans-serif" font-size="12">`+"\n", width, height, width, height)
	out.f(`<rect width="100%%" height="100%%" fill="#ffffff"/>` + "\n")
	out.f(`<text x="16" y="28" font-size="18" font-weight="bold">%s</text>`+"\n",
		html.EscapeString(p.Title))
	out.f(`<text x="16" y="48" fill="#555555">%s</text>`+"\n", html.EscapeString(p.About))
	x := 16.0
	for i, b := range p.Bars {
		out.f(`<rect x="%.0f" y="62" width="12" height="12" fill="%s"/>`, x, colors[i%len(colors)])
		out.f(`<text x="%.0f" y="72">%s</text>`+"\n", x+17, html.EscapeString(b.Name))
		x += 40 + 7*float64(len(b.Name))
	}
	y := float64(top)
	for c, channel := range p.Channels {
		middle := y + float64(len(p.Bars)*bar)/2 + 4
		out.f(`<text x="%d" y="%.0f" text-anchor="end">%s</text>`+"\n", labels-12, middle,
			html.EscapeString(channel))
		for i, b := range p.Bars {
			v := b.Values[c]
			left, length := zero+min(v, 0)*scale, math.Abs(v)*scale
			out.f(`<rect x="%.1f" y="%.0f" width="%.1f" height="%d" fill="%s"/>`, left, y, max(length, 1),
				bar-2, colors[i%len(colors)])
			out.f(`<text x="%.1f" y="%.0f" font-size="11">%s</text>`+"\n", max(left+length, zero)+5,
				y+bar-4, short(v))
			y += bar
		}
		y += gap
	}
	out.f(`<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#999999"/>`+"\n</svg>\n", zero, top-8,
		zero, height-16)
	return out.err
}

// short writes a figure with about three digits.
func short(v float64) string {
	if math.Abs(v) >= 100 || v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// A printer keeps the first error.
type printer struct {
	to  io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.to, format, args...)
	}
}
