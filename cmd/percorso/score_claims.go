package main

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/score"
)

// truthIn reads what channels really did from the truth in a folder.
func truthIn(dir, against string) (channels []score.Channel, estimand string, err error) {
	if !effects.Has(dir) {
		return nil, "", misused("%s has no truth: make it with: percorso truth %[1]s -o %[1]s", dir)
	}
	m, err := effects.Read(dir)
	if err != nil {
		return nil, "", err
	}
	rows, err := effects.ReadRows(dir, "truth_channels")
	if err != nil {
		return nil, "", err
	}
	has := func(estimand string) bool {
		return slices.ContainsFunc(rows, func(r effects.Row) bool {
			return r.Words["estimand"] == estimand
		})
	}
	switch {
	case against == "" && has("shapley"):
		against = "shapley"
	case against == "":
		against = "loo"
	case !has(against):
		return nil, "", misused("--against %s: the truth in %s has none; make it again with: percorso "+
			"truth %[2]s -o %[2]s --force", against, dir)
	}
	for _, r := range rows {
		if r.Words["estimand"] != against || r.Words["universe"] != "all" ||
			r.Words["coupling"] != rows[0].Words["coupling"] || int(r.Numbers["horizon"]) != m.Days {
			continue
		}
		i := slices.IndexFunc(channels, func(c score.Channel) bool {
			return c.Name == r.Words["channel"]
		})
		if i < 0 {
			i = len(channels)
			channels = append(channels, score.Channel{Name: r.Words["channel"],
				Spend: r.Numbers["spend_change"]})
		}
		switch r.Words["outcome"] {
		case "orders":
			channels[i].Truth = r.Numbers["effect"]
		case "revenue":
			channels[i].TruthRevenue = r.Numbers["effect"]
		}
	}
	return channels, against, nil
}

// readClaim reads a file of claims, which must name all channels of the truth.
func readClaim(name string, truth []score.Channel) (one claim, err error) {
	file, err := os.Open(name)
	if err != nil {
		return one, withCode(exitMisused, err)
	}
	defer file.Close()
	one = claim{name: name, credit: map[string]float64{}, cv: math.NaN()}
	table, err := readNumbers(name, file, "channel", "credit")
	if err != nil {
		return one, err
	}
	if table.has("revenue") {
		one.revenue = map[string]float64{}
	}
	for _, r := range table.rows {
		if _, twice := one.credit[r.key]; twice {
			return one, misused("%s:%d: channel %s is there twice", name, r.line, r.key)
		}
		if r.numbers["credit"] < 0 {
			return one, misused("%s:%d: credit: found %g, want a number from 0", name, r.line,
				r.numbers["credit"])
		}
		one.credit[r.key] = r.numbers["credit"]
		if one.revenue != nil {
			one.revenue[r.key] = r.numbers["revenue"]
		}
	}
	for _, c := range truth {
		if _, ok := one.credit[c.Name]; !ok {
			return one, misused("%s has no row for channel %s: give it one, with credit 0 if it claims "+
				"nothing", name, c.Name)
		}
	}
	return one, nil
}

// A numberTable is a CSV file with a key and numbers in each row.
type numberTable struct {
	name    string // of the file
	columns []string
	rows    []numberRow
}

type numberRow struct {
	line    int
	key     string
	numbers map[string]float64
}

func (t *numberTable) has(column string) bool { return slices.Contains(t.columns, column) }

// readNumbers reads a CSV file with a column of keys and some of numbers; other columns are kept
// where they are numbers.
func readNumbers(name string, from io.Reader, key string, wanted ...string) (*numberTable, error) {
	in := csv.NewReader(from)
	head, err := in.Read()
	if err != nil {
		return nil, misused("%s: want columns %s,%s", name, key, strings.Join(wanted, ","))
	}
	t := &numberTable{name: name}
	for _, column := range head {
		column = strings.TrimPrefix(column, "\ufeff")
		t.columns = append(t.columns, strings.ToLower(strings.TrimSpace(column)))
	}
	for _, column := range append([]string{key}, wanted...) {
		if !t.has(column) {
			return nil, misused("%s:1: found columns %.80q, want %s,%s", name, strings.Join(head, ","), key,
				strings.Join(wanted, ","))
		}
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			break
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			return nil, misused("%s:%d: %w", name, wrong.Line, wrong.Err)
		} else if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		row := numberRow{line: line, numbers: map[string]float64{}}
		for i, column := range t.columns {
			text := strings.TrimSpace(cells[i])
			if column == key {
				row.key = text
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			good := err == nil && !math.IsNaN(v) && math.Abs(v) < 1e15
			if !good && (column == "revenue" || slices.Contains(wanted, column)) {
				return nil, misused("%s:%d: %s: found %q, want a number", name, line, column, text)
			}
			if good {
				row.numbers[column] = v
			}
		}
		if row.key == "" {
			return nil, misused("%s:%d: %s is empty", name, line, key)
		}
		t.rows = append(t.rows, row)
	}
	if len(t.rows) == 0 {
		return nil, misused("%s has no rows", name)
	}
	return t, nil
}
