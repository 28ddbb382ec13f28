package model

import "slices"

// derive adds the defaults that follow from other values of the document.
func derive(root *node, name string) {
	give(root, "name", name)
	soleShare(root.get("segments"))
	soleShare(root.get("catalogue").get("categories"))
	for _, p := range elements(root.get("channels")) {
		if isName(p.key) {
			give(p.value, "id", p.key)
		}
	}
	if vat := root.get("orders").find("vat"); vat >= 0 {
		for _, p := range elements(root.get("catalogue").get("categories")) {
			if p.value.get("vat") == nil {
				p.value.put(root.get("orders").pairs[vat])
			}
		}
	}
	usualFollowUps(root.get("behaviors").get("cart").get("follow_up"), root.get("carts"))
	if j := root.get("journey"); j != nil {
		deriveStages(j)
		deriveStart(j)
	}
	for _, p := range elements(root.get("segments")) {
		if j := p.value.get("journey"); j != nil {
			deriveStages(j)
		}
	}
}

// soleShare gives the only one of its kind all of the share.
func soleShare(all *node) {
	if only := elements(all); len(only) == 1 {
		give(only[0].value, "share", "100%")
	}
}

// usualFollowUps leaves out what follows the usual reasons where carts have others.
func usualFollowUps(followUps, carts *node) {
	for _, p := range elements(followUps) {
		if p.at.IsDefault() && carts.get("reasons").get(p.key) == nil {
			followUps.drop(p.key)
		}
	}
}

func deriveStages(journey *node) {
	for _, p := range elements(journey.get("stages")) {
		if slices.Contains(Classical, p.key) {
			give(p.value, "part_of", p.key)
		}
		if part := p.value.get("part_of"); part != nil {
			if does := usualActivity(part.text); does != "" {
				give(p.value, "does", does)
			}
		}
	}
}

// usualActivity is what entering a stage does that belongs to a classical one.
func usualActivity(classical string) string {
	switch classical {
	case "awareness":
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
func deriveStart(journey *node) {
	for _, stage := range Classical {
		if journey.get("start") == nil && journey.get("stages").get(stage) != nil {
			give(giveBlock(journey, "start"), stage, "100%")
		}
	}
}
