package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// answerBytes is how much of an answer is read.
const answerBytes = 1 << 20

// A try sends requests one after the other and keeps what it needs for that. Each sender has one.
type try struct {
	opt    *Options
	url    *url.URL
	header http.Header
	gzip   *gzip.Writer
	zstd   *zstd.Encoder
	answer bytes.Buffer
}

func newTry(opt *Options) *try {
	t := &try{opt: opt, url: new(url.URL), header: make(http.Header)}
	*t.url = *opt.Target
	if len(opt.Wire.Query) > 0 {
		query := t.url.Query()
		maps.Copy(query, opt.Wire.Query)
		t.url.RawQuery = query.Encode()
	}
	t.header.Set("User-Agent", "percorso")
	maps.Copy(t.header, opt.Wire.Header)
	maps.Copy(t.header, opt.Header)
	switch opt.Compress {
	case "gzip":
		t.gzip = gzip.NewWriter(nil)
		t.header.Set("Content-Encoding", "gzip")
	case "zstd":
		t.zstd, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // no option can be wrong
		t.header.Set("Content-Encoding", "zstd")
	}
	return t
}

// pack makes the body of a request as it will be sent, also again.
func (t *try) pack(r *Request) error {
	r.body = t.opt.Wire.End(r.body, time.Now().UnixMicro())
	switch {
	case t.gzip != nil:
		into := bytes.NewBuffer(r.packed[:0])
		t.gzip.Reset(into)
		_, err := t.gzip.Write(r.body)
		if err = errors.Join(err, t.gzip.Close()); err != nil {
			return err
		}
		r.packed = into.Bytes()
	case t.zstd != nil:
		r.packed = t.zstd.EncodeAll(r.body, r.packed[:0])
	default:
		r.packed = append(r.packed[:0], r.body...)
	}
	return nil
}

// A verdict is what one try came to.
type verdict struct {
	name     string // the status, or the kind of failure
	answered bool
	status   int
	body     []byte // of the answer, valid until the next try
	err      error
	after    time.Duration // when the target wants to be asked again
	passing  bool          // it may pass: worth another try
	lost     bool          // the target may have taken the request, and its answer did not come
	tooLarge bool          // the target does not take so much at once
	fatal    error         // it will be the same for every request
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

// do sends a request and reads the answer.
func (t *try) do(ctx context.Context, r *Request) verdict {
	ctx, cancel := context.WithTimeout(ctx, t.opt.Timeout)
	defer cancel()
	body := newBody(r.packed)
	header := t.header
	if r.attributes != nil {
		header = header.Clone()
		maps.Copy(header, r.attributes)
	}
	request := (&http.Request{
		Method: http.MethodPost, URL: t.url, Host: t.url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: body, ContentLength: int64(len(r.packed)),
		GetBody: func() (io.ReadCloser, error) { r.reading = true; return newBody(r.packed), nil },
	}).WithContext(ctx)
	response, err := t.opt.Transport.RoundTrip(request)
	if err == nil {
		t.answer.Reset()
		_, err = t.answer.ReadFrom(io.LimitReader(response.Body, answerBytes))
		response.Body.Close()
	}
	r.reading = r.reading || !body.closed.Load()
	if err != nil {
		return failure(err)
	}
	return read(response, t.answer.Bytes())
}

// A body is what is sent; it knows when the transport has done with it.
type body struct {
	bytes.Reader
	closed atomic.Bool
}

func newBody(packed []byte) *body {
	b := new(body)
	b.Reset(packed)
	return b
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.closed.Store(true)
	return nil
}

// failure is the verdict on a try without an answer.
func failure(err error) verdict {
	v := verdict{err: err, passing: true, lost: true, name: "network"}
	op := (*net.OpError)(nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		v.name = "timeout"
	case errors.As(err, &op) && op.Op == "dial":
		v.name, v.lost = "connect", false
	}
	return v
}

// read is the verdict on an answer.
func read(response *http.Response, text []byte) verdict {
	v := verdict{answered: true, status: response.StatusCode, body: text,
		name: strconv.Itoa(response.StatusCode)}
	switch code := v.status; {
	case code == http.StatusTooManyRequests,
		code >= 500 && code != http.StatusNotImplemented && code != http.StatusHTTPVersionNotSupported:
		v.passing = true
		v.after = retryAfter(response.Header, time.Now())
	case code == http.StatusRequestEntityTooLarge:
		v.tooLarge = true
	case code >= 300 && code < 400:
		v.fatal = fmt.Errorf("the target answers %d and redirects to %q: give that address",
			code, response.Header.Get("Location"))
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		v.fatal = fmt.Errorf("the target refuses us, %s", &v)
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code == http.StatusGone:
		v.fatal = fmt.Errorf("there is nothing to send to at this address, %s", &v)
	}
	return v
}

// retryAfter returns how long an answer asks to wait: in seconds, or until a date (RFC 9110, 10.2.3).
func retryAfter(header http.Header, now time.Time) time.Duration {
	for _, name := range []string{"Retry-After", "X-Ratelimit-Reset"} {
		text := header.Get(name)
		if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
			return time.Duration(min(seconds, 3600) * float64(time.Second))
		}
		if at, err := http.ParseTime(text); err == nil {
			return max(at.Sub(now), 0)
		}
	}
	return 0
}
