package format

import (
	"bytes"
	"io"
	"sync"

	"github.com/percorso/percorso/model/table"
)

// A TableWriter is a sink that writes one table to one writer, a pipe for example, in the order of
// commits. An error of the writer is passed on: errors.Is(err, syscall.EPIPE) means that the reader
// has gone.
//
// Text is encoded, and compressed, on the worker that brings a batch. The compressed output is a
// sequence of members, which readers take as one. A Parquet file has a single writer, so there rows
// are copied on the worker and encoded at the commit.
type TableWriter struct {
	to          io.Writer
	table       table.TableID
	schema      Schema
	format      Format
	compression string
	header      []byte // header of every file of the table, as plain text
	begun       bool   // the header is written
	file        Writer // for Parquet; nil for text

	texts sync.Pool // of *bytes.Buffer, empty
	rows  sync.Pool // of *table.Rows
}

// NewTableWriter begins to write one of the given tables. An empty compression is the format's
// default.
func NewTableWriter(to io.Writer, tables *[table.TableCount]table.Table, of table.View,
	format, compression string) (*TableWriter, error) {
	f, err := LookupFormat(format)
	if err != nil {
		return nil, err
	}
	compression, err = PickCompression(f.Name, compression, f.Compressions)
	if err != nil {
		return nil, err
	}
	s := &TableWriter{
		to:          to,
		table:       of.Table,
		schema:      SchemaOf(tables, of),
		format:      f,
		compression: compression,
	}
	s.texts.New = func() any { return new(bytes.Buffer) }
	s.rows.New = func() any { return new(table.Rows) }
	if !f.Joins {
		s.file, err = f.Open(to, &s.schema, compression)
		return s, err
	}
	var header bytes.Buffer
	err = s.encode(&header, new(table.Rows))
	s.header = header.Bytes()
	return s, err
}

// Encode prepares the rows that b has of the table; the commit writes them.
func (s *TableWriter) Encode(b *table.Batch) (func() error, error) {
	rows := &b.Tables[s.table]
	if rows.Len == 0 {
		return nil, nil
	}
	if s.file != nil {
		kept := s.rows.Get().(*table.Rows)
		s.copyRows(kept, rows)
		return func() error {
			defer s.rows.Put(kept)
			return s.file.Write(kept)
		}, nil
	}
	plain, text := s.texts.Get().(*bytes.Buffer), s.texts.Get().(*bytes.Buffer)
	if err := s.encode(plain, rows); err != nil {
		return nil, err
	}
	if err := s.compress(text, plain.Bytes()[len(s.header):]); err != nil {
		return nil, err
	}
	plain.Reset()
	s.texts.Put(plain)
	return func() error {
		if err := s.begin(); err != nil {
			return err
		}
		_, err := text.WriteTo(s.to)
		text.Reset()
		s.texts.Put(text)
		return err
	}, nil
}

// Close writes the header if there were no rows, and the footer of a Parquet file. It does not
// close the underlying writer.
func (s *TableWriter) Close() error {
	if s.file != nil {
		return s.file.Close()
	}
	return s.begin()
}

// begin writes the header once.
func (s *TableWriter) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	var text bytes.Buffer
	if err := s.compress(&text, s.header); err != nil {
		return err
	}
	_, err := text.WriteTo(s.to)
	return err
}

// encode writes rows as a plain file of their own.
func (s *TableWriter) encode(to io.Writer, rows *table.Rows) error {
	file, err := s.format.Open(to, &s.schema, "none")
	if err != nil {
		return err
	}
	if rows.Len > 0 {
		if err := file.Write(rows); err != nil {
			return err
		}
	}
	return file.Close()
}

// compress writes a text as a member of its own.
func (s *TableWriter) compress(to io.Writer, text []byte) error {
	member, err := compressor(to, s.compression)
	if err != nil {
		return err
	}
	if _, err := member.Write(text); err != nil {
		return err
	}
	return member.Close()
}

// copyRows copies the columns of the table.
func (s *TableWriter) copyRows(to, from *table.Rows) {
	if len(to.Cols) < len(from.Cols) {
		to.Cols = make([]table.Vector, len(from.Cols))
	}
	to.Len = from.Len
	for i, at := range s.schema.At {
		source, target := &from.Cols[at], &to.Cols[at]
		switch s.schema.Columns[i].Kind {
		case table.Code:
			target.Code = append(target.Code[:0], source.Code[:from.Len]...)
		case table.Text:
			target.Text = append(target.Text[:0], source.Text[:from.Len]...)
		default:
			target.Int = append(target.Int[:0], source.Int[:from.Len]...)
		}
	}
}
