package locale

import (
	"math/rand/v2"
	"strconv"

	"github.com/brianvoe/gofakeit/v7"

	"github.com/percorso/percorso/model/draw"
)

// america is the customs of en: gofakeit's names, at addresses in the United States. Its own
// e-mail addresses may belong to somebody, and its towns and codes do not go together, so those are
// ours. A new version of gofakeit may give other names, and then other rows.
type america struct{}

func readAmerica() *Locale {
	return read("america", Locale{country: "US", customs: america{}, domains: []string{
		"example.com", "example.org", "example.net", "mail.example", "inbox.example"}})
}

// name asks gofakeit, from a source that starts anew for each of the two names. Which year one was
// born in does not matter to it, and it does not tell the gender of a first name.
func (america) name(k draw.Key, _ int) (first, last string, gender Gender) {
	source := rand.NewPCG(uint64(k), k.Draw(slotFirst))
	faker := gofakeit.NewFaker(source, false)
	first = faker.FirstName()
	source.Seed(uint64(k), k.Draw(slotLast))
	return first, faker.LastName(), Unknown
}

// address puts the number first: 1204 Maple St.
func (america) address(k draw.Key, street string) string {
	longest := draw.Below(k.Draw(slotLength), 9000)
	var space [64]byte
	b := strconv.AppendUint(space[:0], 1+draw.Below(k.Draw(slotNumber), 99+longest), 10)
	return string(append(append(b, ' '), street...))
}

// phone writes +1 212 555 01xx.
func (america) phone(k draw.Key, c *City) string {
	b := append(make([]byte, 0, 15), "+1 "...)
	b = append(append(b, one(c.areas, k.Draw(slotArea))...), " 555 01"...)
	return string(appendDigits(b, draw.Below(k.Draw(slotPhone), 100), 2))
}
