package push

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// A Link says how connections to a target are made.
type Link struct {
	Connections int           // largest number
	Timeout     time.Duration // to make one
	CA          []byte        // PEM of further CA certificates to trust; empty: those of the system
	Insecure    bool          // do not verify the target's certificate
	Cert        []byte        // PEM of a client certificate and its key; empty: none
	H2C         bool          // HTTP/2 without TLS, for targets that are known to support it
}

// Bounds of an answer.
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
			return nil, errors.New("no certificate in it, want PEM: -----BEGIN CERTIFICATE-----")
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
	const writeBytes = 64 << 10 // most requests in one system call
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
