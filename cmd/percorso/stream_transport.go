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

// A transport says how events get to their target.
type transport struct {
	target  *url.URL // nil: stdout
	link    push.Link
	header  http.Header
	secrets secrets
	dialect *dialect.Dialect

	giveUp, maxLag time.Duration
	compress       string
}

// streamGrace is how long answers are waited for after a ^C.
const streamGrace = 5 * time.Second

// maxConnections is how many connections one may ask for; more have no ports to come from.
const maxConnections = 10_000

func transportFlags() []cli.Flag {
	source := ", `SOURCE` is env:NAME or file:PATH (default: env:"
	return []cli.Flag{
		&cli.GenericFlag{Name: "header", Value: new(texts),
			Usage: "send `LINE` with every request, 'NAME: VALUE'; may be repeated"},
		&cli.StringFlag{Name: "key", Usage: "our key there" + source +
			"PERCORSO_KEY)"},
		&cli.StringFlag{Name: "bearer", Usage: "a bearer token" + source + "PERCORSO_BEARER)"},
		&cli.StringFlag{Name: "basic", Usage: "user:password" + source + "PERCORSO_BASIC)"},
		&cli.StringFlag{Name: "ca", Usage: "trust certificates that are vouched for in `FILE`"},
		&cli.StringFlag{Name: "cert", Usage: "say who we are: `FILE` has our certificate and its key"},
		flagOn("insecure", "trust any certificate: anybody may read along"),
		flagOn("h2c", "speak HTTP/2 without TLS"),
		&cli.StringFlag{Name: "compress", Usage: "compress bodies: `CODEC` is gzip or zstd"},
		&cli.IntFlag{Name: "connections", Usage: "`N` requests under way at the same time",
			Value: 64},
		&cli.DurationFlag{Name: "timeout", Usage: "wait so long for an answer, a `TIME`",
			Value: 30 * time.Second},
		&cli.DurationFlag{Name: "give-up", Usage: "try again for so long, a `TIME`",
			Value: time.Minute},
		&cli.DurationFlag{Name: "max-lag", DefaultText: "send it late",
			Usage: "drop what is still unsent a `TIME` after it was due"},
		flagOn("ignore-limits", "send what the target will refuse, too"),
	}
}

// readTransport reads the flags of the transport and checks what can be without a target.
func readTransport(c *cli.Context) (t transport, err error) {
	t = transport{giveUp: c.Duration("give-up"), maxLag: c.Duration("max-lag"),
		compress: c.String("compress")}
	t.link = push.Link{Connections: c.Int("connections"), Timeout: c.Duration("timeout"),
		Insecure: c.Bool("insecure"), H2C: c.Bool("h2c")}
	switch codecs := push.Codecs(); {
	case t.compress != "" && !slices.Contains(codecs, t.compress):
		return t, misused("--compress %s: unknown codec%s, there is: %s",
			t.compress, table.Nearest(t.compress, codecs), list(codecs))
	case t.link.Connections < 1 || t.link.Connections > maxConnections:
		return t, misused("--connections %d: want 1 to %d", t.link.Connections, maxConnections)
	case t.link.Timeout <= 0 || t.link.Timeout > time.Hour:
		return t, misused("--timeout %v: want more than 0s, at most 1h", t.link.Timeout)
	case t.giveUp < 0 || t.giveUp > 24*time.Hour:
		return t, misused("--give-up %v: want 0s to 24h", t.giveUp)
	case t.maxLag < 0 || c.IsSet("max-lag") && t.maxLag == 0:
		return t, misused("--max-lag %v: want more than 0s", t.maxLag)
	}
	if to := c.String("to"); to != "-" {
		if t.target, err = parseTarget(to); err != nil {
			return t, err
		}
	}
	if t.link.H2C && t.target != nil && t.target.Scheme == "https" {
		return t, misused("--h2c is HTTP/2 without TLS, but the target is https: leave it out, " +
			"HTTP/2 over TLS needs no flag")
	}
	if t.header, err = readHeader(readTexts(c, "header")); err != nil {
		return t, err
	}
	if c.IsSet("ca") && t.link.Insecure {
		return t, misused("--ca and --insecure: give one, who trusts anybody needs no CA")
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

// ours are the headers that follow from the request; nobody may give them.
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
			return nil, misused("--header %s: it follows from the request and cannot be given", name)
		case strings.ContainsFunc(value, isControl):
			return nil, misused("--header %s: its value has a line break or a control character", name)
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

// secrets are what proves to a target who we are. They are never printed.
type secrets struct {
	key, bearer, basic string
	keyFlag            bool // the key was asked for, it is not only in the environment
}

// all are the secrets that there are.
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
			return s, misused("the %s has a line break or a control character in it", x.flag)
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
		return s, misused("a bearer token and user:password: a request has room for one, " +
			"give --bearer or --basic")
	case s.basic != "" && !strings.Contains(s.basic, ":"):
		return s, misused("--basic: want user:password in it, there is no colon")
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
		return "", errors.New("want env:NAME or file:PATH; what is written on a command line " +
			"can be read by everybody on this machine")
	}
	if value == "" {
		return "", fmt.Errorf("%s is empty", source)
	}
	return value, nil
}

// readSmall reads a file that nobody needs to be large.
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

// parseTarget reads the address of --to. What it says of a wrong one shows no password.
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
	schemes := []string{"http", "https", "-"}
	switch {
	case u.User != nil:
		return nil, misused("--to %s: an address on a command line can be read by everybody on "+
			"this machine: leave user and password out of it and give --basic", u.Redacted())
	case u.Scheme == "" || u.Opaque != "" && !strings.Contains(to, "://"):
		return nil, misused("--to %s: %s", to, want)
	case !slices.Contains(schemes[:2], u.Scheme):
		return nil, misused("--to %s: unknown scheme %q%s, there is: %s",
			to, u.Scheme, table.Nearest(u.Scheme, schemes), list(schemes))
	case !validPort(u.Port()):
		return nil, misused("--to %s: port %s: want 1 to 65535", to, u.Port())
	case u.Hostname() == "":
		return nil, misused("--to %s: there is no host in it, %s", to, want)
	case u.Fragment != "":
		return nil, misused("--to %s: what follows # is never sent, leave it out", to)
	}
	return u, nil
}

// validPort reports whether there can be such a port; empty is that of the scheme.
func validPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}

// key puts the target's key into the settings of a dialect, and what its options are called here.
func (t *transport) key(d *dialect.Dialect, s *dialect.Settings) error {
	if t.secrets.keyFlag && d.Key == "" {
		return misused("--key: dialect %s has no key, give --bearer, --basic or --header", d.Name)
	}
	if d.Key != "" {
		s.Key = t.secrets.key
	}
	if s.Key != "" && t.target == nil { // on stdout everybody can read it
		s.Key = push.Hidden
	}
	s.Lead, t.dialect = "--option ", d
	return nil
}

// optionFlags are how the command calls what errors of streams and of their receipts speak of.
var optionFlags = map[string]string{
	"Target": "--to", "Timeout": "--timeout", "GiveUp": "--give-up", "MaxLag": "--max-lag",
	"CA": "--ca FILE", "Cert": "--cert FILE", "H2C": "--h2c", "Off": "--off", "From": "--from",
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
	opt.GiveUp, opt.MaxLag = cmp.Or(t.giveUp, none), t.maxLag
	opt.Grace, opt.Compress = streamGrace, t.compress
}

// twice is the error of two headers Authorization.
func (t *transport) twice() error {
	return misused("two things for the header Authorization: leave out --bearer and --basic "+
		"(and PERCORSO_BEARER, PERCORSO_BASIC), or else --header and the %s",
		cmp.Or(t.dialect.Key, "key"))
}

// credentials is what to do when the target does not let us in.
func (t *transport) credentials() string {
	if name := t.dialect.Key; name != "" {
		if t.secrets.key == "" {
			return "it wants a " + name + ": set PERCORSO_KEY, or give --key file:PATH"
		}
		return "check the " + name + " in PERCORSO_KEY or --key"
	}
	if t.secrets.bearer != "" || t.secrets.basic != "" {
		return "check what --bearer or --basic, or PERCORSO_BEARER or PERCORSO_BASIC, say"
	}
	return "set PERCORSO_BEARER (a token) or PERCORSO_BASIC (user:password), " +
		"or give --bearer, --basic or --header"
}

// warn says what is dangerous.
func (t *transport) warn(con console) {
	if t.link.Insecure {
		fmt.Fprintln(con.stderr, "percorso: --insecure: whoever is between us and the target may "+
			"read and change everything, also keys")
	}
}
