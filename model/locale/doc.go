// Package locale knows the people, places and goods of a country, so that simulated customers have
// names, addresses and telephone numbers that systems under test accept as real.
//
// A Locale is a folder of word lists and a file of code: it-IT is italy and italy.go, en (the
// United States) is america and america.go. The lists are common facts: cities with their location,
// population and postal codes; common names, streets and products.
//
// Whatever a Locale returns is a function of its arguments alone: the same key is the same person
// at the same address on every machine. Each detail is drawn in a slot of its own (see package
// draw), so somebody born in another year may have another first name, and thus another e-mail
// address, but the same family name, telephone number and street.
//
// # No real people
//
// There is no list of people. First name, family name, street, number and telephone number are
// drawn independently of each other: a combination that belongs to somebody does so by chance
// alone. Contact details cannot reach a real person:
//
//   - E-mail addresses are on domains that RFC 2606 and RFC 6761 reserve: example.com, example.org,
//     example.net, and names under .example. The customer's key is part of the address, so two keys
//     never share one.
//   - American telephone numbers are 555-0100 to 555-0199, which the numbering plan reserves for
//     fiction. There are a hundred per area code, so people share them.
//   - Italy reserves no numbers for fiction. Ours begin with 314 to 318: mobile numbers by their
//     form (validators accept 31 and eight more digits), on prefixes that, as far as we know, no
//     operator gives to subscribers; 313 is the railways' and 319 a satellite operator's. The
//     numbering plan may change: never dial or text them.
//
// A postal code belongs to its city; the street does not: it is one that many cities have.
//
// locale.go has the Locale and its people, read.go reads the word lists, goods.go and email.go make
// product names and e-mail addresses.
package locale
