package serve

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/percorso/percorso/export/dialect"
)

// A framing is the format of a stream around its events.
type framing struct {
	name        string // as in ?format=
	contentType string
	begin       string // what the stream begins with
	beat        string // keep-alive
	frame       func(dst []byte, id int64, lines []byte) []byte
	end         func(dst []byte, reason string, events int64) []byte // nil: cannot give a reason
}

// ndjson is one JSON value per line. It cannot give a reason at its end: an incomplete stream is
// cut off, which clients report as an error.
var ndjson = framing{
	name: "ndjson", contentType: "application/x-ndjson",
	frame: func(dst []byte, _ int64, lines []byte) []byte {
		return append(append(dst, lines...), '\n')
	},
}

// sse is Server-Sent Events (HTML Living Standard, 9.2): events have the default type, message; the
// last one is an end, with a reason.
var sse = framing{
	name: "sse", contentType: "text/event-stream",
	begin: "retry: 3000\n\n",
	beat:  ": still here\n\n",
	frame: func(dst []byte, id int64, lines []byte) []byte {
		dst = strconv.AppendInt(append(dst, "id: "...), id, 10)
		for line := range bytes.SplitSeq(lines, []byte{'\n'}) {
			dst = append(append(dst, "\ndata: "...), line...)
		}
		return append(dst, "\n\n"...)
	},
	end: func(dst []byte, reason string, events int64) []byte {
		dst = append(append(dst, "event: end\ndata: {\"reason\":\""...), reason...)
		dst = strconv.AppendInt(append(dst, `","events":`...), events, 10)
		return append(dst, "}\n\n"...)
	},
}

// A liner writes events as lines of JSON, in a dialect.
type liner struct {
	wire  *dialect.Wire
	whole bool // an event means nothing without the rest of its request
	lists bool // an event may make several calls, separated by commas
}

func newLiner(wire *dialect.Wire) *liner {
	return &liner{wire: wire, whole: wire.Key != nil,
		lists: strings.TrimSpace(wire.Between) == ","}
}

// append appends an event, without a newline after the last call; false if the dialect has no form
// for it. Where an event makes several calls, each is a line.
func (l *liner) append(dst []byte, e *dialect.Event) ([]byte, bool) {
	from := len(dst)
	if l.whole {
		dst = l.wire.Begin(dst, e)
	}
	dst, ok := l.wire.Event(dst, e)
	if !ok {
		return dst[:from], false
	}
	if l.whole {
		dst = l.wire.End(dst, e.Time())
	} else if l.lists {
		separate(dst[from:])
	}
	return bytes.TrimRight(dst, "\n"), true
}

// separate turns JSON values separated by commas into one line each.
func separate(values []byte) {
	depth, quoted := 0, false
	for i := 0; i < len(values); i++ {
		switch b := values[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		case b == ',' && depth == 0:
			values[i] = '\n'
		}
	}
}
