// Command receiver is the target of the streams that .ci/same compares: it writes what each request
// says to stderr and its body to stdout, and where it listens to the file address.
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("address", []byte(l.Addr().String()), 0o666); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.WriteString(os.Stderr, r.Method+" "+r.RequestURI+"\n")
		r.Header.Write(os.Stderr)
		io.Copy(os.Stdout, r.Body)
	})))
}
