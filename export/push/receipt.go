package push

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model"
)

// A Receipt is a file that says what happened to each event of a stream. While the stream runs
// there is a journal beside it; at the end the journal becomes the receipt, or is added to the
// receipt of an earlier run. After a crash there is only the journal, which is as good.
type Receipt struct {
	journal
	account
	earlier history
	sent    int64 // events of earlier runs that were answered
}

// An Origin says which stream a receipt belongs to. Streams with the same origin have the same
// events at the same positions.
type Origin struct {
	Release  string   `json:"release"`
	Scenario string   `json:"scenario"` // its name
	YAML     string   `json:"yaml"`     // the complete scenario
	Without  []string `json:"without,omitempty"`
	Day      int      `json:"day"`  // the first day simulated for the stream
	From     Micros   `json:"from"` // earlier events are not part of the stream
	Dialect  string   `json:"dialect"`
	Options  string   `json:"options,omitempty"` // a digest of the dialect's options
	Target   string   `json:"target"`            // without secrets
	Runs     int      `json:"runs"`              // of the stream; more than one if it was resumed
}

// A Row is the outcome of one event.
type Row struct {
	EventID        int64   `json:"event_id" parquet:"event_id"`
	Position       int64   `json:"position" parquet:"position"` // in the stream, from 0
	Outcome        Outcome `json:"outcome" parquet:"outcome,dict"`
	Run            int32   `json:"run" parquet:"run"` // of the stream, from 1; more if resumed
	Request        int64   `json:"request" parquet:"request"`
	Attempts       int32   `json:"attempts" parquet:"attempts"`
	MaybeDuplicate bool    `json:"maybe_duplicate" parquet:"maybe_duplicate"`
	Status         string  `json:"status" parquet:"status,dict"`
	Settled        Micros  `json:"settled_at" parquet:"settled_at,optional,timestamp(microsecond)"`
}

// Micros is a time, µs since 1970. In JSON it is text; 0 is null.
type Micros int64

// MarshalJSON implements json.Marshaler.
func (m Micros) MarshalJSON() ([]byte, error) {
	if m == 0 {
		return []byte("null"), nil
	}
	return time.UnixMicro(int64(m)).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000000Z"`), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Micros) UnmarshalJSON(text []byte) error {
	var t time.Time
	if err := json.Unmarshal(text, &t); err != nil || bytes.Equal(text, []byte("null")) {
		return err
	}
	*m = Micros(t.UnixMicro())
	return nil
}

// A ReceiptExistsError says that there is already a receipt, or a journal of one.
type ReceiptExistsError struct{ File string }

func (e *ReceiptExistsError) Error() string {
	return fmt.Sprintf("there is a receipt %s already: resume its stream, or give another name",
		e.File)
}

// A NoReceiptError says that there is neither a receipt of that name nor the journal of one.
type NoReceiptError struct{ Name string }

func (e *NoReceiptError) Error() string {
	return fmt.Sprintf("there is no receipt %s, nor a journal of it (%[1]s%s)", e.Name, journalSuffix)
}

// An OtherStreamError says that a receipt belongs to another stream than the one to resume.
type OtherStreamError struct {
	Receipt string
	Part    string // in which they differ, by its name in Origin
	Had     string // what the receipt says; for YAML, the first line that differs
	Has     string
}

func (e *OtherStreamError) Error() string { return e.Text(e.Part) }

// Text is the error with another name for the part.
func (e *OtherStreamError) Text(part string) string {
	lead := e.Receipt + " is the receipt of another stream: "
	switch e.Part {
	case "Release":
		return fmt.Sprintf("%sits %s is %q, not %q: use percorso %[3]s, or begin another receipt",
			lead, part, e.Had, e.Has)
	case "Options": // only their digest is known
		return fmt.Sprintf("%sthat had other options of the dialect (%s)", lead, part)
	case "YAML":
		return fmt.Sprintf("%sits scenario has %q, not %q", lead, e.Had, e.Has)
	}
	return fmt.Sprintf("%sits %s is %q, not %q", lead, part, e.Had, e.Has)
}

// CreateReceipt begins the receipt of a stream. Its format follows from the extension of the name.
// It does not replace an existing receipt: that is a *ReceiptExistsError.
func CreateReceipt(name string, of *Origin) (*Receipt, error) {
	r := &Receipt{account: account{name: name}}
	if _, err := lookupReceiptFormat(name); err != nil {
		return nil, err
	}
	for _, file := range []string{name, r.journalName()} {
		if _, err := os.Lstat(file); err == nil {
			return nil, &ReceiptExistsError{file}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return r, r.begin(os.O_CREATE|os.O_EXCL, of, 1)
}

// ResumeReceipt continues the receipt that an earlier run of the same stream left. Either the
// receipt or its journal may be named. It reads all of it, until ctx is done. If the stream is not
// the same it returns an *OtherStreamError.
func ResumeReceipt(ctx context.Context, name string, of *Origin) (*Receipt, error) {
	r := &Receipt{account: account{name: strings.TrimSuffix(name, journalSuffix)}}
	if err := r.account.open(ctx); err != nil {
		return nil, err
	}
	defer r.account.close()
	if part, had, has := r.origin.differs(of); part != "" {
		return nil, &OtherStreamError{r.name, part, had, has}
	}
	if err := r.rows(ctx, func(row *Row) error {
		r.earlier.take(row)
		if row.Outcome == Accepted || row.Outcome == Rejected {
			r.sent++
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if r.lines != nil { // an incomplete line is cut off
		if err := os.Truncate(r.journalName(), r.sections[len(r.sections)-1].to); err != nil {
			return nil, err
		}
	}
	return r, r.begin(os.O_CREATE, of, r.origin.Runs+1)
}

// begin opens the journal and writes the line that begins a run.
func (r *Receipt) begin(flags int, of *Origin, run int) (err error) {
	r.file, err = os.OpenFile(r.journalName(), flags|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	first := *of
	first.Runs = run
	text, err := json.Marshal(header{&first})
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(text, '\n'))
	return err
}

// Follow makes a stream write this receipt, and leave out what earlier runs have settled.
// opt.Events counts the events of all runs together.
func (r *Receipt) Follow(opt *Options) {
	opt.Ledger, opt.Resumed = r, &r.earlier
	if opt.Events > 0 {
		if opt.Events -= r.sent; opt.Events <= 0 {
			opt.Events = -1
		}
	}
}

// Close turns the journal into the receipt. If that fails, or ctx is done before, the journal
// stays.
func (r *Receipt) Close(ctx context.Context) error {
	err := r.file.Close()
	if err == nil {
		err = r.compose(ctx)
	}
	if err == nil {
		return os.Remove(r.journalName())
	}
	return fmt.Errorf("receipt %s could not be written, its journal %s has everything: %w",
		r.name, r.journalName(), err)
}

// compose writes the receipt.
func (r *Receipt) compose(ctx context.Context) (err error) {
	if err := r.account.open(ctx); err != nil {
		return err
	}
	defer r.account.close()
	out, err := whole.Create(r.name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Discard())
		}
	}()
	to, err := r.format.create(out, r.origin)
	if err != nil {
		return err
	}
	if err := r.rows(ctx, to.write); err != nil {
		return err
	}
	for _, finish := range []func() error{to.close, out.Sync, out.Commit} {
		if err := finish(); err != nil {
			return err
		}
	}
	return nil
}

// ReadReceipt calls f with the outcome of each event, once for each, in no particular order, until
// ctx is done. The receipt may belong to a stream that is still running, or has crashed. f must not
// keep the row.
func ReadReceipt(ctx context.Context, name string, of func(*Origin) error,
	f func(*Row) error) error {
	a := account{name: strings.TrimSuffix(name, journalSuffix)}
	if err := a.open(ctx); err != nil {
		return err
	}
	defer a.close()
	if err := of(a.origin); err != nil {
		return err
	}
	return a.rows(ctx, f)
}

// journalSuffix ends the names of journals.
const journalSuffix = ".journal"

// An account is all that the runs of a stream left: a receipt, a journal, or both.
type account struct {
	name     string
	format   receiptFormat
	origin   *Origin
	whole    *os.File // the receipt; nil if there is none
	lines    *os.File // the journal; nil if there is none
	sections []section
}

func (a *account) journalName() string { return a.name + journalSuffix }

// open opens the files there are.
func (a *account) open(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.format, err = lookupReceiptFormat(a.name); err != nil {
		return err
	}
	a.whole, err = os.Open(a.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if a.whole != nil {
		if a.origin, err = a.format.read(a.whole, nil); err != nil {
			return fmt.Errorf("%s is not a receipt: %w", a.name, err)
		}
	}
	a.lines, err = os.Open(a.journalName())
	switch {
	case err == nil:
		if a.origin, a.sections, err = sections(ctx, a.lines); err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%s is not the journal of a receipt: %w", a.journalName(), err)
		}
		return err
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case a.whole == nil:
		return &NoReceiptError{a.name}
	}
	return nil
}

func (a *account) close() {
	for _, f := range []*os.File{a.whole, a.lines} {
		if f != nil {
			f.Close()
		}
	}
}

// rows calls f with the final outcome of each event. Later runs override earlier ones.
func (a *account) rows(ctx context.Context, f func(*Row) error) error {
	var told intervals
	var refused error // by f or ctx: not a fault of the journal
	once := func(row *Row) error {
		if refused = context.Cause(ctx); refused != nil {
			return refused
		}
		if told.has(row.Position) {
			return nil
		}
		told.add(row.Position, row.Position+1)
		refused = f(row)
		return refused
	}
	for _, s := range slices.Backward(a.sections) {
		switch err := s.rows(a.lines, once); {
		case refused != nil:
			return refused
		case err != nil:
			return fmt.Errorf("%s is damaged: %w", a.journalName(), err)
		}
	}
	if a.whole == nil {
		return nil
	}
	if _, err := a.whole.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := a.format.read(a.whole, once)
	return err
}

// differs returns the part in which another stream differs, and both values; an empty part if none
// does.
func (o *Origin) differs(other *Origin) (part, had, has string) {
	for _, x := range []struct{ part, had, has string }{
		{"Release", o.Release, other.Release},
		{"Scenario", o.Scenario, other.Scenario},
		{"Without", strings.Join(o.Without, ","), strings.Join(other.Without, ",")},
		{"From", text(o.From), text(other.From)},
		{"Dialect", o.Dialect, other.Dialect},
		{"Target", o.Target, other.Target},
		{"Options", o.Options, other.Options},
	} {
		if x.had != x.has {
			return x.part, x.had, x.has
		}
	}
	if had, has, differ := differentLine(o.YAML, other.YAML); differ {
		return "YAML", had, has
	}
	return "", "", ""
}

func text(m Micros) string { return time.UnixMicro(int64(m)).UTC().Format(time.RFC3339Nano) }

// differentLine returns the first line in which two scenarios differ. The number of days is
// ignored: what happens on a day does not depend on how many follow.
func differentLine(one, other string) (had, has string, differ bool) {
	lines := func(text string) []string {
		all := slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(l string) bool {
			return strings.HasPrefix(l, "#") || strings.HasPrefix(l, "days:")
		})
		return append(all, "nothing more")
	}
	these, those := lines(one), lines(other)
	for i := range min(len(these), len(those)) {
		if these[i] != those[i] {
			return strings.TrimSpace(these[i]), strings.TrimSpace(those[i]), true
		}
	}
	return "", "", false
}

// OriginOf returns the origin of a stream that is simulated from a day of the world on and sent in
// a dialect with some settings. Without a world it lacks what that says: Release, Scenario, YAML
// and Without.
func OriginOf(opt *Options, day int, settings dialect.Settings) *Origin {
	of := &Origin{
		Day: day, From: Micros(opt.From), Dialect: opt.Wire.Dialect.Name,
		Options: digestOf(settings.Options), Target: Public(opt.Target),
	}
	if w := opt.World; w != nil {
		of.Release, of.Scenario, of.Without = model.Release, w.Scenario.Name, w.OffNames()
		of.YAML = string(w.Scenario.YAML())
	}
	return of
}

// digestOf returns a digest of the options of a dialect, which does not reveal them.
func digestOf(options map[string]string) string {
	if len(options) == 0 {
		return ""
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(options)) {
		fmt.Fprintf(hash, "%q=%q\n", name, options[name])
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// SameRelease reports whether the events of a receipt can be simulated again.
func (o *Origin) SameRelease() bool { return o.Release == model.Release }
