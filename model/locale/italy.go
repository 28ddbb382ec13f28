package locale

import (
	"strconv"

	"github.com/percorso/percorso/model/draw"
)

// italy is the customs of it-IT.
type italy struct {
	given  [2][len(italianCohorts) + 1]list // of women and of men, by when one was born
	family list
}

// italianCohorts are the last years of birth of the columns of given_names.csv; the last column has
// no end.
var italianCohorts = [...]int{1949, 1964, 1979, 1994}

func readItaly() *Locale {
	it := &italy{family: ranked(lines("italy/family_names.txt"), 30)}
	rows := table("italy/given_names.csv", 2+len(it.given[0]))
	for sex, letter := range []string{"f", "m"} {
		for i := range it.given[sex] {
			it.given[sex][i] = weighted(rows, letter, 2+i)
		}
	}
	return read("italy", Locale{country: "IT", customs: it, domains: []string{
		"example.com", "example.org", "example.net", "posta.example", "casella.example"}})
}

// weighted makes a list of the names of one sex, with the weights of a column.
func weighted(rows [][]string, sex string, column int) list {
	var l list
	var weights []float64
	for _, row := range rows {
		if row[1] == sex {
			l.words = append(l.words, row[0])
			weights = append(weights, float64(whole(row[column])))
		}
	}
	l.choice = draw.ChoiceOf(weights)
	return l
}

func (it *italy) name(k draw.Key, birthYear int) (first, last string, gender Gender) {
	cohort := 0
	for cohort < len(italianCohorts) && birthYear > italianCohorts[cohort] {
		cohort++
	}
	sex := draw.Below(k.Draw(slotSex), 2)
	first, last = it.given[sex][cohort].at(k.Draw(slotFirst)), it.family.at(k.Draw(slotLast))
	return first, last, [...]Gender{Female, Male}[sex]
}

// address puts the number last: Via Roma 12, and at times a letter or bis: 12/A, 7/bis. Low numbers
// are the commonest, as on short streets.
func (it *italy) address(k draw.Key, street string) string {
	stairs := [...]string{"/A", "/B", "/C", "/bis"}
	longest := draw.Below(k.Draw(slotLength), 140)
	var space [64]byte
	b := append(append(space[:0], street...), ' ')
	b = strconv.AppendUint(b, 1+draw.Below(k.Draw(slotNumber), 4+longest), 10)
	if stair := draw.Below(k.Draw(slotStair), 24); stair < uint64(len(stairs)) {
		b = append(b, stairs[stair]...)
	}
	return string(b)
}

// phone writes +39 31x xxxxxxx, with x from 4 to 8 (see the package's doc).
func (it *italy) phone(k draw.Key, _ *City) string {
	b := append(make([]byte, 0, 15), "+39 31"...)
	b = append(b, '4'+byte(draw.Below(k.Draw(slotArea), 5)), ' ')
	return string(appendDigits(b, draw.Below(k.Draw(slotPhone), 10_000_000), 7))
}

// appendDigits appends the n last digits of v, with zeros in front.
func appendDigits(b []byte, v uint64, n int) []byte {
	for range n {
		b = append(b, 0)
	}
	for i := range n {
		b[len(b)-1-i] = '0' + byte(v%10)
		v /= 10
	}
	return b
}
