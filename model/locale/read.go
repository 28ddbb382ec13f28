package locale

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// files are the word lists. A mistake in them is a programmer's, so reading them panics; the tests
// read them all.
//
//go:embed america/*.csv america/*.txt italy/*.csv italy/*.txt
var files embed.FS

// read completes a locale with the lists that every country's folder has.
func read(folder string, l Locale) *Locale {
	l.cities = readCities(folder + "/cities.csv")
	l.streets = ranked(lines(folder+"/streets.txt"), 10)
	l.mainStreets = ranked(lines(folder+"/main_streets.txt"), 4)
	l.goods = readGoods(folder + "/goods.txt")
	return &l
}

// readCities reads name, province, region, population, latitude, longitude, postal codes and, where
// there are any, telephone area codes.
func readCities(path string) []City {
	var cities []City
	for _, row := range table(path, 7) {
		c := City{
			Name:       row[0],
			Province:   row[1],
			Region:     row[2],
			Population: whole(row[3]),
			Latitude:   tenThousandths(row[4]),
			Longitude:  tenThousandths(row[5]),
			Codes:      runs(row[6]),
		}
		if len(row) > 7 {
			c.areas = strings.Fields(row[7])
		}
		cities = append(cities, c)
	}
	slices.SortStableFunc(cities, func(a, b City) int { return b.Population - a.Population })
	return cities
}

// runs expands ranges of postal codes: 00118-00119 00121 is three codes.
func runs(s string) []string {
	var codes []string
	for _, run := range strings.Fields(s) {
		first, last, ok := strings.Cut(run, "-")
		if !ok {
			last = first
		}
		for n := whole(first); n <= whole(last); n++ {
			codes = append(codes, fmt.Sprintf("%05d", n))
		}
	}
	return codes
}

// readGoods reads blocks that begin with the names of a category. Each indented line is a list of
// phrases, of which a name takes one, or, after "?", the searches. A block @name is a list for
// other blocks to use. After "or" come the lists of another kind of goods.
func readGoods(path string) goods {
	all := goods{}
	var c *category
	for _, line := range lines(path) {
		indented := strings.TrimPrefix(line, "  ")
		searches, found := strings.CutPrefix(indented, "? ")
		if indented == line {
			c = &category{kinds: make([]kind, 1)}
			for _, word := range strings.Fields(line) {
				if all[word] != nil {
					panic(fmt.Sprintf("locale: %s: category %q twice", path, word))
				}
				all[word] = c
			}
			continue
		}
		last := &c.kinds[len(c.kinds)-1]
		switch {
		case found:
			c.searches = strings.Split(searches, " | ")
		case indented == "or":
			c.kinds = append(c.kinds, nil)
		case indented[0] == '@':
			list := all[indented].kinds[0][0]
			list.colours = indented == "@colour"
			*last = append(*last, list)
		default:
			*last = append(*last, phrasesOf(indented))
		}
	}
	return all
}

// phrasesOf splits a line of them; "-" is the empty one. After × stands how many times as dear a
// phrase makes a product. After "<" come sizes, each dearer than the one before.
func phrasesOf(line string) phrases {
	line, sizes := strings.CutPrefix(line, "< ")
	p := phrases{words: strings.Split(line, " | "), dear: map[string]float64{}, sizes: sizes}
	last := math.Inf(-1)
	for i, word := range p.words {
		word, times, found := strings.Cut(word, " ×")
		dear := 0.0
		if found {
			factor, err := strconv.ParseFloat(times, 64)
			if err != nil || factor <= 0 {
				panic(fmt.Sprintf("locale: %q: want a factor above 0 after ×", p.words[i]))
			}
			dear = math.Log(factor)
		}
		if word == "-" {
			word = ""
		}
		if sizes && dear <= last {
			panic(fmt.Sprintf("locale: %q: want dearer and dearer sizes", line))
		}
		if p.words[i], last = word, dear; found {
			p.dear[word] = dear
		}
	}
	return p
}

// lines returns the lines of a file that are neither empty nor a comment.
func lines(path string) []string {
	var kept []string
	for line := range strings.Lines(text(path)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && line[0] != '#' {
			kept = append(kept, line)
		}
	}
	return kept
}

// table returns the rows of a CSV file, all with the same number of columns, at least the given
// one.
func table(path string, columns int) [][]string {
	r := csv.NewReader(strings.NewReader(text(path)))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < columns {
		panic(fmt.Sprintf("locale: %s: want rows of %d columns or more: %v", path, columns, err))
	}
	return rows
}

func text(path string) string {
	content, err := files.ReadFile(path)
	if err != nil {
		panic(fmt.Sprintf("locale: %v", err))
	}
	return string(content)
}

func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("locale: %v", err))
	}
	return n
}

// tenThousandths reads degrees as whole 1e-4 degrees.
func tenThousandths(s string) int32 {
	degrees, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("locale: %v", err))
	}
	return int32(math.Round(degrees * 1e4))
}
