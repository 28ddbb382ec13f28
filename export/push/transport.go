package push

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// A Link says how connections to a target are made.
type Link struct {
	Connections int           // largest number
	Timeout     time.Duration // for making one
	CA          []byte        // PEM of CA certificates to trust besides the system's; may be empty
	Insecure    bool          // do not verify the certificate of the target
	Cert        []byte        // PEM of a client certificate and its key; empty: none
	H2C         bool          // HTTP/2 without TLS, to targets that are known to support it
}

// How much of an answer is read.
const (
	headerBytes = 64 << 10 // of an answer
	answerBytes = 1 << 20  // of the body of an answer
)

// NewTransport returns a transport whose connections are reused. The proxy is that of the
// environment, which is not used for targets on this machine.
func NewTransport(l Link) (*http.Transport, error) {
	security := &tls.Config{InsecureSkipVerify: l.Insecure}
	if len(l.CA) > 0 {
		security.RootCAs, _ = x509.SystemCertPool()
		if security.RootCAs == nil {
			security.RootCAs = x509.NewCertPool()
		}
		if !security.RootCAs.AppendCertsFromPEM(l.CA) {
			return nil, errors.New("found no certificate, want PEM: -----BEGIN CERTIFICATE-----")
		}
	}
	if len(l.Cert) > 0 {
		pair, err := tls.X509KeyPair(l.Cert, l.Cert)
		if err != nil {
			return nil, fmt.Errorf("want a certificate and its key in PEM: %w", err)
		}
		security.Certificates = []tls.Certificate{pair}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!l.H2C)
	protocols.SetHTTP2(!l.H2C)
	protocols.SetUnencryptedHTTP2(l.H2C)
	const writeBytes = 128 << 10 // most requests in one system call
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: l.Timeout}).DialContext,
		TLSClientConfig:        security,
		TLSHandshakeTimeout:    l.Timeout,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: l.Timeout, PingTimeout: l.Timeout},
		DisableCompression:     true,
		MaxConnsPerHost:        l.Connections,
		MaxIdleConns:           l.Connections,
		MaxIdleConnsPerHost:    l.Connections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: headerBytes,
		WriteBufferSize:        writeBytes,
	}, nil
}

// A NoHostError says that no host has the name of a target.
type NoHostError struct{ Host string }

func (e *NoHostError) Error() string { return fmt.Sprintf("there is no host %q", e.Host) }

// Reach connects to a target once, or to the proxy that the environment names for it, and returns
// why that fails, in few words. It sends nothing. When ctx is done before, that is why.
func Reach(ctx context.Context, target *url.URL) error {
	at := target
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: target})
	if err == nil && proxy != nil {
		at = proxy
	}
	ports := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}
	port := cmp.Or(at.Port(), ports[at.Scheme])
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	if err == nil {
		return conn.Close()
	}
	errno, dns := syscall.Errno(0), (*net.DNSError)(nil)
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &dns) && dns.IsNotFound:
		return &NoHostError{dns.Name}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("it does not answer")
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}
