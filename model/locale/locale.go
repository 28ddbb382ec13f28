package locale

import (
	"fmt"
	"strings"
	"sync"

	"github.com/percorso/percorso/model/draw"
)

// A Locale knows the names, places and goods of a country. It never changes, so it is safe to
// share.
type Locale struct {
	country     string // ISO 3166
	cities      []City
	streets     list
	mainStreets list
	domains     []string
	goods       goods
	customs     customs
}

// customs are a country's own conventions.
type customs interface {
	name(k draw.Key, birthYear int) (first, last string, gender Gender)
	address(k draw.Key, street string) string
	phone(k draw.Key, c *City) string
}

// locales are read when they are first needed, in the order of their names.
var locales = []struct {
	name string
	read func() *Locale
}{
	{"en", sync.OnceValue(readAmerica)},
	{"it-IT", sync.OnceValue(readItaly)},
}

// Lookup returns the locale of a name such as it-IT. The error for an unknown name lists the
// locales.
func Lookup(name string) (*Locale, error) {
	for _, l := range locales {
		if l.name == name {
			return l.read(), nil
		}
	}
	return nil, fmt.Errorf("unknown locale %q, want %s", name, strings.Join(Names(), " or "))
}

// Names lists the locales, sorted.
func Names() []string {
	names := make([]string, len(locales))
	for i, l := range locales {
		names[i] = l.name
	}
	return names
}

// Country returns the country's ISO 3166 code: IT, US.
func (l *Locale) Country() string { return l.country }

// A City is a real city.
type City struct {
	Name       string
	Province   string   // the letters on an envelope: MI, NY
	Region     string   // region or state
	Population int      // residents, rounded
	Latitude   int32    // of the centre, in 1e-4 degrees, to about 0.01 degrees
	Longitude  int32    // likewise; east is positive
	Codes      []string // postal codes in use there, ascending

	areas []string // telephone area codes, where mobile numbers have them
}

// Cities lists the country's cities in falling population. The slice is shared: do not change it.
func (l *Locale) Cities() []City { return l.cities }

// A Gender is that of a first name.
type Gender string

// The genders. Unknown is that of names from a list without genders.
const (
	Female  Gender = "female"
	Male    Gender = "male"
	Unknown Gender = ""
)

// A Person is a customer's name and contact details.
type Person struct {
	First, Last string
	Gender      Gender // of the first name
	Email       string // no other key has it
	Phone       string // in international form, spaced as people write it; people may share one
	Street      string // with the number
	PostalCode  string
	City        string
	Province    string
	Country     string // ISO 3166
}

// Slots of a key: each detail has its own, so that no detail depends on how another is drawn.
const (
	slotSex = iota
	slotFirst
	slotLast
	slotMail
	slotDomain
	slotPhone
	slotArea
	slotStreet
	slotNumber
	slotLength
	slotStair
	slotCode
	slotGoods // + list
	slotKind  = 64
)

// Person returns the person of a key, who lives in Cities()[city] and was born in birthYear. The
// e-mail address contains the key, in base 36: use one that is not secret, such as the user_id.
func (l *Locale) Person(key uint64, city, birthYear int) Person {
	k, c := draw.New(key), &l.cities[city]
	first, last, gender := l.customs.name(k, birthYear)
	return Person{
		First:      first,
		Last:       last,
		Gender:     gender,
		Email:      email(k, key, first, last, birthYear, l.domains),
		Phone:      l.customs.phone(k, c),
		Street:     l.customs.address(k, l.streets.at(k.Draw(slotStreet))),
		PostalCode: one(c.Codes, k.Draw(slotCode)),
		City:       c.Name,
		Province:   c.Province,
		Country:    l.country,
	}
}

// A Place is an address within a city.
type Place struct {
	Street     string // with the number
	PostalCode string
}

// Address returns the address of a store in Cities()[city], on a shopping street.
func (l *Locale) Address(key uint64, city int) Place {
	k := draw.New(key)
	return Place{
		Street:     l.customs.address(k, l.mainStreets.at(k.Draw(slotStreet))),
		PostalCode: one(l.cities[city].Codes, k.Draw(slotCode)),
	}
}

// one returns the word at u; all are equally likely.
func one(words []string, u uint64) string { return words[draw.Below(u, uint64(len(words)))] }

// A list is words with different frequencies.
type list struct {
	words  []string
	choice draw.Choice
}

// at returns the word at u.
func (l *list) at(u uint64) string { return l.words[l.choice.Pick(u)] }

// ranked makes a list of words in falling frequency: the r-th is drawn in proportion to 1/(r+flat),
// Zipf's law with Mandelbrot's shift.
func ranked(words []string, flat int) list {
	weights := make([]float64, len(words))
	for r := range weights {
		weights[r] = 1 / float64(r+1+flat)
	}
	return list{words, draw.ChoiceOf(weights)}
}
