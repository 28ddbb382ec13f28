package model

import "github.com/percorso/percorso/model/table"

// An Activity is what entering a stage does.
type Activity uint8

// The activities.
const (
	Notice Activity = iota
	Browse
	FillCart
	PlaceOrder
	Engage
	AskQuote
)

// Activities are their names in scenarios, in their order.
var Activities = []string{"notice", "browse", "cart", "order", "engage", "quote"}

// FitsAt reports whether the activity can happen through a contact at a touchpoint.
func (a Activity) FitsAt(t table.Touchpoint) bool {
	return (a != FillCart || t.Digital()) && (a != PlaceOrder && a != AskQuote || t.Sells())
}
