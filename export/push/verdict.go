package push

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A verdict is the result of one attempt.
type verdict struct {
	name     string // the status, or the kind of failure
	answered bool
	status   int
	body     []byte // of the answer, valid until the next attempt
	err      error
	after    time.Duration // how long the target asks to wait before another attempt
	passing  bool          // the cause may pass: worth another attempt
	lost     bool          // the target may have accepted the request, but no answer came
	tooLarge bool          // the request is larger than the target accepts
	fatal    error         // why every request will fail
}

func (v *verdict) String() string {
	switch {
	case v.err != nil:
		return v.err.Error()
	case len(v.body) == 0:
		return fmt.Sprintf("%d %s", v.status, http.StatusText(v.status))
	}
	return fmt.Sprintf("%d %s: %.200q", v.status, http.StatusText(v.status), v.body)
}

// success reports whether a status means success.
func success(status int) bool { return status >= 200 && status < 300 }

// failure is the verdict on an attempt without an answer.
func (o *Options) failure(err error) verdict {
	v := verdict{err: err, passing: true, lost: true, name: "network"}
	op, dns := (*net.OpError)(nil), (*net.DNSError)(nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		v.err, v.name = fmt.Errorf("no response in time (%s)", o.name("Timeout")), "timeout"
	case errors.Is(err, context.Canceled):
		v.name = "interrupted"
	case errors.As(err, &dns) && dns.IsNotFound:
		v.fatal, v.name, v.lost = &NoHostError{dns.Name}, "connect", false
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		v.name, v.lost = "connect", false
	default:
		if v.fatal = o.misunderstanding(err); v.fatal != nil {
			v.name, v.lost = "handshake", false
		}
	}
	return v
}

// misunderstanding says what to do when the two sides do not use the same protocol; nil if they do.
// The errors of net/http have no types.
func (o *Options) misunderstanding(err error) error {
	stranger, record := (*tls.CertificateVerificationError)(nil), tls.RecordHeaderError{}
	alert := tls.AlertError(0)
	text := err.Error()
	switch {
	case errors.As(err, &stranger):
		return fmt.Errorf("%w: give the certificate of the CA that signed the target's, %s", err,
			o.name("CA"))
	case errors.As(err, &record):
		return errors.New("the target does not use TLS: give a URL with http://")
	case strings.Contains(text, "tls: certificate required"):
		return fmt.Errorf("the target requires a client certificate: give one with its key, %s",
			o.name("Cert"))
	case errors.As(err, &alert), strings.Contains(text, "remote error: tls: "):
		return fmt.Errorf("the target refuses the TLS handshake: %w", err)
	case strings.Contains(text, `malformed HTTP response "\x15\x03`):
		return errTLSOnly
	case strings.Contains(text, "looked like an HTTP/1.1 header"),
		strings.Contains(text, "http2: frame too large"): // another answer to the first line of HTTP/2
		return fmt.Errorf("the target does not support HTTP/2 without TLS: leave out %s", o.name("H2C"))
	case strings.Contains(text, "malformed HTTP"):
		return fmt.Errorf("the target does not answer with HTTP: %w", err)
	}
	return nil
}

var errTLSOnly = errors.New("the target uses TLS: give a URL with https://")

// judge is the verdict on an answer.
func (o *Options) judge(response *http.Response, text []byte) verdict {
	v := verdict{answered: true, status: response.StatusCode, body: text,
		name: strconv.Itoa(response.StatusCode)}
	switch code := v.status; {
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout,
		code == http.StatusTooEarly,
		code >= 500 && code != http.StatusNotImplemented && code != http.StatusHTTPVersionNotSupported:
		v.passing = true
		v.after = retryAfter(response.Header, time.Now())
	case code == http.StatusRequestEntityTooLarge:
		v.tooLarge = true
	case code >= 300 && code < 400:
		v.fatal = o.redirected(response)
	case code == http.StatusUnauthorized, code == http.StatusForbidden,
		code == http.StatusProxyAuthRequired:
		v.fatal = fmt.Errorf("the target refuses access, %s", &v)
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code == http.StatusGone:
		v.fatal = fmt.Errorf("the target accepts no events at this URL, %s", &v)
	case code == http.StatusBadRequest && response.TLS == nil && asksForTLS(text):
		v.fatal = errTLSOnly
	case code < 200, code >= 500:
		v.fatal = fmt.Errorf("the target answers %s: does it accept events at all?", &v)
	}
	return v
}

// redirected says which address to use instead.
func (o *Options) redirected(response *http.Response) error {
	to, err := response.Location()
	if err != nil {
		return fmt.Errorf("the target answers %d but names no other URL", response.StatusCode)
	}
	plain := url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}
	return fmt.Errorf("the target answers %d and redirects: give the new URL, %s %s",
		response.StatusCode, o.name("Target"), plain.String())
}

// asksForTLS recognises what servers in Go, nginx and Apache answer to plain HTTP on a TLS port.
func asksForTLS(text []byte) bool {
	lower := strings.ToLower(string(text))
	return strings.Contains(lower, "http request") && (strings.Contains(lower, "https server") ||
		strings.Contains(lower, "https port")) || strings.Contains(lower, "ssl-enabled server port")
}

// retryAfter returns how long an answer asks to wait: in seconds, or until a date (RFC 9110,
// 10.2.3), or until a time in seconds since 1970, as some servers write X-RateLimit-Reset. It adds
// a little at random, so that not all requests come back at once.
func retryAfter(header http.Header, now time.Time) time.Duration {
	const longest, epoch = time.Hour, 1e9
	for _, name := range []string{"Retry-After", "X-Ratelimit-Reset"} {
		text := header.Get(name)
		var wait time.Duration
		if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
			if seconds > epoch {
				seconds = max(seconds-float64(now.UnixMilli())/1000, 0)
			}
			wait = time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
		} else if at, err := http.ParseTime(text); err == nil {
			wait = min(max(at.Sub(now), 0), longest)
		} else {
			continue
		}
		return wait + time.Duration(rand.Float64()*0.1*float64(wait))
	}
	return 0
}
