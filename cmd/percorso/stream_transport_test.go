package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/percorso/percorso/export/push"
)

// stream runs `percorso stream` for a few events and returns its exit code and what it said.
func stream(args ...string) (code int, said string) {
	var out, talk bytes.Buffer
	code = run(with([]string{"percorso", "stream", "classic-funnel", "--customers", "2000",
		"--days", "2", "--events", "40", "--batch", "10", "--retry-for", "300ms", "--rate", "max"},
		args...), &out, &talk)
	return code, out.String() + talk.String()
}

// A desk is a target that lets in who has the right words in a header.
type desk struct {
	mu   sync.Mutex
	seen []http.Header
	want map[string]string
}

// ServeHTTP refuses who has not.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, r.Header.Clone())
	for name, value := range d.want {
		if r.Header.Get(name) != value {
			http.Error(w, "who are you?", http.StatusUnauthorized)
		}
	}
}

// TestSecretsGetThereAndNowhereElse: from a file, the environment or both, to the target, and never
// into what is printed.
func TestSecretsGetThereAndNowhereElse(t *testing.T) {
	const word = "hunter2-s3cret"
	file := filepath.Join(t.TempDir(), "secret")
	pair := filepath.Join(t.TempDir(), "pair")
	for path, text := range map[string]string{file: word + "\n", pair: "ada:" + word} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("OURS", word)
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, test := range []struct {
		environment, want string
		args              []string
	}{
		{"", "Bearer " + word, []string{"--bearer", "env:OURS"}},
		{"", "Bearer " + word, []string{"--bearer", "file:" + file}},
		{"PERCORSO_BEARER=" + word, "Bearer " + word, nil},
		{"PERCORSO_BEARER=other", "Bearer " + word, []string{"--bearer", "env:OURS"}},
		{"PERCORSO_BEARER=other", basic("ada:" + word), []string{"--basic", "file:" + pair}},
		{"PERCORSO_BASIC=ada:" + word, basic("ada:" + word), nil},
		{"PERCORSO_KEY=" + word, basic(word + ":"), []string{"--dialect", "segment"}},
		{"", basic(word + ":"), []string{"--dialect", "segment", "--key", "env:OURS"}},
		{"", "Token " + word, []string{"--header", "authorization: Token " + word}},
	} {
		for _, name := range []string{"KEY", "BEARER", "BASIC"} {
			t.Setenv("PERCORSO_"+name, "")
		}
		if name, value, ok := strings.Cut(test.environment, "="); ok {
			t.Setenv(name, value)
		}
		d := &desk{want: map[string]string{"Authorization": test.want}}
		server := httptest.NewServer(d)
		args := append([]string{"--to", server.URL}, test.args...)
		code, said := stream(args...)
		if code != exitDone || len(d.seen) == 0 {
			t.Errorf("%s %v: exit code %d after %d requests: %s", test.environment, test.args, code,
				len(d.seen), said)
		}
		d.want["Authorization"] = "something else"
		code, refused := stream(args...)
		if code != exitFailed || !strings.Contains(refused, "401") {
			t.Errorf("%s %v: exit code %d where we are not let in: %s", test.environment, test.args,
				code, refused)
		}
		_, help := stream("--help")
		for _, text := range []string{said, refused, help} {
			if strings.Contains(text, word) ||
				strings.Contains(text, strings.Fields(test.want)[1]) {
				t.Errorf("%s %v: the secret is told: %s", test.environment, test.args, text)
			}
		}
		server.Close()
	}
}

// TestStdoutHidesTheKey: dialects that have the key in the body write stars where everybody reads.
func TestStdoutHidesTheKey(t *testing.T) {
	const word = "hunter2-s3cret"
	t.Setenv("PERCORSO_KEY", word)
	for _, dialect := range []string{"posthog", "amplitude", "matomo"} {
		code, said := stream("--to", "-", "--dialect", dialect)
		if code != exitDone || strings.Contains(said, word) || !strings.Contains(said, push.Hidden) {
			t.Errorf("%s: exit code %d: %.300s", dialect, code, said)
		}
	}
}

// TestWhoIsNotLetInIsToldTheWay: after a 401 it says what to set.
func TestWhoIsNotLetInIsToldTheWay(t *testing.T) {
	server := httptest.NewServer(&desk{want: map[string]string{"Authorization": "right"}})
	defer server.Close()
	for _, test := range []struct {
		want string
		args []string
	}{
		{"set PERCORSO_BEARER", nil},
		{"set PERCORSO_KEY", []string{"--dialect", "segment"}},
		{"check the write key", []string{"--dialect", "segment", "--key", "env:PATH"}},
		{"check --bearer or --basic", []string{"--bearer", "env:PATH"}},
	} {
		code, said := stream(append(test.args, "--to", server.URL)...)
		if code != exitFailed || !strings.Contains(said, test.want) {
			t.Errorf("%v: exit code %d: %s, want %q", test.args, code, said, test.want)
		}
	}
}

// TestBadTransport holds the errors of impossible options.
func TestBadTransport(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const to = "http://127.0.0.1:1/"
	for _, test := range []struct {
		want string
		args []string
	}{
		{"needs a target: --to URL", nil},
		{"malformed URL", []string{"--to", "http://ada:hunter2@ho st/"}},
		{"invalid character", []string{"--to", "http://ho st/"}},
		{"want http://HOST:PORT/PATH", []string{"--to", "127.0.0.1:8080"}},
		{"want http://HOST:PORT/PATH", []string{"--to", "shop.example/in"}},
		{"want http://HOST:PORT/PATH", []string{"--to", "localhost:8080"}},
		{`unknown scheme "htp", want http or https, did you mean "http"?`,
			[]string{"--to", "htp://127.0.0.1/"}},
		{"the host is missing", []string{"--to", "http:///in"}},
		{"give --basic", []string{"--to", "http://ada:hunter2@127.0.0.1/"}},
		{"what follows #", []string{"--to", to + "#top"}},
		{`unknown codec "gzp", want gzip or zstd, did you mean "gzip"?`,
			[]string{"--to", to, "--compress", "gzp"}},
		{"--connections 0: want a whole number from 1 to 10,000",
			[]string{"--to", to, "--connections", "0"}},
		{"--connections 99999: want a whole number from 1 to",
			[]string{"--to", to, "--connections", "99999"}},
		{"--timeout 0s", []string{"--to", to, "--timeout", "0s"}},
		{"--timeout 48h", []string{"--to", to, "--timeout", "48h"}},
		{"--retry-for -1s", []string{"--to", to, "--retry-for", "-1s"}},
		{"--max-lag 0s", []string{"--to", to, "--max-lag", "0s"}},
		{"want 'NAME: VALUE'", []string{"--to", to, "--header", "X-Test"}},
		{"want 'NAME: VALUE'", []string{"--to", to, "--header", "X Test: hunter2"}},
		{"control character", []string{"--to", to, "--header", "X-Test: hunter2\r\nX-Other: 1"}},
		{"follows from the request", []string{"--to", to, "--header", "content-length: 5"}},
		{"want env:NAME or file:PATH", []string{"--to", to, "--bearer", "hunter2"}},
		{"want env:NAME or file:PATH", []string{"--to", to, "--key", "env:"}},
		{"env:NOWHERE is empty", []string{"--to", to, "--bearer", "env:NOWHERE"}},
		{"is empty", []string{"--to", to, "--bearer", "file:" + empty}},
		{"no such file", []string{"--to", to, "--bearer", "file:/nowhere/at/all"}},
		{"found no colon", []string{"--to", to, "--basic", "env:PATHETIC"}},
		{"give --bearer or --basic",
			[]string{"--to", to, "--basic", "env:PATHETIC", "--bearer", "env:PATHETIC"}},
		{"dialect jsonl has no key", []string{"--to", to, "--key", "env:PATHETIC"}},
		{"two values for the header Authorization",
			[]string{"--to", to, "--header", "Authorization: x", "--bearer", "env:PATHETIC"}},
		{"two values for the header Authorization",
			[]string{"--to", to, "--dialect", "segment", "--key", "env:PATHETIC",
				"--bearer", "env:PATHETIC"}},
		{"no such file", []string{"--to", to, "--ca", "/nowhere/at/all"}},
		{"found no certificate", []string{"--to", to, "--ca", "stream.go"}},
		{"--ca and --insecure", []string{"--to", to, "--ca", "stream.go", "--insecure"}},
		{"--h2c is HTTP/2 without TLS", []string{"--to", "https://127.0.0.1:1/", "--h2c"}},
	} {
		t.Setenv("PATHETIC", "hunter2")
		code, said := stream(test.args...)
		if code != exitMisused || !strings.Contains(said, test.want) {
			t.Errorf("%v: exit code %d: %s, want %q", test.args, code, said, test.want)
		}
		if strings.Contains(said, "hunter2") {
			t.Errorf("%v: the secret is told: %s", test.args, said)
		}
	}
}

// TestOwnAuthority: a target with a certificate of its own is reached with --ca, or with
// --insecure, which is said.
func TestOwnAuthority(t *testing.T) {
	d := new(desk)
	server := httptest.NewUnstartedServer(d)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := stream("--to", server.URL); code != exitFailed ||
		!strings.Contains(said, "--ca FILE") {
		t.Errorf("a stranger: exit code %d: %s", code, said)
	}
	if code, said := stream("--to", server.URL, "--ca", ca); code != exitDone {
		t.Errorf("--ca: exit code %d: %s", code, said)
	}
	code, said := stream("--to", server.URL, "--insecure")
	if code != exitDone || !strings.Contains(said, "certificate is not verified") {
		t.Errorf("--insecure: exit code %d: %s", code, said)
	}
}

// TestOwnCertificate: a target that wants to know who we are is told with --cert, and what to do is
// said if it is not.
func TestOwnCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(new(desk))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0] // any will do
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := filepath.Join(t.TempDir(), "us.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(cert, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := stream("--to", server.URL, "--insecure")
	if code != exitFailed || !strings.Contains(said, "--cert FILE") {
		t.Errorf("nobody: exit code %d: %s", code, said)
	}
	if code, said := stream("--to", server.URL, "--insecure", "--cert", cert); code != exitDone {
		t.Errorf("--cert: exit code %d: %s", code, said)
	}
	code, said = stream("--to", server.URL, "--insecure", "--cert", "stream.go")
	if code != exitMisused || !strings.Contains(said, "want a certificate and its key in PEM") {
		t.Errorf("no certificate: exit code %d: %s", code, said)
	}
}

// TestProxyOfTheEnvironment: what goes elsewhere goes through it.
func TestProxyOfTheEnvironment(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.String())
	}))
	defer proxy.Close()
	cmd := exec.Command("percorso", "stream", "classic-funnel", "--customers", "2000",
		"--days", "2", "--events", "10", "--batch", "10", "--rate", "max",
		"--to", "http://shop.example/in")
	cmd.Env = append(os.Environ(), "HTTP_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=", "http_proxy=")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if want := []string{"http://shop.example/in"}; !slices.Equal(asked, want) {
		t.Errorf("the proxy was asked for %q, want %q", asked, want)
	}
}
