package format

import (
	"fmt"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// DuckDBType returns the type of a column in DuckDB: the one that holds every value as it is.
func DuckDBType(c table.Column) string {
	switch c.Kind {
	case table.ID, table.Duration:
		return "BIGINT"
	case table.Time:
		return "TIMESTAMPTZ"
	case table.Date32:
		return "DATE"
	case table.Decimal:
		return fmt.Sprintf("DECIMAL(18, %d)", c.Scale)
	case table.Int:
		return "INTEGER"
	case table.Bool:
		return "BOOLEAN"
	}
	return "VARCHAR"
}

// duckDBColumns is the option that tells DuckDB the columns of a file, so that it guesses none: a
// province NA stays a text.
func duckDBColumns(columns []table.Column) string {
	var lines []string
	for _, c := range columns {
		lines = append(lines, fmt.Sprintf("    '%s': '%s'", c.Name, DuckDBType(c)))
	}
	return "columns = {\n" + strings.Join(lines, ",\n") + "\n  }"
}
