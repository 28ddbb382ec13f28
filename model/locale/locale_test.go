package locale

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// lookup returns a locale that must be there.
func lookup(t testing.TB, name string) *Locale {
	t.Helper()
	l, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// everywhere runs a test once for each locale.
func everywhere(t *testing.T, test func(t *testing.T, l *Locale)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) { test(t, lookup(t, name)) })
	}
}

// people returns n persons with neighbouring keys, in all cities and of all ages.
func people(l *Locale, n int) []Person {
	all := make([]Person, n)
	for i := range all {
		all[i] = l.Person(uint64(i), i%len(l.Cities()), 1930+i%80)
	}
	return all
}

func TestUnknownLocaleSaysWhatThereIs(t *testing.T) {
	_, err := Lookup("it")
	if want := `unknown locale "it", want en or it-IT`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if !slices.IsSorted(Names()) {
		t.Errorf("names are not sorted: %v", Names())
	}
}

func TestCitiesAreInTheirCountry(t *testing.T) {
	boxes := map[string]struct{ south, north, west, east int32 }{
		"IT": {35_4000, 47_2000, 6_6000, 18_6000},
		"US": {18_9000, 71_4000, -179_2000, -66_9000}, // Hawaii to Alaska to Maine
	}
	least := map[string]int{"IT": 110, "US": 60}
	everywhere(t, func(t *testing.T, l *Locale) {
		if len(l.Cities()) < least[l.Country()] {
			t.Errorf("%d cities, want %d", len(l.Cities()), least[l.Country()])
		}
		seen := map[string]bool{}
		last := 1 << 30
		for _, c := range l.Cities() {
			box := boxes[l.Country()]
			if c.Latitude < box.south || c.Latitude > box.north ||
				c.Longitude < box.west || c.Longitude > box.east {
				t.Errorf("%s lies at %d, %d", c.Name, c.Latitude, c.Longitude)
			}
			if c.Population < 10_000 || c.Population > last {
				t.Errorf("%s has %d residents, after a city of %d", c.Name, c.Population, last)
			}
			if c.Name == "" || c.Region == "" || len(c.Province) != 2 || seen[c.Name+c.Province] {
				t.Errorf("%+v is incomplete or there twice", c)
			}
			last, seen[c.Name+c.Province] = c.Population, true
		}
	})
}

// leading are the first digits that all postal codes of a province have, or those of our cities in
// a state.
var leading = map[string]map[string]string{
	"IT": {
		"RM": "00", "VT": "01", "RI": "02", "FR": "03", "LT": "04", "TR": "05", "PG": "06",
		"SS": "07", "NU": "08", "CA": "09", "OR": "09", "SU": "09", "TO": "10", "AO": "11",
		"CN": "12", "VC": "13", "BI": "13", "AT": "14", "AL": "15", "GE": "16", "SV": "17",
		"IM": "18", "SP": "19", "MI": "20", "MB": "20", "VA": "21", "CO": "22", "SO": "23",
		"LC": "23", "BG": "24", "BS": "25", "CR": "26", "LO": "26", "PV": "27", "NO": "28",
		"VB": "28", "PC": "29", "VE": "30", "TV": "31", "BL": "32", "UD": "33", "PN": "33",
		"TS": "34", "GO": "34", "PD": "35", "VI": "36", "VR": "37", "TN": "38", "BZ": "39",
		"BO": "40", "MO": "41", "RE": "42", "PR": "43", "FE": "44", "RO": "45", "MN": "46",
		"FC": "47", "RN": "47", "RA": "48", "FI": "50", "PT": "51", "AR": "52", "SI": "53",
		"MS": "54", "LU": "55", "PI": "56", "LI": "57", "GR": "58", "PO": "59", "AN": "60",
		"PU": "61", "MC": "62", "AP": "63", "FM": "63", "TE": "64", "PE": "65", "CH": "66",
		"AQ": "67", "BA": "70", "FG": "71", "BR": "72", "LE": "73", "TA": "74", "MT": "75",
		"BT": "76", "NA": "80", "CE": "81", "BN": "82", "AV": "83", "SA": "84", "PZ": "85",
		"CB": "86", "IS": "86", "CS": "87", "CZ": "88", "KR": "88", "RC": "89", "VV": "89",
		"PA": "90", "TP": "91", "AG": "92", "CL": "93", "EN": "94", "CT": "95", "SR": "96",
		"RG": "97", "ME": "98",
	},
	"US": {
		"MA": "02", "RI": "02", "ME": "04", "NJ": "07", "NY": "1", "PA": "1", "DC": "20",
		"MD": "21", "VA": "23", "NC": "2", "SC": "29", "GA": "30", "FL": "3", "AL": "35",
		"TN": "3", "KY": "40", "OH": "4", "IN": "46", "MI": "48", "IA": "50", "WI": "53",
		"MN": "55", "IL": "60", "MO": "6", "KS": "67", "NE": "68", "LA": "70", "AR": "72",
		"OK": "7", "TX": "7", "CO": "80", "ID": "83", "UT": "84", "AZ": "85", "NM": "87",
		"NV": "89", "CA": "9", "HI": "96", "OR": "97", "WA": "98", "AK": "99",
	},
}

func TestPostalCodesBelongToTheirProvince(t *testing.T) {
	five := regexp.MustCompile(`^\d{5}$`)
	everywhere(t, func(t *testing.T, l *Locale) {
		owner := map[string]string{}
		for _, c := range l.Cities() {
			digits := leading[l.Country()][c.Province]
			if digits == "" || len(c.Codes) == 0 || !slices.IsSorted(c.Codes) {
				t.Errorf("%s: province %q, codes %v", c.Name, c.Province, c.Codes)
			}
			for _, code := range c.Codes {
				if !five.MatchString(code) || !strings.HasPrefix(code, digits) {
					t.Errorf("%s (%s) has code %s, want %s…", c.Name, c.Province, code, digits)
				}
				if owner[code] != "" {
					t.Errorf("code %s is in %s and in %s", code, owner[code], c.Name)
				}
				owner[code] = c.Name
			}
		}
	})
}

// Cities of which a reader may know the codes by heart; the Vatican has one within Rome's run.
func TestWellKnownPostalCodes(t *testing.T) {
	for _, row := range []struct {
		locale, city, province, code string
		there                        bool
	}{
		{"it-IT", "Milano", "MI", "20121", true},
		{"it-IT", "Milano", "MI", "20162", true},
		{"it-IT", "Milano", "MI", "20100", false}, // the old code of the whole city
		{"it-IT", "Roma", "RM", "00184", true},
		{"it-IT", "Roma", "RM", "00120", false}, // the Vatican
		{"it-IT", "Cremona", "CR", "26100", true},
		{"it-IT", "Firenze", "FI", "50122", true},
		{"it-IT", "Monza", "MB", "20900", true},
		{"en", "New York", "NY", "10001", true},
		{"en", "Boston", "MA", "02108", true},
	} {
		cities := lookup(t, row.locale).Cities()
		i := slices.IndexFunc(cities, func(c City) bool { return c.Name == row.city })
		if i < 0 || cities[i].Province != row.province {
			t.Errorf("no %s (%s)", row.city, row.province)
		} else if slices.Contains(cities[i].Codes, row.code) != row.there {
			t.Errorf("%s has code %s: want %v", row.city, row.code, row.there)
		}
	}
}

func TestPeopleLiveInTheirCity(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for i, p := range people(l, 2000) {
			c := l.Cities()[i%len(l.Cities())]
			if p.City != c.Name || p.Province != c.Province || p.Country != l.Country() ||
				!slices.Contains(c.Codes, p.PostalCode) {
				t.Fatalf("%+v does not live in %s", p, c.Name)
			}
			shop := l.Address(uint64(i), i%len(l.Cities()))
			if !slices.Contains(c.Codes, shop.PostalCode) {
				t.Fatalf("the shop at %+v is not in %s", shop, c.Name)
			}
		}
	})
}

func TestAddressesLookRight(t *testing.T) {
	want := map[string]*regexp.Regexp{
		"IT": regexp.MustCompile(`^\p{Lu}[\p{L}' ]+ [1-9]\d{0,2}(/[ABC]|/bis)?$`),
		"US": regexp.MustCompile(`^[1-9]\d{0,3} [\dA-Z][\w' ]+$`),
	}
	everywhere(t, func(t *testing.T, l *Locale) {
		for i, p := range people(l, 5000) {
			for _, street := range []string{p.Street, l.Address(uint64(i), 0).Street} {
				if !want[l.Country()].MatchString(street) {
					t.Fatalf("street %q does not match %s", street, want[l.Country()])
				}
			}
		}
	})
}

func TestItalianAddressesHaveAccentsAndStairs(t *testing.T) {
	streets := map[string]bool{}
	for _, p := range people(lookup(t, "it-IT"), 20_000) {
		streets[strings.TrimRight(p.Street, "0123456789")] = true
		streets[p.Street] = true
	}
	for _, street := range []string{
		"Viale dell'Università ", "Via Giosuè Carducci ", "Via Roma 7/bis", "Via Roma 12/A",
	} {
		if !streets[street] {
			t.Errorf("nobody of 20,000 lives at %q", street)
		}
	}
}

func TestNamesKeepAccentsAndApostrophes(t *testing.T) {
	firsts, lasts := map[string]bool{}, map[string]bool{}
	for _, p := range people(lookup(t, "it-IT"), 50_000) {
		firsts[p.First], lasts[p.Last] = true, true
	}
	for _, first := range []string{"Nicolò", "Niccolò", "Zoè", "Noè", "Desirée", "Maria Grazia"} {
		if !firsts[first] {
			t.Errorf("nobody of 50,000 is called %s", first)
		}
	}
	for _, last := range []string{"D'Angelo", "D'Amico", "Dell'Acqua", "De Luca", "Lucà"} {
		if !lasts[last] {
			t.Errorf("nobody of 50,000 has the family name %s", last)
		}
	}
	if len(lasts) < 200 {
		t.Errorf("%d family names, want 200 or more", len(lasts))
	}
}

func TestEmailsAreValidReservedAndUnique(t *testing.T) {
	reserved := regexp.MustCompile(`@(example\.(com|org|net)|[a-z]+\.example)$`)
	local := regexp.MustCompile(`^[a-z]+([._][a-z]+)?\d{0,2}\.[0-9a-z]+@`)
	everywhere(t, func(t *testing.T, l *Locale) {
		seen := map[string]bool{}
		check := func(p Person) {
			a, err := mail.ParseAddress(p.Email)
			if err != nil || a.Address != p.Email || a.Name != "" {
				t.Fatalf("%q is not a bare address: %v", p.Email, err)
			}
			if strings.IndexFunc(p.Email, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 ||
				!local.MatchString(p.Email) || strings.Index(p.Email, "@") > 64 {
				t.Fatalf("%q (%s %s) is not what a mail server takes", p.Email, p.First, p.Last)
			}
			if !reserved.MatchString(p.Email) {
				t.Fatalf("%q might reach somebody", p.Email)
			}
			if seen[p.Email] {
				t.Fatalf("%q twice", p.Email)
			}
			seen[p.Email] = true
		}
		for _, p := range people(l, 50_000) {
			check(p)
		}
		for shift := range 40 {
			check(l.Person(^uint64(0)>>shift, 0, 1984))
		}
	})
}

func TestEmailsFoldNames(t *testing.T) {
	for _, row := range []struct{ name, want string }{
		{"Nicolò", "nicolo"},
		{"D'Angelo", "dangelo"},
		{"Maria Grazia", "mariagrazia"},
		{"Zoè", "zoe"},
		{"Désirée", "desiree"},
		{"Ñuño Çelik", "nunocelik"},
		{"ÀÌÙ", "aiu"},
	} {
		if got := string(appendPlain(nil, row.name)); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestPhonesCannotReachAnybody(t *testing.T) {
	want := map[string]*regexp.Regexp{
		"IT": regexp.MustCompile(`^\+39 31[4-8] \d{7}$`),
		"US": regexp.MustCompile(`^\+1 [2-9]\d\d 555 01\d\d$`),
	}
	everywhere(t, func(t *testing.T, l *Locale) {
		seen := map[string]bool{}
		for _, p := range people(l, 20_000) {
			if !want[l.Country()].MatchString(p.Phone) {
				t.Fatalf("phone %q does not match %s", p.Phone, want[l.Country()])
			}
			seen[p.Phone] = true
		}
		if len(seen) < 5000 {
			t.Errorf("%d different numbers for 20,000 people", len(seen))
		}
	})
}

// A person is a function of her key, whoever else is asked for, and from wherever.
func TestSameKeySamePersonInAnyOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		const n = 2000
		want := people(l, n)
		var wait sync.WaitGroup
		for worker := range 4 {
			wait.Go(func() {
				for i := n - 1; i >= 0; i-- {
					who := (i*7 + worker) % n
					got := l.Person(uint64(who), who%len(l.Cities()), 1930+who%80)
					if got != want[who] {
						t.Errorf("person %d: got %+v, want %+v", who, got, want[who])
						return
					}
				}
			})
		}
		wait.Wait()
	})
}

func TestOnlyTheFirstNameDependsOnTheBirthYear(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		renamed := 0
		for key := range uint64(500) {
			old, young := l.Person(key, 3, 1935), l.Person(key, 3, 2005)
			if old.First != young.First {
				renamed++
			}
			old.First, old.Email = young.First, young.Email
			if old != young {
				t.Fatalf("born earlier %+v, later %+v", old, young)
			}
		}
		if l.Country() == "IT" && renamed < 250 {
			t.Errorf("%d of 500 Italians would have another name, want most", renamed)
		}
	})
}

// TestGenderIsThatOfTheFirstName: a first name has one gender, and where the list of names does not
// tell, nobody has any.
func TestGenderIsThatOfTheFirstName(t *testing.T) {
	genders := map[string]Gender{}
	for _, p := range people(lookup(t, "it-IT"), 20_000) {
		if of, seen := genders[p.First]; seen && of != p.Gender || p.Gender == Unknown {
			t.Fatalf("%s has the gender %q, and %q elsewhere", p.First, p.Gender, of)
		}
		genders[p.First] = p.Gender
	}
	for name, want := range map[string]Gender{"Gennaro": Male, "Davide": Male, "Claudio": Male,
		"Andrea": Male, "Maria": Female, "Beatrice": Female} {
		if genders[name] != want {
			t.Errorf("%s has the gender %q, want %q", name, genders[name], want)
		}
	}
	for _, p := range people(lookup(t, "en"), 100) {
		if p.Gender != Unknown {
			t.Errorf("%s has the gender %q, which no list tells", p.First, p.Gender)
		}
	}
}

func TestNamesFollowTheirTime(t *testing.T) {
	const n = 10_000
	l := lookup(t, "it-IT")
	count := func(year int) map[string]int {
		names := map[string]int{}
		for key := range uint64(n) {
			names[l.Person(key, 0, year).First]++
		}
		return names
	}
	old, young := count(1938), count(2004)
	for _, name := range []string{"Giuseppe", "Maria", "Giovanna", "Carmela", "Franco"} {
		if old[name] < 3*young[name] || old[name] < n/250 {
			t.Errorf("%s: %d born in 1938, %d in 2004", name, old[name], young[name])
		}
	}
	for _, name := range []string{"Leonardo", "Sofia", "Aurora", "Mattia", "Martina"} {
		if young[name] < 3*old[name] || young[name] < n/250 {
			t.Errorf("%s: %d born in 1938, %d in 2004", name, old[name], young[name])
		}
	}
}

// Details of a person must not go together. For the first ten values of each of two details,
// 100,000 neighbouring keys give a table with 81 degrees of freedom; chi-square is above 157 once
// in a million. The mutant pairs a detail with itself one key later where the keys are halved, so
// that every second pair agrees.
func TestDetailsAreIndependent(t *testing.T) {
	const limit = 157
	everywhere(t, func(t *testing.T, l *Locale) {
		person := func(key uint64) Person { return l.Person(key, 0, 1985) }
		first := func(key uint64) string { return person(key).First[:1] }
		last := func(key uint64) string { return person(key).Last[:1] }
		code := func(key uint64) string { return person(key).PostalCode }
		phone := func(key uint64) string { p := person(key).Phone; return p[len(p)-2:] }
		next := func(key uint64) string { return last(key + 1) }
		for _, row := range []struct {
			name string
			a, b func(uint64) string
		}{
			{"first and family name", first, last},
			{"family name and postal code", last, code},
			{"first name and phone", first, phone},
			{"family names of neighbours", last, next},
		} {
			if x := chiSquare(row.a, row.b); x > limit {
				t.Errorf("%s: chi-square %.0f, want at most %d", row.name, x, limit)
			}
		}
		half := func(key uint64) string { return last(key / 2) }
		x := chiSquare(half, func(key uint64) string { return half(key + 1) })
		if x < limit {
			t.Errorf("a table of pairs that agree: chi-square %.0f, want above %d", x, limit)
		}
	})
}

// chiSquare is Pearson's statistic of the table of two details over the first ten values of each.
func chiSquare(a, b func(uint64) string) float64 {
	var rows, columns []string
	index := func(values *[]string, v string) int {
		if i := slices.Index(*values, v); i >= 0 || len(*values) == 10 {
			return i
		}
		*values = append(*values, v)
		return len(*values) - 1
	}
	var cell [10][10]float64
	var row, column [10]float64
	sum := 0.0
	for key := range uint64(100_000) {
		i, j := index(&rows, a(key)), index(&columns, b(key))
		if i >= 0 && j >= 0 {
			cell[i][j]++
			row[i]++
			column[j]++
			sum++
		}
	}
	x := 0.0
	for i := range row {
		for j := range column {
			if want := row[i] * column[j] / sum; want > 0 {
				x += (cell[i][j] - want) * (cell[i][j] - want) / want
			}
		}
	}
	return x
}

func TestPeopleCostFewAllocations(t *testing.T) {
	for _, row := range []struct {
		locale string
		most   float64
	}{
		{"it-IT", 3}, // e-mail, phone, street
		{"en", 5},    // and gofakeit's faker and its source
	} {
		l, key := lookup(t, row.locale), uint64(0)
		got := testing.AllocsPerRun(1000, func() { key++; l.Person(key, 0, 1990) })
		if got > row.most {
			t.Errorf("%s: %v allocations for a person, want at most %v", row.locale, got, row.most)
		}
	}
}

func ExampleLocale_Person() {
	italy, err := Lookup("it-IT")
	if err != nil {
		fmt.Println(err)
		return
	}
	for userID := range uint64(3) {
		p := italy.Person(8_412_007_116_377+userID, 0, 1984)
		fmt.Println(p.First, p.Last)
		fmt.Println(p.Street+",", p.PostalCode, p.City, p.Province)
		fmt.Println(p.Email, p.Phone)
	}
	// Output:
	// Sofia Sorrentino
	// Via Dante Alighieri 26, 00152 Roma RM
	// sofiasorrentino84.2zcf7ufrt@example.com +39 317 8463939
	// Elena Battaglia
	// Via Giacomo Matteotti 4/B, 00186 Roma RM
	// elena_battaglia.2zcf7ufru@example.com +39 314 5878858
	// Giovanni Fusco
	// Via delle Acacie 31, 00118 Roma RM
	// giovanni.fusco.2zcf7ufrv@example.net +39 315 4219928
}
