package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// guard lets through the requests that are allowed. With a token these are the ones that carry it.
// Without one the server listens only on this machine, and refuses what a web page makes a browser
// ask of 127.0.0.1, also under a name of its own (DNS rebinding): the page cannot hide it.
func (s *Server) guard(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(s.opt.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.URL.Path == "/healthz":
		case s.opt.Token != "":
			kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			got := sha256.Sum256([]byte(strings.TrimSpace(token)))
			same := subtle.ConstantTimeCompare(got[:], want[:]) == 1
			if !strings.EqualFold(kind, "Bearer") || !same {
				w.Header().Set("WWW-Authenticate", `Bearer realm="percorso"`)
				s.refuse(w, http.StatusUnauthorized, "token",
					"send the header Authorization: Bearer TOKEN with the token of this server")
				return
			}
		case !isLocal(r.Host):
			s.refuse(w, http.StatusForbidden, "host", "the Host header names "+
				"another host: a server without a token answers only for localhost or 127.0.0.1")
			return
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			s.refuse(w, http.StatusForbidden, "host", "the request comes from a "+
				"page of another site: a server without a token answers only this machine")
			return
		}
		// A client has to take the answer; that of /v1/events gets more time as it goes on.
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.opt.IdleTimeout))
		next.ServeHTTP(w, r)
	})
}

// refuse refuses a request, and counts it.
func (s *Server) refuse(w http.ResponseWriter, status int, why, detail string) {
	s.metrics.refused.WithLabelValues(why).Inc()
	problem(w, status, "%s", detail)
}

// isLocal reports whether a Host header names this machine by a name that cannot mean any other.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && at.Unmap().IsLoopback()
}
