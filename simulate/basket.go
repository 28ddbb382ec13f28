package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// fill decides what the person wants: the product seen first, and more of its category or of
// others.
func (t *town) fill(p *person) {
	for _, r := range t.restorers {
		if r.restore(p) {
			return
		}
	}
	w := t.world
	n := min(1+t.more(p), maxLines)
	for i := range uint64(n) {
		product := p.favourite
		if i > 0 || product == 0 {
			category := p.category
			if i > 0 {
				category = t.beside(p, p.u(slotBeside+i))
			}
			product = t.popular(p, &w.Categories[category], p.u(slotBasket+i))
		}
		if p.cart.has(product) || p.cart.n == maxLines || !t.finds(p, product) {
			continue
		}
		t.prefers(p, product)
		p.cart.lines[p.cart.n] = line{product, int32(1 + w.Pieces.Pick(p.u(slotQuantity+i)))}
		p.cart.n++
	}
}

// prefers makes a product the person's favourite, if it is of the category needed and there is no
// favourite yet.
func (t *town) prefers(p *person, product uint32) {
	if p.favourite == 0 && t.categoryOf(product) == p.category {
		p.favourite = product
	}
}

// beside returns the category of a further product, by the category that is needed.
func (t *town) beside(p *person, u uint64) uint8 {
	return uint8(t.world.Segments[p.segment].Beside[p.category].Pick(u))
}

// lacks reports whether a category is out of stock today in a store, or in the warehouse, 0.
func (b *behaviors) lacks(store uint32, category uint8) bool {
	for _, s := range b.stocks {
		if s.lacks(store, category) {
			return true
		}
	}
	return false
}

// counter returns the store from whose shelves the person takes what they buy; 0: the warehouse.
func (x *touch) counter() uint32 {
	if x.channel.Touchpoint == table.Store {
		return uint32(x.base.store)
	}
	return 0
}

// more draws how many products are wanted beyond the first. A bend weighs once per product: a
// Poisson law of mean m becomes one of mean m·2^bend.
func (t *town) more(p *person) int {
	lines, bend := &t.world.Lines, draw.Log(0)
	for _, b := range t.basket {
		bend += b.bendBasket(p)
	}
	if bend == 0 {
		return lines.Pick(p.u(slotLines))
	}
	bends := t.bends[:lines.Len()]
	for i := range bends {
		bends[i] = draw.Log(i) * bend
	}
	return lines.PickBent(p.u(slotLines), bends)
}

// finds reports whether a product is there in this touch: it is not the one that was missed, nor of
// another category, taken along, that is out of stock.
func (t *town) finds(p *person, product uint32) bool {
	x := &t.touching
	if product == x.missed && x.p == p && x.elsewhere == 0 {
		return false
	}
	category := t.categoryOf(product)
	return category == p.category || !t.lacks(x.counter(), category)
}

func (c *cart) has(product uint32) bool {
	for _, l := range c.lines[:c.n] {
		if l.product == product {
			return true
		}
	}
	return false
}

// categoryOf returns the category of a product.
func (t *town) categoryOf(product uint32) uint8 {
	return uint8(t.world.Products[product-1].Category)
}

// value returns the price of the products in a cart, in cents.
func (t *town) value(c *cart) int64 {
	sum := int64(0)
	for _, l := range c.lines[:c.n] {
		sum += int64(l.quantity) * t.world.PriceOn(l.product, t.day)
	}
	return sum
}

// addToCart looks at the wanted products and puts them into the cart on the site, beyond what was
// already in it.
func (t *town) addToCart(x *touch, had int) {
	p := x.p
	for i, l := range p.cart.lines[had:p.cart.n] {
		page := t.world.PageOf(l.product)
		e := t.emit(x, table.ViewItem)
		category := t.categoryOf(l.product) + 1
		e.product, e.page, e.category = l.product, page, category
		e.duration = x.pass(p.u(slotSeenFirst + uint64(had+i)))
		e = t.emit(x, table.AddToCart)
		e.product, e.page, e.category = l.product, page, category
		e.quantity = l.quantity
		if i == 0 && p.cart.id == 0 {
			p.cart.id = t.visitID(cartIDs, p)
			p.cart.created, p.cart.channel = x.at, x.number
		}
		x.pass(p.u(slotPutAside + uint64(had+i)))
	}
	p.cart.session, p.cart.device = p.session.id, p.session.device
	p.cart.deviceID, p.cart.known = x.base.device, p.session.known
}

// checkout pays for the cart. The pages of the visit that were not shown yet are those of the
// checkout.
func (t *town) checkout(x *touch, shown, pages int) {
	t.emit(x, table.BeginCheckout).page = model.PageCheckout
	x.pass(x.p.u(slotCheckout))
	t.pages(x, shown, pages)
	for _, c := range t.cashiers {
		c.pays(x)
	}
	t.order(x)
}
