package model

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// Holidays is a country or a region whose public holidays count: IT, DE-BY; "" is none.
type Holidays string

// holidaysOf are the public holidays of countries and regions, by ISO 3166 code. Countries whose
// regions all differ have only those.
var holidaysOf = map[string][]*cal.Holiday{
	"AR": ar.Holidays, "AT": at.Holidays, "BE": be.Holidays, "BG": bg.Holidays, "BR": br.Holidays,
	"CA": ca.Holidays, "CH": ch.Holidays, "CZ": cz.Holidays, "DE": de.Holidays, "DK": dk.Holidays,
	"ES": es.Holidays, "FR": fr.Holidays, "GB": gb.Holidays, "GR": gr.Holidays, "HR": hr.Holidays,
	"IE": ie.Holidays, "IT": it.Holidays, "JP": jp.Holidays, "LT": lt.Holidays, "LV": lv.Holidays,
	"NL": nl.Holidays, "NO": no.Holidays, "NZ": nz.Holidays, "PL": pl.Holidays, "RO": ro.Holidays,
	"SE": se.Holidays, "SI": si.Holidays, "SK": sk.Holidays, "US": us.Holidays, "ZA": za.Holidays,

	"AU-ACT": au.HolidaysACT, "AU-NSW": au.HolidaysNSW, "AU-NT": au.HolidaysNT,
	"AU-QLD": au.HolidaysQLD, "AU-SA": au.HolidaysSA, "AU-TAS": au.HolidaysTAS,
	"AU-VIC": au.HolidaysVIC, "AU-WA": au.HolidaysWA,

	"CH-AG": ch.HolidaysAG, "CH-BE": ch.HolidaysBE, "CH-BS": ch.HolidaysBS, "CH-GE": ch.HolidaysGE,
	"CH-GR": ch.HolidaysGR, "CH-LU": ch.HolidaysLU, "CH-SG": ch.HolidaysSG, "CH-TI": ch.HolidaysTI,
	"CH-VD": ch.HolidaysVD, "CH-VS": ch.HolidaysVS, "CH-ZH": ch.HolidaysZH,

	"DE-BB": de.HolidaysBB, "DE-BE": de.HolidaysBE, "DE-BW": de.HolidaysBW, "DE-BY": de.HolidaysBY,
	"DE-HB": de.HolidaysHB, "DE-HE": de.HolidaysHE, "DE-HH": de.HolidaysHH, "DE-MV": de.HolidaysMV,
	"DE-NI": de.HolidaysNI, "DE-NW": de.HolidaysNW, "DE-RP": de.HolidaysRP, "DE-SH": de.HolidaysSH,
	"DE-SL": de.HolidaysSL, "DE-SN": de.HolidaysSN, "DE-ST": de.HolidaysST, "DE-TH": de.HolidaysTH,
}

// Decode reads the code of a country or of one of its regions.
func (h *Holidays) Decode(c *document.Checker, p document.Place) {
	text, ok := p.Word()
	if _, known := holidaysOf[text]; ok && known {
		*h = Holidays(text)
		return
	}
	codes := slices.Sorted(maps.Keys(holidaysOf))
	country, _, _ := strings.Cut(text, "-")
	offered := slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		return strings.Contains(code, "-") != strings.HasPrefix(code, strings.ToUpper(country)+"-")
	})
	near := table.Nearest(strings.ToUpper(text), codes)
	c.Wrong(p, "a country, or with - and its code a region, such as %s%s", table.OneOf(offered), near)
}

// Schema implements document.Value.
func (*Holidays) Schema(*document.Schemas, string) document.Object {
	return document.Object{"enum": slices.Sorted(maps.Keys(holidaysOf))}
}

// in returns the public holidays of a year, as midnights UTC, and the days on which those that fall
// on a weekend are made up for.
func (h Holidays) in(year int) map[time.Time]bool {
	days := map[time.Time]bool{}
	for _, one := range holidaysOf[string(h)] {
		actual, observed := one.Calc(year)
		for _, t := range []time.Time{actual, observed} {
			if !t.IsZero() {
				// The library gives midnights of the machine's zone, some of which do not exist.
				days[civil(t.Add(12*time.Hour))] = true
			}
		}
	}
	return days
}
