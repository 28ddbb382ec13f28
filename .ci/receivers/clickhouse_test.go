//go:build unix

package receivers

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestClickHouseHasTheDataset streams into a table of ClickHouse: by SQL, each of its columns must
// say what the dataset's says.
func TestClickHouseHasTheDataset(t *testing.T) {
	c := startClickHouse(t)
	want := make(facts)
	var columns []table.Column
	rows := 0
	dataset(t, func(schema []table.Column, r *table.Rows, row int) {
		columns = schema
		rows++
		want.add(schema, r, row)
	})
	c.create(t, "events", columns)
	mustStream(t, c.insert("events"), "jsonl", rows)
	want.check(t, c.facts(t, "events", columns))

	one := strings.TrimSpace(c.ask(t, "SELECT max(event_id) FROM events"))
	line := c.ask(t, "SELECT * FROM events WHERE event_id = "+one+" FORMAT JSONEachRow")
	for name, added := range map[string]string{
		"missing": "", "twice": line + line,
		"altered": strings.Replace(line, `"consent":"`, `"consent":"not `, 1),
		"early":   strings.Replace(line, `"event_time":"2025`, `"event_time":"2024`, 1),
	} {
		c.create(t, name, columns)
		c.ask(t, "INSERT INTO "+name+" SELECT * FROM events WHERE event_id != "+one)
		if added != "" {
			c.ask(t, "INSERT INTO "+name+" FORMAT JSONEachRow "+added)
		}
		if maps.Equal(want, c.facts(t, name, columns)) {
			t.Errorf("it is not noticed that an event is %s", name)
		}
	}
}

// TestClickHouseRefuses streams into a table that is not there, which must end with an error.
func TestClickHouseRefuses(t *testing.T) {
	c := startClickHouse(t)
	out, err := stream(t, c.insert("nowhere"), "jsonl", 10)
	if err == nil {
		t.Errorf("a stream that was refused ends well:\n%s", out)
	}
}

// facts are what is known of a column by its name: how many values, their sum, each word's number.
type facts map[string]string

// add counts a row.
func (f facts) add(columns []table.Column, rows *table.Rows, row int) {
	for i, c := range columns {
		v := &rows.Cols[i]
		switch c.Kind {
		case table.Code:
			if code := v.Code[row]; code != 0 {
				f.count(c.Name+" "+c.Vocab[code-1], 1)
			}
		case table.Time:
			f.count(c.Name, 1)
			f.count(c.Name+" sum", uint64(v.Int[row]))
		default:
			if n := v.Int[row]; n != table.Null {
				f.count(c.Name, 1)
				f.count(c.Name+" sum", uint64(n))
			}
		}
	}
}

// count adds to a fact, modulo 2^64 as ClickHouse does.
func (f facts) count(name string, n uint64) {
	before, _ := strconv.ParseUint(f[name], 10, 64) // nothing is 0
	f[name] = strconv.FormatUint(before+n, 10)
}

// check complains of facts that are others than these.
func (f facts) check(t *testing.T, got facts) {
	t.Helper()
	all := maps.Clone(got)
	maps.Copy(all, f)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if got[name] != f[name] {
			t.Errorf("%s: the server has %s, want %s", name, got[name], f[name])
		}
	}
}

// A clickhouse is a server of our own.
type clickhouse struct{ at string }

func startClickHouse(t *testing.T) *clickhouse {
	t.Helper()
	binary, err := exec.LookPath("clickhouse-server")
	if err != nil {
		binary = "/usr/sbin/clickhouse-server"
		_, err = os.Stat(binary)
	}
	need(t, err == nil, "no ClickHouse is installed (on Debian: apt-get install clickhouse-server)")
	dir := t.TempDir()
	port := freePort(t)
	config := fmt.Sprintf(`<yandex>
<logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host><http_port>%[2]d</http_port><tcp_port>%[3]d</tcp_port>
<path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path><timezone>UTC</timezone>
<mark_cache_size>100000000</mark_cache_size><max_concurrent_queries>100</max_concurrent_queries>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database>
</yandex>`, dir, port, freePort(t))
	const users = `<yandex><profiles><default></default></profiles><quotas><default></default></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users></yandex>`
	for name, text := range map[string]string{"config.xml": config, "users.xml": users} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &clickhouse{at: fmt.Sprintf("http://127.0.0.1:%d/", port)}
	server := exec.Command(binary, "--config-file", filepath.Join(dir, "config.xml"))
	server.Dir = dir
	serve(t, c.at, new(bytes.Buffer), server)
	return c
}

// insert is the target of a stream into a table.
func (c *clickhouse) insert(table string) string {
	return c.at + "?query=" + url.QueryEscape("INSERT INTO "+table+" FORMAT JSONEachRow")
}

// ask runs a statement and returns the answer.
func (c *clickhouse) ask(t *testing.T, statement string) string {
	t.Helper()
	status, answer := post(t, c.at, "text/plain", statement)
	if status != 200 {
		t.Fatalf("%.200s: %s", statement, answer)
	}
	return answer
}

// number runs a statement whose answer is a number.
func (c *clickhouse) number(t *testing.T, statement string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(c.ask(t, statement)), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return n
}

func (c *clickhouse) create(t *testing.T, of string, columns []table.Column) {
	t.Helper()
	types := [...]string{table.ID: "UInt64", table.Duration: "UInt64", table.Time: "String",
		table.Date32:  "String",
		table.Decimal: "Decimal(18, 2)", table.Int: "Int32", table.Bool: "UInt8",
		table.Code: "String", table.Text: "String"}
	var list []string
	for _, column := range columns {
		list = append(list, fmt.Sprintf("%s Nullable(%s)", column.Name, types[column.Kind]))
	}
	c.ask(t, "CREATE TABLE "+of+" ("+strings.Join(list, ", ")+") ENGINE = Memory")
}

// facts asks a table for the facts about its columns.
func (c *clickhouse) facts(t *testing.T, of string, columns []table.Column) facts {
	t.Helper()
	f := make(facts)
	for _, column := range columns {
		name := column.Name
		if column.Kind == table.Code {
			answer := c.ask(t, fmt.Sprintf("SELECT %s, count() FROM %s WHERE %[1]s IS NOT NULL "+
				"GROUP BY %[1]s FORMAT TabSeparated", name, of))
			for line := range strings.Lines(answer) {
				word, n, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				f[name+" "+strings.ReplaceAll(word, `\'`, "'")] = n
			}
			continue
		}
		sum := "sum(assumeNotNull(toUInt64(%s)))"
		switch column.Kind {
		case table.Decimal:
			sum = "sum(assumeNotNull(toUInt64(%s * 100)))"
		case table.Time: // µs: ClickHouse's own times are whole seconds
			sum = "sum(toUInt64(parseDateTimeBestEffort(assumeNotNull(%s))) * 1000000 + " +
				"toUInt64(substring(assumeNotNull(%[1]s), 21, 6)))"
		}
		answer := c.ask(t, fmt.Sprintf("SELECT count(), "+sum+" FROM %s WHERE %[1]s IS NOT NULL "+
			"FORMAT TabSeparated", name, of))
		n, total, _ := strings.Cut(strings.TrimSpace(answer), "\t")
		if n != "0" {
			f[name], f[name+" sum"] = n, total
		}
	}
	return f
}
