package simulate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// without returns a world without some channels.
func without(t testing.TB, w *model.World, channels ...string) *model.World {
	t.Helper()
	other, err := w.Without(channels...)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// numberOf returns the number of a channel, from 1.
func numberOf(w *model.World, channel string) uint8 {
	return uint8(1 + slices.IndexFunc(w.Channels, func(c model.ChannelPlan) bool {
		return c.Name == channel
	}))
}

// Portraits are all rows of all tables by the person they are about, as text. Rows about nobody in
// particular, such as products and spend, are left out.
type portraits map[int64][]string

// portraitsOf gathers the rows of a world.
func portraitsOf(t testing.TB, w *model.World) portraits {
	all := whole(t, w)
	owner := map[string]map[int64]int64{}
	keys := []string{"person_id", "order_id", "session_id", "device_id", "user_id"}
	for _, key := range keys {
		owner[key] = map[int64]int64{}
	}
	who := columnOf(w, all, table.TableEvents, "person_id").Int
	for _, key := range keys {
		column := columnOf(w, all, table.TableEvents, key).Int
		for i := range all.Tables[table.TableEvents].Len {
			owner[key][column[i]] = who[i]
		}
	}
	identifier := columnOf(w, all, table.TableTruthIdentity, "identifier").Int
	for i, person := range columnOf(w, all, table.TableTruthIdentity, "person_id").Int {
		owner["user_id"][identifier[i]] = person
		owner["device_id"][identifier[i]] = person
	}
	found := portraits{}
	for of := range w.Tables {
		schema := &w.Tables[of]
		if schema.Static || table.TableID(of) == table.TableSpend {
			continue
		}
		for i := range all.Tables[of].Len {
			person := ownerOf(owner, keys, schema, &all.Tables[of], i)
			line := appendRow([]byte(schema.Name+" "), schema.Columns, &all.Tables[of], i)
			found[person] = append(found[person], string(line))
		}
	}
	return found
}

// ownerOf finds the person behind a row by the first of its keys that says so; 0 is nobody.
func ownerOf(owner map[string]map[int64]int64, keys []string, schema *table.Table,
	rows *table.Rows, i int) int64 {
	for _, key := range keys {
		for c, column := range schema.Columns {
			if column.Name != key || rows.Cols[c].Int[i] == table.Null {
				continue
			}
			if key == "person_id" {
				return rows.Cols[c].Int[i]
			}
			if person, ok := owner[key][rows.Cols[c].Int[i]]; ok {
				return person
			}
		}
	}
	return 0
}

// met says who has an event through one of some channels, or met one before the first written day.
func (p portraits) met(channels ...string) map[int64]bool {
	met := map[int64]bool{}
	for person, rows := range p {
		met[person] = p.shows(person, channels) || slices.ContainsFunc(rows, func(row string) bool {
			_, before := cutBefore(row)
			return slices.ContainsFunc(before, func(c string) bool { return slices.Contains(channels, c) })
		})
	}
	return met
}

// cutBefore cuts channels_met_before, the last column, off a row of truth_people.
func cutBefore(row string) (rest string, channels []string) {
	if !strings.HasPrefix(row, "truth_people ") {
		return row, nil
	}
	end := strings.LastIndexByte(row, '|') + 1
	return row[:end], strings.Split(row[end:], "+")
}

// shows reports whether a person has an event through one of some channels.
func (p portraits) shows(person int64, channels []string) bool {
	return slices.ContainsFunc(p[person], func(row string) bool {
		return strings.HasPrefix(row, "events ") &&
			slices.ContainsFunc(channels, func(c string) bool { return strings.Contains(row, "|"+c+"|") })
	})
}

// changed counts the people whose rows differ, those who have met a channel and the others.
func (p portraits) changed(other portraits, met map[int64]bool) (touched, untouched int) {
	people := maps.Clone(p)
	maps.Copy(people, other)
	for person := range people {
		switch same := slices.Equal(p[person], other[person]); {
		case same || person == 0:
		case met[person]:
			touched++
		default:
			untouched++
		}
	}
	return touched, untouched
}

// TestTheUntouchedStayTheSame: in a world without some channels, customers who never met them have
// the same rows in every table, byte for byte.
func TestTheUntouchedStayTheSame(t *testing.T) {
	t.Parallel()
	for _, off := range [][]string{{"display"}, {"email", "tv"}, {"brand_search"}, {"store"},
		{"search", "paid_social", "call_center"}} {
		w := worldOf(t, bazaar, "customers", "2_000")
		factual := portraitsOf(t, w)
		met := factual.met(off...)
		touched, untouched := factual.changed(portraitsOf(t, without(t, w, off...)), met)
		if touched < 100 || untouched > 0 {
			t.Errorf("without %v: %d changed who met it, want many; %d who did not, want none",
				off, touched, untouched)
		}
		clear(met)
		if _, untouched := factual.changed(portraitsOf(t, without(t, w, off...)), met); untouched == 0 {
			t.Errorf("without %v: when nobody counts as touched, nobody has changed", off)
		}
	}
}

// TestChannelsGoInAnyOrder: one after the other or together, in whatever order.
func TestChannelsGoInAnyOrder(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaar, "customers", "1_000")
	together := portraitsOf(t, without(t, w, "email", "display", "brand_search"))
	stepwise := without(t, without(t, without(t, w, "brand_search"), "display"), "email")
	if !maps.EqualFunc(together, portraitsOf(t, stepwise), slices.Equal) {
		t.Error("together and one after the other are two worlds")
	}
	if names := fmt.Sprint(without(t, w, "email", "display").OffNames()); names != "[display email]" {
		t.Errorf("got %s", names)
	}
	if _, err := w.Without("emial"); err == nil || !strings.Contains(err.Error(), `"email"`) {
		t.Errorf("got %v, want the nearest name", err)
	}
}

// TestOrdersKeepTheirIDs: an order that exists in two worlds has one id: it is the same person's,
// in the same journey, and almost all orders of a world exist in the other.
func TestOrdersKeepTheirIDs(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaar, "customers", "2_000")
	ordersOf := func(w *model.World) map[int64][2]int64 {
		all, orders := whole(t, w), map[int64][2]int64{}
		column := func(name string) []int64 { return columnOf(w, all, table.TableEvents, name).Int }
		id, person, journey := column("order_id"), column("person_id"), column("journey_id")
		kinds := columnOf(w, all, table.TableEvents, "event_type").Code
		for i, kind := range kinds[:all.Tables[table.TableEvents].Len] {
			if kind == table.Purchase {
				orders[id[i]] = [2]int64{person[i], journey[i]}
			}
		}
		return orders
	}
	factual, other := ordersOf(w), ordersOf(without(t, w, "display", "email", "brand_search"))
	both, only := 0, 0
	for id, whose := range other {
		switch was, ok := factual[id]; {
		case !ok:
			only++
		case was != whose:
			t.Errorf("order %d is of person and journey %v and of %v", id, was, whose)
		default:
			both++
		}
	}
	if both < 500 || only > both/50 {
		t.Errorf("%d orders in both worlds, %d only without the channels", both, only)
	}
}

// TestOffRules: what becomes of touches whose channel is off.
func TestOffRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  string
		visit func(n float64, factual, through int) bool
		want  string
	}{
		{"lose", func(n float64, _, through int) bool { return through == 0 }, "no visit"},
		{"{substitute: direct, share: 100%}",
			func(n float64, factual, through int) bool { return through == factual }, "all visits"},
		{"{substitute: direct, share: 40%}", func(n float64, factual, through int) bool {
			p := float64(through) / n // a binomial share within five standard errors: 6e-7
			return p > 0.4-5*0.49/math.Sqrt(n) && p < 0.4+5*0.49/math.Sqrt(n)
		}, "40 % of the visits"},
	} {
		w := worldOf(t, `
customers: 20_000
days: 60
needs: {per_year: 12}
channels:
  ad: {touchpoint: web, paid: true, without: `+c.rule+`}
  direct: {touchpoint: web, source: d, medium: e}
journey:
  stages: {consideration: {dwell: 1d, next: {leave: 100%}}}
  channels: {start: {ad: 1}}
`)
		visits := func(w *model.World) int {
			all, n := whole(t, w), 0
			kinds := columnOf(w, all, table.TableEvents, "event_type").Code
			for _, kind := range kinds[:all.Tables[table.TableEvents].Len] {
				if kind == table.SessionStart {
					n++
				}
			}
			return n
		}
		factual, through := visits(w), visits(without(t, w, "ad"))
		if !c.visit(float64(factual), factual, through) {
			t.Errorf("%s: %d of %d visits are left, want %s", c.rule, through, factual, c.want)
		}
	}
}

// TestOnlyWhatWasPushedIsNotMissed: in a world without its channel a contact that is sent or bought
// is skipped, unless it is to fill a cart or to order: then it is lost, like any visit without a
// substitute. With one, everything comes through that.
func TestOnlyWhatWasPushedIsNotMissed(t *testing.T) {
	t.Parallel()
	w := without(t, worldOf(t, bazaar, "channels.display.without", "not_served",
		"channels.email.without", "not_sent", "channels.search.without", "lose",
		"channels.brand_search.without",
		"{substitute: direct, share: 100%}", "customers", "1"),
		"display", "email", "search", "brand_search")
	town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
	town.step(0)
	for name, want := range map[string][model.ActivityCount]through{
		//              notice   browse   cart  order engage   quote
		"display":      {skipped, skipped, lost, lost, skipped, skipped},
		"email":        {skipped, skipped, lost, lost, skipped, skipped},
		"search":       {lost, lost, lost, lost, lost, lost},
		"brand_search": {served, served, served, served, served, served},
		"direct":       {served, served, served, served, served, served},
	} {
		for does := range model.ActivityCount {
			p := &town.people[0]
			through, got := town.serve(p, numberOf(w, name), model.Activity(does), town.dayStart)
			if got != want[does] || got == served && through != numberOf(w, "direct") {
				t.Errorf("without %s, to %s: %d through channel %d, want %d", name,
					model.Activities[does], got, through, want[does])
			}
		}
	}
}

// TestANewNameChangesNothing: a channel renamed with its old id, and another order of channels in
// the file, give the same rows with the new name in them, also without the channel.
func TestANewNameChangesNothing(t *testing.T) {
	t.Parallel()
	plain := "  display:       {touchpoint: web,"
	if !strings.Contains(bazaar, plain) {
		t.Fatal("the bazaar has another display")
	}
	renamed := strings.Replace(bazaar, plain, "  zeppelin: {id: display, touchpoint: web,", 1)
	renamed = strings.Replace(renamed, "display: 2", "zeppelin: 2", 1)
	renamed = strings.Replace(renamed, "channel: display", "channel: zeppelin", 1)
	first := strings.Index(renamed, "  tv: ")
	end := first + strings.Index(renamed[first:], "\n") + 1
	last := strings.Index(renamed, "journey:\n")
	renamed = renamed[:first] + renamed[end:last] + renamed[first:end] + renamed[last:]
	for _, off := range []string{"", "display"} {
		old, other := worldOf(t, bazaar, "customers", "500"), worldOf(t, renamed, "customers", "500")
		if off != "" {
			old, other = without(t, old, off), without(t, other, "zeppelin")
		}
		want, got := portraitsOf(t, old), portraitsOf(t, other)
		for person, rows := range got {
			for i, row := range rows {
				rows[i] = strings.ReplaceAll(row, "|zeppelin|", "|display|")
				if who, before := cutBefore(row); before != nil {
					rows[i] = who + strings.ReplaceAll(strings.Join(before, "+"), "zeppelin", "display")
				}
			}
			if !slices.Equal(rows, want[person]) {
				t.Fatalf("without %q: person %d lives otherwise", off, person)
			}
		}
		if len(got) != len(want) {
			t.Errorf("without %q: %d people, want %d", off, len(got), len(want))
		}
	}
}
