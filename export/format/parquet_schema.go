package format

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/model/table"
)

// An amount has at most the number of digits that always fits 64 bits.
const (
	decimalPrecision = 18
	decimalMost      = 999_999_999_999_999_999
)

// parquetSchema describes a table in Parquet's terms: a root and a leaf for each column.
func parquetSchema(s *Schema) []format.SchemaElement {
	elements := []format.SchemaElement{{
		Name:        s.Name,
		NumChildren: thrift.New(int32(len(s.Columns))),
	}}
	for _, c := range s.Columns {
		elements = append(elements, parquetElement(c))
	}
	return elements
}

// parquetElement describes a column. Logical types come with the converted types that older
// readers know.
func parquetElement(c table.Column) format.SchemaElement {
	e := format.SchemaElement{
		Name:           c.Name,
		Type:           thrift.New(parquetType(c.Kind)),
		RepetitionType: thrift.New(format.Required),
	}
	if c.Null {
		e.RepetitionType = thrift.New(format.Optional)
	}
	switch c.Kind {
	case table.Time:
		e.LogicalType.Value = &format.TimestampType{
			IsAdjustedToUTC: true,
			Unit:            format.TimeUnit{Value: new(format.MicroSeconds)},
		}
		e.ConvertedType = thrift.New(deprecated.TimestampMicros)
	case table.Date32:
		e.LogicalType.Value = new(format.DateType)
		e.ConvertedType = thrift.New(deprecated.Date)
	case table.Decimal:
		e.Scale = thrift.New(int32(c.Scale))
		e.Precision = thrift.New(int32(decimalPrecision))
		e.LogicalType.Value = &format.DecimalType{
			Scale:     int32(c.Scale),
			Precision: decimalPrecision,
		}
		e.ConvertedType = thrift.New(deprecated.Decimal)
	case table.Code, table.Text:
		e.LogicalType.Value = new(format.StringType)
		e.ConvertedType = thrift.New(deprecated.UTF8)
	}
	return e
}

// parquetTypeName returns the name of a column's type, as people know it.
func parquetTypeName(c table.Column) string {
	switch c.Kind {
	case table.Time:
		return "TIMESTAMP(µs, UTC)"
	case table.Date32:
		return "DATE"
	case table.Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", decimalPrecision, c.Scale)
	case table.Code, table.Text:
		return "STRING"
	}
	return parquetType(c.Kind).String()
}

// parquetType returns how values of a kind are stored.
func parquetType(k table.Kind) format.Type {
	switch k {
	case table.Bool:
		return format.Boolean
	case table.Int, table.Date32:
		return format.Int32
	case table.Code, table.Text:
		return format.ByteArray
	default:
		return format.Int64
	}
}
