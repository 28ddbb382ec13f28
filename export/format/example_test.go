package format_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// countFormat has a line with the number of rows of each file.
var countFormat = format.Format{
	Name: "count", Compressions: []string{"none"},
	Ext: func(string) string { return "txt" },
	Open: func(w io.Writer, s *format.Schema, _ string) (format.Writer, error) {
		return &counter{out: w, table: s.Name}, nil
	},
}

type counter struct {
	out   io.Writer
	table string
	rows  int
}

func (c *counter) Write(rows *table.Rows) error {
	c.rows += rows.Len
	return nil
}

func (c *counter) Close() error {
	_, err := fmt.Fprintln(c.out, c.rows, c.table)
	return err
}

// A format of one's own is registered once, as a driver of database/sql is; from then on it is
// found by its name.
func ExampleRegister() {
	format.Register(countFormat)

	w := handmade.World(1)
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"orders"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var out bytes.Buffer
	stream, err := format.NewTableWriter(&out, w.Tables, views[0], "count", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = handmade.EncodeAll(stream, handmade.Batches(w, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stream.Close())
	fmt.Print(out.String())
	// Output:
	// <nil>
	// 41 orders
}
