package push

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// A redactor lists the secrets to remove from what a target says: some targets repeat what they
// were sent.
type redactor [][]byte

// Hidden replaces a secret in messages.
const Hidden = "***"

// leastSecret is the least length of a secret. Shorter ones occur in too many words.
const leastSecret = 4

// newRedactor returns a redactor for what authenticates us: the known secrets, and the headers and
// query parameters of a request whose names sound secret.
func newRedactor(secrets []string, header http.Header, query url.Values) redactor {
	all := slices.Clone(secrets)
	for name, values := range header {
		for _, value := range values {
			if soundsSecret(name) {
				all = append(all, value)
				all = append(all, credentials(value)...)
			}
		}
	}
	for name, values := range query {
		if soundsSecret(name) {
			all = append(all, values...)
		}
	}
	var v redactor
	for _, s := range all {
		for _, form := range []string{s, url.QueryEscape(s)} {
			if len(s) >= leastSecret {
				v = append(v, []byte(form))
			}
		}
	}
	slices.SortFunc(v, func(a, b []byte) int { // longer ones first, which contain others
		return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b))
	})
	return slices.CompactFunc(v, bytes.Equal)
}

// soundsSecret reports whether a name is that of a secret.
func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "cookie", "key", "pass", "secret", "token"},
		func(word string) bool { return strings.Contains(name, word) })
}

// credentials returns the secrets in the value of a header such as "Basic dTpw".
func credentials(value string) []string {
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok {
		return nil
	}
	secrets := []string{rest}
	if pair, err := base64.StdEncoding.DecodeString(rest); err == nil &&
		strings.EqualFold(scheme, "Basic") {
		user, password, _ := strings.Cut(string(pair), ":")
		secrets = append(secrets, string(pair), cmp.Or(password, user))
	}
	return secrets
}

// redact replaces the secrets in a text with stars.
func (v redactor) redact(text []byte) []byte {
	for _, secret := range v {
		if bytes.Contains(text, secret) {
			text = bytes.ReplaceAll(text, secret, []byte(Hidden))
		}
	}
	return text
}

// oneLine makes a message of the target safe to print on a terminal, on one line.
func oneLine(text string) string {
	const most = 200
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > most {
		text = string(letters[:most]) + "…"
	}
	return text
}
