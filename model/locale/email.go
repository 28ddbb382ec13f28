package locale

import (
	"strconv"
	"unicode"

	"github.com/percorso/percorso/model/draw"
)

// email makes an address from a name, in one of the usual shapes:
//
//	nicolo.dangelo.2k9xf4@example.org    n.dangelo84.2k9xf4@posta.example
//
// The part after the last dot of the local part is the key in base 36, so two keys never get the
// same address. A local part is well below its limit of 64 characters.
func email(k draw.Key, key uint64, first, last string, birthYear int, domains []string) string {
	var space [96]byte
	b := space[:0]
	switch draw.Below(k.Draw(slotMail), 6) {
	case 0:
		b = appendPlain(append(appendPlain(b, first), '.'), last)
	case 1:
		b = appendYear(appendPlain(append(appendPlain(b, first), '.'), last), birthYear)
	case 2:
		b = appendYear(appendPlain(append(appendPlain(b, first)[:1], '.'), last), birthYear)
	case 3:
		b = appendPlain(append(appendPlain(b, last), '.'), first)
	case 4:
		b = appendPlain(append(appendPlain(b, first), '_'), last)
	case 5:
		b = appendYear(appendPlain(appendPlain(b, first), last), birthYear)
	}
	b = strconv.AppendUint(append(b, '.'), key, 36)
	b = append(append(b, '@'), one(domains, k.Draw(slotDomain))...)
	return string(b)
}

// appendYear appends the last two digits of a year.
func appendYear(b []byte, year int) []byte {
	return appendDigits(b, uint64(year), 2)
}

// appendPlain appends a name in lower-case ASCII letters, without accents, apostrophes and spaces.
func appendPlain(b []byte, name string) []byte {
	for _, r := range name {
		if r = plain(unicode.ToLower(r)); 'a' <= r && r <= 'z' {
			b = append(b, byte(r))
		}
	}
	return b
}

// plain removes the accent of a lower-case letter.
func plain(r rune) rune {
	switch r {
	case 'à', 'á', 'â', 'ä', 'ã':
		return 'a'
	case 'è', 'é', 'ê', 'ë':
		return 'e'
	case 'ì', 'í', 'î', 'ï':
		return 'i'
	case 'ò', 'ó', 'ô', 'ö', 'õ':
		return 'o'
	case 'ù', 'ú', 'û', 'ü':
		return 'u'
	case 'ç':
		return 'c'
	case 'ñ':
		return 'n'
	}
	return r
}
