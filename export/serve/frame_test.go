package serve

import (
	"strings"
	"testing"
)

// TestCallsAreLines holds that only the commas between values break a line.
func TestCallsAreLines(t *testing.T) {
	tests := []struct{ values, want string }{
		{`{"a":1}`, `{"a":1}`},
		{`{"a":1},{"b":2}`, "{\"a\":1}\n{\"b\":2}"},
		{`{"a":[1,2],"b":{"c":3,"d":4}},{}`, "{\"a\":[1,2],\"b\":{\"c\":3,\"d\":4}}\n{}"},
		{`{"a":"},{"},{"b":"\"},{\\"},1`, "{\"a\":\"},{\"}\n{\"b\":\"\\\"},{\\\\\"}\n1"},
		{`"x,y","z"`, "\"x,y\"\n\"z\""},
		{``, ``},
	}
	for _, test := range tests {
		got := []byte(test.values)
		separate(got)
		if string(got) != test.want {
			t.Errorf("%s: got %q, want %q", test.values, got, test.want)
		}
	}
}

// TestFramesOfSSE holds the form of Server-Sent Events: one id, a data field for each line.
func TestFramesOfSSE(t *testing.T) {
	got := string(sse.frame(nil, 7, []byte("{\"a\":1}\n{\"b\":2}")))
	if want := "id: 7\ndata: {\"a\":1}\ndata: {\"b\":2}\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = string(sse.end(nil, endLimit, 3))
	want := "event: end\ndata: {\"reason\":\"limit\",\"events\":3}\n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Contains(sse.beat, "data") || !strings.HasPrefix(sse.beat, ":") {
		t.Errorf("the heart-beat %q is no comment", sse.beat)
	}
}

// TestLocalHosts holds which names cannot be anything but this machine.
func TestLocalHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.9.9.9:1": true, "localhost": true,
		"LOCALHOST:80": true, "localhost.": true, "[::1]:8080": true, "[::1]": true,
		"[::ffff:127.0.0.1]:80": true,
		"":                      false, "evil.example": false, "localhost.evil.example:8080": false,
		"127.0.0.1.evil.example": false, "192.168.1.1:8080": false, "0.0.0.0:8080": false,
		"127.1:80": false, "[::]:80": false,
	} {
		if got := isLocal(host); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}
