package table

import (
	"fmt"
	"strconv"
	"strings"
)

// Cents is an amount of money in hundredths of the currency. JSON shows it as a decimal number.
type Cents int64

// String returns the amount with two digits after the point.
func (c Cents) String() string {
	sign, n := "", uint64(c)
	if c < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// MarshalJSON writes the amount as a decimal number.
func (c Cents) MarshalJSON() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalJSON reads what MarshalJSON writes, exactly.
func (c *Cents) UnmarshalJSON(text []byte) error {
	whole, cents, ok := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	if !ok || len(cents) != 2 || err != nil {
		return fmt.Errorf("amount %s: want a number with two digits after the point", text)
	}
	*c = Cents(n)
	return nil
}

// Per returns the n-th part of an amount that is not negative, rounded to the nearest whole
// number, halves up; 0 when n is 0.
func (c Cents) Per(n int64) Cents {
	if n == 0 {
		return 0
	}
	return (c + Cents(n/2)) / Cents(n)
}
