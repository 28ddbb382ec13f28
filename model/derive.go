package model

import (
	"slices"

	"github.com/percorso/percorso/model/document"
)

// derive adds the defaults that follow from other values of the document.
func derive(root *document.Node, name string) {
	document.Give(root, "name", name)
	soleShare(root.Get("segments"))
	soleShare(root.Get("catalogue").Get("categories"))
	for _, p := range document.Blocks(root.Get("channels")) {
		if document.IsName(p.Key) {
			document.Give(p.Value, "id", p.Key)
		}
	}
	passDown(root.Get("orders"), "vat", root.Get("catalogue").Get("categories"))
	passDown(root.Get("catalogue"), "margin", root.Get("catalogue").Get("categories"))
	usualFollowUps(root.Get("behaviors").Get("cart").Get("follow_up"), root.Get("carts"))
	if j := root.Get("journey"); j != nil {
		deriveStages(j)
		deriveStart(j)
	}
	for _, p := range document.Blocks(root.Get("segments")) {
		if j := p.Value.Get("journey"); j != nil {
			deriveStages(j)
		}
	}
}

// passDown gives a value of a map to each of the blocks that has none of its own.
func passDown(from *document.Node, key string, blocks *document.Node) {
	at := from.Find(key)
	if at < 0 {
		return
	}
	for _, p := range document.Blocks(blocks) {
		if p.Value.Get(key) == nil {
			p.Value.Put(from.Pairs[at])
		}
	}
}

// soleShare gives the only one of its kind all of the share.
func soleShare(all *document.Node) {
	if only := document.Blocks(all); len(only) == 1 {
		document.Give(only[0].Value, "share", "100%")
	}
}

// usualFollowUps leaves out what follows the usual reasons where carts have others.
func usualFollowUps(followUps, carts *document.Node) {
	for _, p := range document.Blocks(followUps) {
		if p.At.IsDefault() && carts.Get("reasons").Get(p.Key) == nil {
			followUps.Drop(p.Key)
		}
	}
}

func deriveStages(journey *document.Node) {
	for _, p := range document.Blocks(journey.Get("stages")) {
		if slices.Contains(Classical, p.Key) {
			document.Give(p.Value, "part_of", p.Key)
		}
		if part := p.Value.Get("part_of"); part != nil {
			if does := usualActivity(part.Text); does != "" {
				document.Give(p.Value, "does", does)
			}
		}
	}
}

// usualActivity is what entering a stage does that is part of a classical one. Somebody who gets
// familiar with a brand still comes across it, as in awareness; consideration is when they look
// around.
func usualActivity(classical string) string {
	switch classical {
	case "awareness", "familiarity":
		return "notice"
	case "consideration":
		return "browse"
	case "purchase":
		return "order"
	case "after_sales", "loyalty":
		return "engage"
	}
	return ""
}

// deriveStart lets journeys begin in the first classical stage that there is.
func deriveStart(journey *document.Node) {
	for _, stage := range Classical {
		if journey.Get("start") == nil && journey.Get("stages").Get(stage) != nil {
			document.Give(document.GiveBlock(journey, "start"), stage, "100%")
		}
	}
}
