package push

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestSecretsAreNotRepeated: a target that repeats what it was sent, with colours for a terminal,
// does not make us print a key, nor obey.
func TestSecretsAreNotRepeated(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			w.WriteHeader(status)
			for _, s := range []string{"\x1b[31mno\x1b[0m,", r.URL.RawQuery, r.Header.Get("X-Api-Key"),
				r.Header.Get("Authorization"), user, password, "bodykey"} {
				w.Write([]byte(s + " "))
			}
		}))
		w := handmade()
		opt := options(t, w, server)
		opt.Header = http.Header{"X-Api-Key": {"headerkey"},
			"Authorization": {"Basic dXNlcjpwYXNzd29yZA=="}} // user:password
		opt.Target.RawQuery = "source=us&api_secret=query%2Fkey"
		opt.Secrets = []string{"bodykey", "us"}
		m := NewMeasure(opt.Pace)
		err := Run(t.Context(), living(w, 10), m, opt)
		server.Close()
		if err == nil {
			t.Fatal("no error")
		}
		why := m.Report().Why
		if !strings.Contains(why, "[31mno [0m, source=us&api_secret=*** *** *** user *** ***") {
			t.Errorf("why: %q", why)
		}
		for _, secret := range []string{"headerkey", "dXNlcj", "password", "query", "bodykey", "\x1b"} {
			if strings.Contains(why+err.Error(), secret) {
				t.Errorf("%d: %q is told: %q, %v", status, secret, why, err)
			}
		}
	}
}
