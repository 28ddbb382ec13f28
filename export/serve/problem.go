package serve

import (
	"fmt"
	"net/http"

	"github.com/percorso/percorso/export/format"
)

// A problemDetail is an error answer (RFC 9457).
type problemDetail struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// problem answers with an error.
func problem(w http.ResponseWriter, status int, text string, args ...any) {
	detail := fmt.Sprintf(text, args...)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	format.WriteJSON(w, problemDetail{http.StatusText(status), status, detail}) // else it has gone
}

// explained turns the errors of a mux, unknown addresses and methods, into problems.
func explained(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := refusal{header: w.Header()}
		mux.ServeHTTP(&refusal, r)
		if refusal.status == http.StatusMethodNotAllowed {
			problem(w, refusal.status, "%s: want %s", r.Method, w.Header().Get("Allow"))
			return
		}
		problem(w, http.StatusNotFound, "there is nothing at %s; want /, /v1/events, "+
			"/v1/schema, /v1/scenario, /v1/dialects, /healthz or /metrics", r.URL.Path)
	})
}

// A refusal keeps the status and the header of an answer and drops the body.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) WriteHeader(status int)      { r.status = status }
func (r *refusal) Write(p []byte) (int, error) { return len(p), nil }
