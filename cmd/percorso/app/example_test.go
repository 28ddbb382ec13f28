package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/reconcile"
	"github.com/percorso/percorso/model"
)

// A market of two hundred people for twenty days, who come to know it in five.
var small = []model.Set{{Path: "customers", Value: "400"}, {Path: "days", Value: "20"},
	{Path: "warmup", Value: "5"}}

// A dataset in a folder, two of its tables, as CSV.
func ExampleGenerate() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m, err := app.Generate(context.Background(), app.Generation{
		Scenario: "fashion", Sets: small, Out: filepath.Join(dir, "data"),
		Format: "csv", Tables: []string{"events", "orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range m.Tables {
		fmt.Printf("%s: %d columns in %s, rows: %v\n", t.Name, len(t.Columns), t.Files[0].Path,
			t.Rows > 0)
	}
	fmt.Println("orders as expected:", m.Tables[1].Rows == m.Expected.Orders.Total)
	// Output:
	// events: 28 columns in events/part-00000.csv, rows: true
	// orders: 19 columns in orders/part-00000.csv, rows: true
	// orders as expected: true
}

// The first events of a market, as a system of the dialect segment takes them.
func ExampleStream() {
	var bodies bytes.Buffer
	r, err := app.Stream(context.Background(), app.Streaming{
		Scenario: "fashion", Sets: small, Writer: &bodies, Dialect: "segment",
		Push: push.Options{Events: 20, Batch: 10},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d events in %d requests of dialect %s, which begin with %.10s\n",
		r.Events.Due, r.Requests.Due, r.Dialect, &bodies)
	// Output: 20 events in 2 requests of dialect segment, which begin with {"batch":[
}

// A stream to a target whose days run on until it has a thousand events, and whether they arrived.
func ExampleReplay() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	table, err := os.Create(filepath.Join(dir, "table.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := table.ReadFrom(r.Body); err != nil {
			log.Print(err)
		}
	}))
	defer target.Close()
	receipt := filepath.Join(dir, "receipt.parquet")
	if _, err := app.Stream(context.Background(), app.Streaming{
		Scenario: "fashion", Sets: small, To: target.URL, RunOn: true, Receipt: receipt,
		Push: push.Options{Events: 1000, Batch: 100, Connections: 1},
	}); err != nil {
		log.Fatal(err)
	}
	arrived, err := reconcile.OpenForeign(table.Name())
	if err != nil {
		log.Fatal(err)
	}
	x, err := reconcile.Compare(context.Background(), receipt, arrived, app.Replay(receipt),
		reconcile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d accepted, %d rows, amiss: %v\n", x.Receipt[push.Accepted], x.Rows, x.Amiss())
	// Output: 1000 accepted, 1000 rows, amiss: []
}
