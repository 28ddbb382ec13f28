package table

import (
	"strings"
	"testing"
)

// TestNearestNamesWhatWasMeant holds slips that are seen through, and strangers that are not.
func TestNearestNamesWhatWasMeant(t *testing.T) {
	channels := []string{"direct", "display", "email", "paid_search_brand", "search", "sms", "store"}
	for name, want := range map[string]string{
		"serch":             "search",
		"saerch":            "search", // neighbours swapped
		"Search":            "search", // only the case
		"paid-search-brand": "paid_search_brand",
		"disp":              "display", // abbreviated
		"dispaly":           "display",
		"e mail":            "email",
		"sotre":             "store",
		"smss":              "sms",
		"television":        "",
		"xx":                "",
		"":                  "",
	} {
		if want != "" {
			want = `, did you mean "` + want + `"?`
		}
		if got := Nearest(name, channels); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for _, test := range []struct{ name, among, want string }{
		{"order", "order_lines orders", "orders"}, {"need", "seed needs", "needs"},
		{"customers", "customer_id customer", "customer"}, {"cust", "customer_id customer", "customer"},
		{"all", "null app", ""}, {"o", "off", ""}, {"json", "set to", ""}, {"kpis", "days", ""},
		{"quiet", "set", ""}, {"q", "id", ""}, {"errs", "p999 errors", "errors"}, {"shw", "show", "show"},
		{"is", "id", ""}, {"item", "items", "items"}, {"s", "", ""},
		{"december", "jan dec", "dec"}, {"inbox and much more of it", "inbox", ""},
	} {
		if got := Closest(test.name, strings.Fields(test.among)); got != test.want {
			t.Errorf("%s among %s: got %q, want %q", test.name, test.among, got, test.want)
		}
	}
	if got := Nearest("search", nil); got != "" {
		t.Errorf("among none: got %q", got)
	}
}

// TestDistance holds small distances that can be counted by hand.
func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "axc", 1},
		{"abc", "acb", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"print-shop", "print_shop", true}, {"click_and_collect", "click-and-collect", true},
		{"a-b_c", "a_b-c", true}, {"fashion", "fashion", true}, {"", "", true},
		{"print-shop", "printshop", false}, {"print-shop", "Print-Shop", false}, {"a", "b", false},
	} {
		if got := Alike(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestWordsOfErrors: what is accepted is listed as in a sentence, and long names are cut.
func TestWordsOfErrors(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"},
		"a, b or c": {"a", "b", "c"}} {
		if got := OneOf(words); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -123456: "-123,456",
		134217727: "134,217,727"} {
		if got := Grouped(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	names := []string{"peas", "beans"}
	if got, want := Unknown("plant", "bean", names),
		`unknown plant "bean", want beans or peas, did you mean "beans"?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if names[0] != "peas" {
		t.Error("the names were sorted in place")
	}
	if got, want := Unknown("plant", "bean", nil), `unknown plant "bean", there is none`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	long := strings.Repeat("long", 30)
	want := `unknown plant "` + long[:40] + `…", want beans or peas`
	if got := Unknown("plant", long, names); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
