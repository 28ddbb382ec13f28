package readers

import (
	"fmt"
	"testing"

	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// keys are the columns that tell the rows of a table apart.
var keys = []struct{ table, columns string }{
	{"events", "event_id"},
	{"customers", "user_id"},
	{"orders", "order_id"},
	{"order_lines", "order_id, line_number"},
	{"carts", "cart_id"},
	{"cart_lines", "cart_id, line_number"},
	{"products", "product_id"},
	{"stores", "store_id"},
	{"campaigns", "campaign_id"},
	{"truth_people", "person_id"},
	{"truth_events", "event_id"},
	{"truth_journeys", "journey_id"},
	{"truth_identity", "identifier_type, identifier"},
}

// joins are columns whose values, where they are there, are found in the key of another table.
var joins = []struct{ table, column, other, key string }{
	{"events", "event_id", "truth_events", "event_id"},
	{"events", "user_id", "customers", "user_id"},
	{"events", "campaign_id", "campaigns", "campaign_id"},
	{"events", "product_id", "products", "product_id"},
	{"events", "order_id", "orders", "order_id"},
	{"events", "store_id", "stores", "store_id"},
	{"orders", "user_id", "customers", "user_id"},
	{"orders", "store_id", "stores", "store_id"},
	{"orders", "campaign_id", "campaigns", "campaign_id"},
	{"order_lines", "order_id", "orders", "order_id"},
	{"order_lines", "product_id", "products", "product_id"},
	{"carts", "user_id", "customers", "user_id"},
	{"carts", "order_id", "orders", "order_id"},
	{"cart_lines", "cart_id", "carts", "cart_id"},
	{"cart_lines", "product_id", "products", "product_id"},
	{"truth_people", "user_id", "customers", "user_id"},
	{"truth_events", "event_id", "events", "event_id"},
	{"truth_events", "person_id", "truth_people", "person_id"},
	{"truth_events", "journey_id", "truth_journeys", "journey_id"},
	{"truth_journeys", "person_id", "truth_people", "person_id"},
	{"truth_identity", "person_id", "truth_people", "person_id"},
}

// A promise holds when its query finds nothing. It must find something where one table is as
// broken says, so that a promise of nothing is noticed.
type promise struct{ says, query, table, broken string }

// promises are what joins and sums over all tables must give.
func promises() []promise {
	var list []promise
	for _, k := range keys {
		list = append(list, promise{
			k.table + ": " + k.columns + " is a key",
			fmt.Sprintf("SELECT %s FROM %s GROUP BY ALL HAVING count(*) > 1", k.columns, k.table),
			k.table, "FROM main.%[1]s UNION ALL (FROM main.%[1]s LIMIT 1)",
		})
	}
	for _, j := range joins {
		list = append(list, promise{
			fmt.Sprintf("%s.%s joins %s", j.table, j.column, j.other),
			fmt.Sprintf("FROM %s WHERE %s NOT IN (SELECT %s FROM %s)", j.table, j.column, j.key, j.other),
			j.other, "FROM main.%s LIMIT 1",
		})
	}
	return append(list, sums...)
}

// more returns a table in which a column is too high by one in every row.
func more(column string) string {
	return "SELECT * REPLACE (" + column + " + 1 AS " + column + ") FROM main.%s"
}

var sums = []promise{
	{"orders add up to cents",
		"FROM orders WHERE total <> subtotal - discount + shipping", "orders", more("discount")},
	{"lines add up to cents",
		"FROM order_lines WHERE amount <> quantity * unit_price", "order_lines", more("amount")},
	{"the lines of an order are there, and sum up to it",
		`SELECT order_id FROM orders LEFT JOIN order_lines l USING (order_id)
		GROUP BY order_id, line_count, subtotal, orders.discount
		HAVING count(line_number) <> line_count OR max(line_number) <> line_count OR
			sum(amount) <> subtotal
			OR sum(l.discount) <> orders.discount`,
		"order_lines", more("amount")},
	{"the lines of a cart are there, and sum up to it",
		`SELECT cart_id FROM carts LEFT JOIN cart_lines USING (cart_id)
		GROUP BY cart_id, line_count, value
		HAVING count(line_number) <> line_count OR max(line_number) <> line_count OR
			sum(quantity * unit_price) <> value`,
		"cart_lines", more("quantity")},
	{"a purchase says what its order says",
		`SELECT event_id FROM events e LEFT JOIN orders o USING (order_id)
		WHERE event_type = 'purchase' AND (o.total IS DISTINCT FROM revenue
			OR o.ordered_at <> event_time OR o.channel <> e.channel
			OR o.session_id IS DISTINCT FROM e.session_id)`,
		"orders", more("total")},
	{"an order has one purchase",
		`SELECT order_id FROM orders LEFT JOIN
			(SELECT order_id, event_id FROM events WHERE event_type = 'purchase') e USING (order_id)
		GROUP BY order_id HAVING count(event_id) <> 1`,
		"events", "FROM main.%s WHERE event_type <> 'purchase'"},
	{"a cart is converted when it has an order, and else says why not",
		"FROM carts WHERE (status = 'converted') <> (order_id IS NOT NULL) " +
			"OR (status = 'abandoned') <> (reason IS NOT NULL)",
		"carts", "SELECT * REPLACE (NULL AS reason) FROM main.%s"},
	{"whoever has a user_id in truth is the only one with it, and all customers are somebody",
		`SELECT user_id FROM customers LEFT JOIN truth_people USING (user_id)
		GROUP BY user_id HAVING count(person_id) <> 1`,
		"truth_people", "FROM main.%s LIMIT 1"},
	{"a user is the person of their events",
		`SELECT event_id FROM events JOIN truth_events USING (event_id) JOIN truth_people p
			USING (person_id) WHERE events.user_id <> p.user_id`,
		"truth_people", more("user_id")},
	{"a device of an event is known, and is that of its person",
		`SELECT event_id FROM events JOIN truth_events USING (event_id) LEFT JOIN truth_identity i
			ON identifier_type = 'device' AND identifier = device_id
		WHERE device_id IS NOT NULL AND i.person_id IS DISTINCT FROM truth_events.person_id`,
		"truth_identity", more("person_id")},
	{"people have spent what their purchases cost",
		`SELECT person_id FROM truth_people LEFT JOIN
			(SELECT person_id, revenue FROM events JOIN truth_events USING (event_id)
			WHERE event_type = 'purchase') USING (person_id)
		GROUP BY person_id, order_count, total_spent
		HAVING count(revenue) <> order_count OR coalesce(sum(revenue), 0) <> total_spent`,
		"truth_people", more("total_spent")},
	{"a journey has the orders of its events, and the person",
		`SELECT journey_id FROM truth_journeys j LEFT JOIN
			(SELECT journey_id, person_id, event_id FROM events JOIN truth_events USING (event_id)
			WHERE event_type = 'purchase') e USING (journey_id)
		GROUP BY journey_id, j.person_id, order_count
		HAVING count(event_id) > order_count OR max(e.person_id) <> j.person_id`,
		"truth_journeys", "SELECT * REPLACE (0 AS order_count) FROM main.%s"},
	{"events of a session are of one device and person",
		`SELECT session_id FROM events JOIN truth_events USING (event_id) WHERE session_id IS NOT NULL
		GROUP BY session_id HAVING count(DISTINCT device_id) > 1 OR count(DISTINCT person_id) > 1`,
		"truth_events", "SELECT * REPLACE (event_id AS person_id) FROM main.%s"},
	{"events are received after they happen",
		"FROM events WHERE received_at < event_time", "events",
		"SELECT * REPLACE (event_time AS received_at, received_at AS event_time) FROM main.%s"},
	{"ids are safe in JSON",
		"FROM events WHERE greatest(event_id, session_id, device_id, user_id, order_id) >= pow(2, 53)",
		"events", "SELECT * REPLACE (event_id + 9007199254740992 AS event_id) FROM main.%s"},
}

// Joins and sums over the tables of a dataset give what the tables promise.
func TestTablesKeepTheirPromises(t *testing.T) {
	w := market(t, 300_000, 3)
	d := generate(t, w, table.TruthSeparate, everyKind()[:1], simulate.Options{})[0]
	r := openDuckDB(t)
	d.load(t, r)
	for _, p := range promises() {
		if found := r.ask(t, p.query); len(found) > 0 {
			t.Errorf("not true: %s: %d rows such as %v", p.says, len(found), found[0])
		}
		broken := fmt.Sprintf(p.broken, p.table)
		if len(r.ask(t, "WITH "+p.table+" AS ("+broken+") "+p.query)) == 0 {
			t.Errorf("cannot fail: %s", p.says)
		}
	}
}

// Events are sorted by time within a part, as its file holds them.
func TestEventsOfAPartAreInTheOrderOfTime(t *testing.T) {
	d := few(t, "parquet")[0]
	r := openDuckDB(t)
	const back = "SELECT count(*) FROM (SELECT event_time < lag(event_time) OVER " +
		"(PARTITION BY filename ORDER BY %s) AS back " +
		"FROM read_parquet('%s', filename=true, file_row_number=true)) WHERE back"
	if n := r.ask(t, fmt.Sprintf(back, "file_row_number", d.files("events")))[0][0]; n != "0" {
		t.Errorf("%s events are before the one above them", n)
	}
	if n := r.ask(t, fmt.Sprintf(back, "event_id", d.files("events")))[0][0]; n == "0" {
		t.Error("this test cannot fail")
	}
}
