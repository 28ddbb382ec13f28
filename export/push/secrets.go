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

// A veil is what nobody may read in what a target says: some repeat what they were sent.
type redactor [][]byte

// Hidden is what is told instead of a secret.
const Hidden = "***"

// leastSecret is how long a secret is at least. Shorter ones are in too many words.
const leastSecret = 4

// newVeil returns a veil over what proves to a target who we are: what is known to be secret, and
// what is called so in the headers and the address of a request.
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
	slices.SortFunc(v, func(a, b []byte) int { // the whole before its parts
		return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b))
	})
	return slices.CompactFunc(v, bytes.Equal)
}

// soundsSecret reports whether something of that name is one.
func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "cookie", "key", "pass", "secret", "token"},
		func(word string) bool { return strings.Contains(name, word) })
}

// credentials are the secrets in the value of a header such as "Basic dTpw".
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

// over puts stars for what is secret in a text.
func (v redactor) redact(text []byte) []byte {
	for _, secret := range v {
		if bytes.Contains(text, secret) {
			text = bytes.ReplaceAll(text, secret, []byte(Hidden))
		}
	}
	return text
}

// oneLine is what a target says in a form that a terminal shows and does not obey.
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
