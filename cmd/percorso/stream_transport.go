package main

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model/table"
)

// A transport says how events get to the target.
type transport struct {
	target  *url.URL // nil: there is none
	link    push.Link
	header  http.Header
	secrets secrets
	dialect *dialect.Dialect

	retryFor, maxLag time.Duration
	compress         string
}

// streamGrace is how long a stream waits for answers after a ^C.
const streamGrace = 5 * time.Second

// maxConnections is how many connections one may ask for; for more there are no ports.
const maxConnections = 10_000

func transportFlags() []cli.Flag {
	const from = "`env:NAME|file:PATH`: "
	return []cli.Flag{
		&cli.GenericFlag{Name: "header", Value: new(texts),
			Usage: "`'NAME: VALUE'`: send a header with each request; may be repeated"},
		&cli.StringFlag{Name: "key", Usage: from + "send the key found there",
			DefaultText: "env:PERCORSO_KEY"},
		&cli.StringFlag{Name: "bearer", Usage: from + "send the bearer token found there",
			DefaultText: "env:PERCORSO_BEARER"},
		&cli.StringFlag{Name: "basic", Usage: from + "send the user:password found there",
			DefaultText: "env:PERCORSO_BASIC"},
		&cli.StringFlag{Name: "ca", Usage: "also trust the CA certificates in this `FILE` (PEM)"},
		&cli.StringFlag{Name: "cert", Usage: "authenticate with the client certificate and key in " +
			"this `FILE` (PEM)"},
		flagOn("insecure", "do not verify the server's certificate (traffic can be intercepted)"),
		flagOn("h2c", "use HTTP/2 without TLS"),
		&cli.StringFlag{Name: "compress", Usage: "`" + strings.Join(push.Codecs(), "|") +
			"`: compress the bodies of requests"},
		&cli.StringFlag{Name: "connections", Usage: "have at most `N` requests in flight",
			Value: "64"},
		&cli.DurationFlag{Name: "timeout", Usage: "wait at most `TIME` for a response, e.g. 10s",
			Value: 30 * time.Second},
		&cli.DurationFlag{Name: "retry-for", Usage: "retry a failing request for up to `TIME`, e.g. 5m",
			Value: time.Minute},
		&cli.DurationFlag{Name: "max-lag", DefaultText: "send them late",
			Usage: "drop events more than `TIME` late, e.g. 5s"},
		flagOn("ignore-limits", "also send what exceeds the dialect's limits"),
	}
}

// readTransport reads the flags of the transport and checks what can be without a target.
func readTransport(c *cli.Context) (t transport, err error) {
	t = transport{retryFor: c.Duration("retry-for"), maxLag: c.Duration("max-lag"),
		compress: c.String("compress")}
	connections, err := readCount(c, "connections", 1, maxConnections)
	if err != nil {
		return t, err
	}
	t.link = push.Link{Connections: int(connections), Timeout: c.Duration("timeout"),
		Insecure: c.Bool("insecure"), H2C: c.Bool("h2c")}
	switch codecs := push.Codecs(); {
	case t.compress != "" && !slices.Contains(codecs, t.compress):
		return t, misused("--compress: %s", table.Unknown("codec", t.compress, codecs))
	case t.link.Timeout <= 0 || t.link.Timeout > time.Hour:
		return t, misused("--timeout %v: want more than 0s, at most 1h", t.link.Timeout)
	case t.retryFor < 0 || t.retryFor > 24*time.Hour:
		return t, misused("--retry-for %v: want 0s to 24h", t.retryFor)
	case t.maxLag < 0 || c.IsSet("max-lag") && t.maxLag == 0:
		return t, misused("--max-lag %v: want more than 0s", t.maxLag)
	}
	if to := c.String("to"); to != "-" && to != "" {
		if t.target, err = parseTarget(to); err != nil {
			return t, err
		}
	}
	if t.link.H2C && t.target != nil && t.target.Scheme == "https" {
		return t, misused("--h2c is HTTP/2 without TLS, but the target is https: leave it out; " +
			"HTTP/2 over TLS needs no flag")
	}
	if t.header, err = readHeader(readTexts(c, "header")); err != nil {
		return t, err
	}
	if c.IsSet("ca") && t.link.Insecure {
		return t, misused("--ca and --insecure: give only one of them; --insecure verifies nothing")
	}
	for _, f := range []struct {
		flag string
		text *[]byte
	}{{"ca", &t.link.CA}, {"cert", &t.link.Cert}} {
		file := c.String(f.flag)
		if file == "" {
			continue
		}
		if *f.text, err = readSmall(file); err != nil {
			return t, withCode(exitMisused, fmt.Errorf("--%s: %w", f.flag, err))
		}
		if _, err := push.NewTransport(t.link); err != nil {
			return t, misused("--%s %s: %w", f.flag, file, err)
		}
	}
	t.secrets, err = readSecrets(c)
	return t, err
}

// ours are the headers that follow from the request and cannot be set.
var ours = []string{"Connection", "Content-Encoding", "Content-Length", "Host",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// readHeader reads --header 'NAME: VALUE'. Values are not repeated in errors: they may be secret.
func readHeader(lines []string) (http.Header, error) {
	header := make(http.Header)
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return nil, misused("--header %q: want 'NAME: VALUE'", name)
		}
		name = http.CanonicalHeaderKey(name)
		value = strings.TrimSpace(value)
		switch {
		case slices.Contains(ours, name):
			return nil, misused("--header %s: this header follows from the request and cannot be set",
				name)
		case strings.ContainsFunc(value, isControl):
			return nil, misused("--header %s: the value has a line break or a control character", name)
		}
		header.Add(name, value)
	}
	return header, nil
}

// isToken reports whether a text can be the name of a header (RFC 9110, 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// secrets are what authenticates us to a target. They are never printed.
type secrets struct {
	key, bearer, basic string
	keyFlag            bool // the key comes from a flag, not only from the environment
}

// all are all of the secrets.
func (s *secrets) all() []string {
	all := []string{s.key, s.bearer, s.basic}
	if _, password, ok := strings.Cut(s.basic, ":"); ok {
		all = append(all, password)
	}
	return all
}

// readSecrets reads secrets from where the flags say, or from the environment.
func readSecrets(c *cli.Context) (s secrets, err error) {
	for _, x := range []struct {
		flag string
		into *string
	}{{"key", &s.key}, {"bearer", &s.bearer}, {"basic", &s.basic}} {
		*x.into = os.Getenv("PERCORSO_" + strings.ToUpper(x.flag))
		if c.IsSet(x.flag) {
			if *x.into, err = secret(c.String(x.flag)); err != nil {
				return s, withCode(exitMisused, fmt.Errorf("--%s: %w", x.flag, err))
			}
		}
		if strings.ContainsFunc(*x.into, isControl) {
			return s, misused("--%s: the value has a line break or a control character", x.flag)
		}
	}
	s.keyFlag = c.IsSet("key")
	switch {
	case c.IsSet("bearer") && !c.IsSet("basic"): // a flag wins over the environment
		s.basic = ""
	case c.IsSet("basic") && !c.IsSet("bearer"):
		s.bearer = ""
	}
	switch {
	case s.bearer != "" && s.basic != "":
		return s, misused("a bearer token and user:password: a request can carry only one of them, " +
			"give --bearer or --basic")
	case s.basic != "" && !strings.Contains(s.basic, ":"):
		return s, misused("--basic: want user:password, found no colon")
	}
	return s, nil
}

// secret reads a secret from env:NAME or file:PATH.
func secret(source string) (string, error) {
	kind, where, _ := strings.Cut(source, ":")
	value := ""
	switch {
	case kind == "env" && where != "":
		value = os.Getenv(where)
	case kind == "file" && where != "":
		text, err := readSmall(where)
		if err != nil {
			return "", err
		}
		value = strings.TrimSpace(string(text))
	default:
		return "", errors.New("want env:NAME or file:PATH; everybody on this machine can read what " +
			"is written on a command line")
	}
	if value == "" {
		return "", fmt.Errorf("%s is empty", source)
	}
	return value, nil
}

// readSmall reads a file that has no reason to be large.
func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s: larger than 1 MiB", path)
	}
	return text, err
}

// parseTarget reads the URL of --to. Its errors show no password.
func parseTarget(to string) (*url.URL, error) {
	const want = "want http://HOST:PORT/PATH, https://… or - for stdout"
	u, err := url.Parse(to)
	if err != nil {
		var parts *url.Error
		if errors.As(err, &parts) {
			err = parts.Err // without the URL: it may hold a password
		}
		if strings.Contains(to, "@") {
			return nil, misused("--to: malformed URL, %s", want)
		}
		return nil, misused("--to %s: %w, %s", to, err, want)
	}
	schemes := []string{"http", "https"}
	switch {
	case u.User != nil:
		return nil, misused("--to %s: everybody on this machine can read what is written on a "+
			"command line: leave user and password out of the URL and give --basic", u.Redacted())
	case u.Scheme == "" || u.Opaque != "" && !strings.Contains(to, "://"):
		return nil, misused("--to %s: %s", to, want)
	case !slices.Contains(schemes, u.Scheme):
		return nil, misused("--to %s: %s", to, table.Unknown("scheme", u.Scheme, schemes))
	case !validPort(u.Port()):
		return nil, misused("--to %s: port %s: want 1 to 65535", to, u.Port())
	case u.Hostname() == "":
		return nil, misused("--to %s: the host is missing, %s", to, want)
	case u.Fragment != "":
		return nil, misused("--to %s: leave out what follows #, it is never sent", to)
	}
	return u, nil
}

// validPort reports whether a text can be a port; empty is that of the scheme.
func validPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}

// key puts the target's key into the settings of a dialect, and what its options are called here.
// On stdout everybody could read it.
func (t *transport) key(d *dialect.Dialect, s *dialect.Settings, onStdout bool) error {
	if t.secrets.keyFlag && d.Key == "" {
		return misused("--key: dialect %s has no key; give --bearer, --basic or --header", d.Name)
	}
	if d.Key != "" {
		s.Key = t.secrets.key
	}
	if s.Key != "" && onStdout {
		s.Key = push.Hidden
	}
	s.Lead, t.dialect = "--option ", d
	return nil
}

// optionFlags are the flags for what errors of streams and of their receipts mention.
var optionFlags = map[string]string{
	"Target": "--to", "Timeout": "--timeout", "RetryFor": "--retry-for", "MaxLag": "--max-lag",
	"CA": "--ca FILE", "Cert": "--cert FILE", "H2C": "--h2c", "Without": "--without", "From": "--from",
	"Dialect": "--dialect", "Options": "--option", "Release": "release", "Scenario": "scenario",
}

// ask asks for what a stream needs to reach its target.
func (t *transport) ask(s *app.Streaming) {
	switch x := t.secrets; {
	case x.bearer != "":
		s.Authorization = "Bearer " + x.bearer
	case x.basic != "":
		s.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(x.basic))
	}
	s.Link = t.link
	opt := &s.Push
	opt.Header, opt.Names = t.header, optionFlags
	opt.Credentials, opt.Secrets = t.credentials(), t.secrets.all()
	opt.RetryFor, opt.MaxLag = cmp.Or(t.retryFor, none), t.maxLag
	opt.Grace, opt.Compress = streamGrace, t.compress
}

// patience says for how long a target that cannot be reached is tried again.
func (t *transport) patience() string {
	if t.retryFor == 0 {
		return ""
	}
	return fmt.Sprintf("; trying again for up to %s (%s)", shortTime(t.retryFor),
		optionFlags["RetryFor"])
}

// twice is the error of two headers Authorization.
func (t *transport) twice() error {
	return misused("two values for the header Authorization: leave out --bearer and --basic "+
		"(and PERCORSO_BEARER, PERCORSO_BASIC), or else --header and the %s",
		cmp.Or(t.dialect.Key, "key"))
}

// credentials is what to do when the target refuses our credentials.
func (t *transport) credentials() string {
	if name := t.dialect.Key; name != "" {
		if t.secrets.key == "" {
			return "it needs a " + name + ": set PERCORSO_KEY, or give --key file:PATH"
		}
		return "check the " + name + " in PERCORSO_KEY or --key"
	}
	if t.secrets.bearer != "" || t.secrets.basic != "" {
		return "check --bearer or --basic, or PERCORSO_BEARER or PERCORSO_BASIC"
	}
	return "set PERCORSO_BEARER (a token) or PERCORSO_BASIC (user:password), " +
		"or give --bearer, --basic or --header"
}

// warn warns of what is dangerous.
func (t *transport) warn(con console) {
	if t.link.Insecure {
		fmt.Fprintln(con.stderr, "percorso: --insecure: the server's certificate is not verified; "+
			"traffic, keys included, can be intercepted and changed")
	}
}
