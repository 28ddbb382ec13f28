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

// guard lets authorised requests through. With a token, those are the requests that show it.
// Without one the server only listens on this machine, and a request must come from a program or
// from our own pages: a web page can make a browser send requests to 127.0.0.1, even under a host
// name of its own (DNS rebinding), but it cannot hide that.
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
					"want the header Authorization: Bearer TOKEN, with the token of this server")
				return
			}
		case !isLocal(r.Host):
			s.refuse(w, http.StatusForbidden, "host", "the Host header names "+
				"another host: without a token, ask for localhost or 127.0.0.1")
			return
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			s.refuse(w, http.StatusForbidden, "host", "a page of another site "+
				"asks: without a token, only programs and pages of this machine may")
			return
		}
		// The client has to take the answer; /v1/events extends the deadline as it goes on.
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.opt.Patience))
		next.ServeHTTP(w, r)
	})
}

// refuse answers that access is denied, and counts it.
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
