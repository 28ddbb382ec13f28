package push

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quiet is the server of a handler that does not log what clients do.
func quiet(h http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

// authority returns the certificate of a server as a file has it.
func authority(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// TestWaysToATarget: HTTP/1.1, HTTP/2, with TLS and without, compressed or not, bring the same.
func TestWaysToATarget(t *testing.T) {
	var want map[string]bool
	for _, way := range []struct {
		name, codec, proto string
		tls, h2, h2c       bool
	}{
		{name: "plain", proto: "HTTP/1.1"},
		{name: "gzip", codec: "gzip", proto: "HTTP/1.1"},
		{name: "zstd", codec: "zstd", proto: "HTTP/1.1"},
		{name: "tls", tls: true, proto: "HTTP/1.1"},
		{name: "h2", tls: true, h2: true, proto: "HTTP/2.0"},
		{name: "h2, zstd", tls: true, h2: true, codec: "zstd", proto: "HTTP/2.0"},
		{name: "h2c", h2c: true, proto: "HTTP/2.0"},
	} {
		var mu sync.Mutex
		bodies, from := make(map[string]bool), make(map[string]bool)
		server := quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := plain(r)
			mu.Lock()
			defer mu.Unlock()
			bodies[string(body)], from[r.RemoteAddr] = true, true
			if err != nil || r.Proto != way.proto || r.Header.Get("X-Test") != "yes" ||
				r.Header.Get("Content-Type") != "application/x-ndjson" {
				t.Errorf("%s: %s, %v, error %v", way.name, r.Proto, r.Header, err)
			}
		}))
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetHTTP2(way.h2)
		server.Config.Protocols.SetUnencryptedHTTP2(way.h2c)
		link := Link{Connections: 4, Timeout: 5 * time.Second, H2C: way.h2c}
		if server.EnableHTTP2 = way.h2; way.tls {
			server.StartTLS()
			link.CA = authority(server)
		} else {
			server.Start()
		}
		w := handmade()
		opt := options(t, w, server)
		opt.Connections, opt.Compress, opt.Header = 4, way.codec, http.Header{"X-Test": {"yes"}}
		var err error
		if opt.Transport, err = NewTransport(link); err != nil {
			t.Fatal(err)
		}
		if _, err = run(t, w, 1000, opt); err != nil {
			t.Errorf("%s: %v", way.name, err)
		}
		server.Close()
		if want == nil {
			want = bodies
		}
		if !maps.Equal(bodies, want) || len(want) != 100 {
			t.Errorf("%s: %d bodies arrived, not the same as %d, want 100", way.name, len(bodies),
				len(want))
		}
		if len(from) > link.Connections {
			t.Errorf("%s: %d connections for 100 requests, want at most %d", way.name, len(from),
				link.Connections)
		}
	}
}

// TestNoUseToTryAgain: what is the same for every request ends the stream at once, and the error
// says what to do.
func TestNoUseToTryAgain(t *testing.T) {
	answer := func(status int) *httptest.Server {
		return quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://other.example/in?api_secret=s3cret")
			w.WriteHeader(status)
		}))
	}
	h2 := func(l *Link) { l.H2C = true }
	page := answer(200) // says so before it is asked, as a line of HTTP/0.9
	page.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.Write([]byte("<!DOCTYPE HTML>\n<html>Bad request version</html>"))
		}
	}
	for _, test := range []struct {
		name   string
		server *httptest.Server
		tls    bool   // of the server
		scheme string // of the address
		change func(*Link)
		want   string
	}{
		{"redirects", answer(301), false, "http", nil, "the new URL, Target https://other.example/in"},
		{"redirects", answer(307), false, "http", nil, "the new URL, Target https://other.example/in"},
		{"knows nobody", answer(401), false, "http", nil,
			"refuses access, 401 Unauthorized; use the key"},
		{"forbids", answer(403), false, "http", nil, "refuses access, 403 Forbidden; use the key"},
		{"is elsewhere", answer(404), false, "http", nil, "accepts no events at this URL, 404"},
		{"takes no POST", answer(405), false, "http", nil, "accepts no events at this URL, 405"},
		{"is gone", answer(410), false, "http", nil, "accepts no events at this URL, 410"},
		{"cannot", answer(501), false, "http", nil, "501 Not Implemented: does it accept events at all?"},
		{"wants TLS", answer(200), true, "http", nil, "uses TLS: give a URL with https://"},
		{"has no TLS", answer(200), false, "https", nil, "does not use TLS: give a URL with"},
		{"is a stranger", answer(200), true, "https", nil, "signed the target's, CA"},
		{"takes no h2c", answer(200), false, "http", h2, "leave out H2C"},
		{"has a page for h2c", page, false, "http", h2, "leave out H2C"},
	} {
		if test.tls {
			test.server.StartTLS()
		} else {
			test.server.Start()
		}
		w := handmade()
		opt := options(t, w, test.server)
		opt.Target.Scheme, opt.Credentials = test.scheme, "use the key"
		link := Link{Connections: 8, Timeout: 5 * time.Second}
		if test.change != nil {
			test.change(&link)
		}
		opt.Transport, _ = NewTransport(link)
		began := time.Now()
		c, err := run(t, w, 100_000, opt)
		test.server.Close()
		if err == nil || !strings.Contains(err.Error(), test.want) ||
			strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a target that %s: %v, want %q", test.name, err, test.want)
		}
		if took := time.Since(began); took > 2*time.Second || c.Requests.Sent > 50 {
			t.Errorf("a target that %s: %v and %d requests, want an end at once",
				test.name, took, c.Requests.Sent)
		}
	}
}

// TestInsecureTrustsAnybody, but only then.
func TestInsecureTrustsAnybody(t *testing.T) {
	s := newShop()
	server := quiet(s)
	server.StartTLS()
	defer server.Close()
	w := handmade()
	opt := options(t, w, server)
	opt.Transport, _ = NewTransport(Link{Connections: 2, Timeout: time.Second, Insecure: true})
	if _, err := run(t, w, 20, opt); err != nil {
		t.Error(err)
	}
	if all, _ := s.kinds(); all != 20 {
		t.Errorf("%d events arrived, want 20", all)
	}
	if _, err := NewTransport(Link{CA: []byte("no certificate")}); err == nil {
		t.Error("a CA without a certificate is taken")
	}
	other := httptest.NewUnstartedServer(s)
	other.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS12}
	other.Config.ErrorLog = log.New(io.Discard, "", 0)
	other.StartTLS()
	defer other.Close()
	// Somebody else's authority does not vouch for this target if the names differ.
	opt = options(t, w, other)
	opt.Target.Host = strings.Replace(opt.Target.Host, "127.0.0.1", "localhost", 1)
	opt.Transport, _ = NewTransport(Link{Connections: 2, Timeout: time.Second, CA: authority(other)})
	if _, err := run(t, w, 20, opt); err == nil || !strings.Contains(err.Error(), "localhost") {
		t.Errorf("a certificate of another name: %v, want it refused", err)
	}
}

// TestNeverHangs: whatever a target does instead of answering, a try ends.
func TestNeverHangs(t *testing.T) {
	forever := func(head, more string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, head)
			for {
				if _, err := io.WriteString(c, more); err != nil {
					return
				}
			}
		}
	}
	for _, test := range []struct {
		name   string
		target func(net.Conn)
		want   string // in the error
		status string // counted
	}{
		{"says nothing", func(net.Conn) {}, "no response in time (Timeout)", "timeout"},
		{"never ends its head", forever("HTTP/1.1 200 OK\r\n", "X-More: more\r\n"), "", "network"},
		{"never ends a line", forever("HTTP/1.1 200 ", "OKOKOKOKOKOKOK"), "", "network"},
		{"is always about to answer", forever("", "HTTP/1.1 103 Early Hints\r\n\r\n"), "", "network"},
		{"drips", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx")
		}, "no response in time", "timeout"},
		{"switches", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n"+
				"Connection: upgrade\r\nUpgrade: chat\r\n\r\n")
		}, "101 Switching Protocols: does it accept events at all?", "101"},
		{"speaks SMTP", func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example ESMTP\r\n") },
			"does not answer with HTTP", "handshake"},
		{"never ends its answer", forever("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
			strings.Repeat("ok", 5000)), "", "200"},
	} {
		address, stop := rawServer(t, test.target)
		w := handmade()
		opt := options(t, w, nil)
		opt.Target = &url.URL{Scheme: "http", Host: address}
		opt.Timeout, opt.RetryFor, opt.Connections = 200*time.Millisecond, 100*time.Millisecond, 2
		began := time.Now()
		c, err := run(t, w, 20, opt)
		stop()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a target that %s: it took %v", test.name, took)
		}
		if test.status != "200" && (err == nil || !strings.Contains(err.Error(), test.want)) ||
			c.Status[test.status] == 0 {
			t.Errorf("a target that %s: %v, %v", test.name, err, c.Status)
		}
	}
}

// rawServer is a target that reads a request and then does something else with the connection.
func rawServer(t *testing.T, serve func(net.Conn)) (address string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer c.Close()
				var got []byte
				buffer := make([]byte, 64<<10)
				for !bytes.Contains(got, []byte("\r\n\r\n")) {
					n, err := c.Read(buffer)
					if err != nil {
						return
					}
					got = append(got, buffer[:n]...)
				}
				serve(c)
				_, _ = io.Copy(io.Discard, c) // until the other side has had enough
			})
		}
	})
	return l.Addr().String(), func() {
		l.Close()
		group.Wait()
	}
}

// TestLostIsOnlyWhatMayHaveArrived: a connection that was never made loses no answer, one that was
// cut after the request was read does.
func TestLostIsOnlyWhatMayHaveArrived(t *testing.T) {
	address, stop := rawServer(t, func(c net.Conn) { c.Close() })
	defer stop()
	w := handmade()
	opt := options(t, w, nil)
	opt.RetryFor, opt.Connections = 150*time.Millisecond, 1
	for _, host := range []string{address, "127.0.0.1:1"} {
		opt.Target = &url.URL{Scheme: "http", Host: host}
		c, err := run(t, w, 10, opt)
		lost := []int64{c.Events.Uncertain, c.Events.Dropped}
		if want := []int64{10, 0}; host == address && !slices.Equal(lost, want) {
			t.Errorf("cut: uncertain and dropped %v, want %v (%v)", lost, want, err)
		}
		if want := []int64{0, 10}; host != address && !slices.Equal(lost, want) {
			t.Errorf("refused: uncertain and dropped %v, want %v (%v)", lost, want, err)
		}
	}
}
