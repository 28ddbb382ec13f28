//go:build unix

package readers

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// A server is a PostgreSQL of our own: in a folder that goes with the test, reached only through a
// socket in it.
type server struct {
	bin   string // where its programs are
	dir   string
	owner *syscall.Credential // nil: whoever runs the test
}

// startServer starts a PostgreSQL. Where none is installed the test is skipped, but not in CI.
func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{bin: findServer()}
	if s.bin == "" {
		const missing = "no PostgreSQL server is installed (on Debian: apt-get install postgresql)"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	var err error
	// Not t.TempDir: another user has to get there, and the path of a socket must be short.
	if s.dir, err = os.MkdirTemp("", "percorso-pg"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(s.dir) })
	if os.Getuid() == 0 { // whom the server refuses
		s.lendTo(t, "postgres")
	}
	data, log := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "log")
	s.run(t, nil, "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync")
	t.Cleanup(func() { s.run(t, nil, "pg_ctl", "--pgdata", data, "--mode", "immediate", "stop") })
	s.run(t, nil, "pg_ctl", "--pgdata", data, "--log", log, "--wait", "--options",
		"-c listen_addresses='' -c fsync=off -k "+s.dir, "start")
	return s
}

// findServer returns the folder of PostgreSQL's programs, of the newest version where Debian keeps
// several, or "" if there are none.
func findServer() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is valid
	if len(found) == 0 {
		at, err := exec.LookPath("initdb")
		if err != nil {
			return ""
		}
		return filepath.Dir(at)
	}
	version := func(at string) int {
		n, _ := strconv.Atoi(strings.Split(at, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest)
}

// lendTo makes a user the owner of the folder and of the programs that run in it.
func (s *server) lendTo(t *testing.T, name string) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(s.dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// run runs one of PostgreSQL's programs and returns what it prints.
func (s *server) run(t testing.TB, stdin *os.File, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	if stdin != nil {
		c.Stdin = stdin
	}
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	if err := c.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "log")) // there is none before the server starts
		t.Fatalf("%s: %v\n%s%s%q", name, err, talk.Bytes(), log, args)
	}
	return out.Bytes()
}

// psql runs a statement, which may read stdin, and returns the rows of its answer.
func (s *server) psql(t testing.TB, stdin *os.File, statement string) [][]string {
	t.Helper()
	out := s.run(t, stdin, "psql", "--host", s.dir, "--username", "postgres", "--no-psqlrc", "--quiet",
		"--set", "ON_ERROR_STOP=1", "--csv", "--tuples-only", "--command", statement)
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	return rows
}

// reader returns the server as a reader.
func (s *server) reader() *reader {
	return &reader{
		ask: func(t testing.TB, query string) [][]string {
			t.Helper()
			return s.psql(t, nil, query)
		},
		number: "CAST(CAST('x' || %s AS bit(40)) AS bigint)",
		micros: "CAST(extract(epoch FROM %s) * 1000000 AS bigint)",
		types: [...]string{
			table.ID: "bigint", table.Duration: "bigint", table.Time: "timestamp with time zone",
			table.Date32:  "date",
			table.Decimal: "numeric", table.Int: "integer", table.Bool: "boolean",
			table.Code: "text", table.Text: "text",
		},
	}
}
