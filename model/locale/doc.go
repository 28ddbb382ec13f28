// Package locale knows the people, places and goods of a country, so that a simulated customer
// has a name, an address and a telephone that the systems under test take for real.
//
// A Locale is a folder of word lists and a file of code: it-IT is italy and italy.go, en (the
// United States) is america and america.go. The lists are common facts: which cities there are,
// where, how large, with which postal codes; which names, streets and wares are common.
//
// Whatever a Locale returns is a function of its arguments, and of nothing else: the same key is
// the same person at the same address on every machine. Each detail is drawn in a slot of its own
// (see package draw), so someone born in another year may have another first name, and thus another
// e-mail address, but not another family name, telephone or street.
//
// # Nobody in particular
//
// There is no list of people. First name, family name, street, number and telephone are drawn
// independently of each other: a combination that belongs to somebody does so by chance alone.
// What could reach a real person if it were used leads nowhere:
//
//   - E-mail addresses are on names that RFC 2606 and RFC 6761 reserve: example.com, example.org,
//     example.net, and names under .example. The customer's key is part of the address, so two keys
//     never share one.
//   - American telephone numbers are 555-0100 to 555-0199, which the numbering plan keeps for
//     fiction. There are a hundred per area code, so people share them.
//   - Italy keeps no numbers for fiction. Ours begin with 314 to 318: mobile numbers by their form
//     (validators accept 31 and eight more digits), on prefixes that, as far as we know, no
//     operator gives to subscribers; next to them, 313 is the railways' and 319 a satellite
//     operator's. The numbering plan may change: never dial or text them.
//
// Postal codes belong to the city they are with, the street does not: it is one that many cities
// have.
package locale
