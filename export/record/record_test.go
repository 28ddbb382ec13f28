package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/percorso/percorso/export/whole"
)

// prefix stands before every body of the tests.
const prefix = `{"key":"secret",`

// madeUp returns requests of all sizes, those without a body and those with headers among them.
func madeUp() (all []Request) {
	random := rand.New(rand.NewPCG(1, 2))
	position, at := int64(0), int64(1_735_689_600_000_000)
	for n := range 105 {
		r := Request{First: position}
		if events := []int{0, 1, 3, 50, 500}[n%5]; events > 0 {
			r.Body = append(r.Body, prefix+"begin"...)
			for i := range events {
				if i > 0 {
					r.Body = append(r.Body, ", "...)
				}
				from := len(r.Body)
				r.Body = fmt.Appendf(r.Body, "%0*d", 1+random.IntN(700), position)
				r.Spans = append(r.Spans, Span{from, len(r.Body)})
				r.IDs, r.Positions = append(r.IDs, random.Int64N(1<<53)), append(r.Positions, position)
				at += random.Int64N(1_000_000)
				r.Times = append(r.Times, at)
				position += 1 + random.Int64N(2)
			}
		}
		for range n % 3 {
			r.Skipped, r.SkippedAt = append(r.Skipped, random.Int64()), append(r.SkippedAt, position)
			position += 2
		}
		if n%7 == 0 {
			r.TooBig, r.TooBigAt = append(r.TooBig, random.Int64()), append(r.TooBigAt, position)
			position++
			r.Until = at
		}
		if n%10 == 1 {
			r.Header = http.Header{"Ce-Id": {"17"}, "Ce-Type": {"a b"}}
		}
		r.Next = position
		all = append(all, r)
	}
	return all
}

// write writes a recording and returns its folder.
func write(t testing.TB, all []Request) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recording")
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if err := w.Write(&all[i], len(prefix)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(&Manifest{Scenario: "shop"}, []byte("from: fashion\n")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestReadsWhatWasWritten, with another prefix, and with the memory of one request.
func TestReadsWhatWasWritten(t *testing.T) {
	all := madeUp()
	dir := write(t, all)
	m, err := Verify(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.Requests != 84 || m.Events != 84/4*(1+3+50+500) || m.Skipped != 105 || m.TooBig != 15 {
		t.Errorf("the manifest counts %+v", m)
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const other = `{"key":"another one",`
	var r Request
	for i := range all {
		r.Reset()
		if err := d.Read(&r, []byte(other)); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		want := all[i]
		want.Body = []byte(strings.Replace(string(want.Body), prefix, other, 1))
		want.Spans = slices.Clone(want.Spans)
		for i := range want.Spans {
			want.Spans[i].From += len(other) - len(prefix)
			want.Spans[i].To += len(other) - len(prefix)
		}
		if got, wanted := fmt.Sprintf("%+v", r), fmt.Sprintf("%+v", want); got != wanted {
			t.Fatalf("request %d is\n%.300s, want\n%.300s", i, got, wanted)
		}
	}
	if err := d.Read(&r, nil); err != io.EOF {
		t.Errorf("after the last request: %v, want EOF", err)
	}
}

// TestHoldsNoPrefix: what stands before every body is in no file.
func TestHoldsNoPrefix(t *testing.T) {
	all := madeUp()
	dir := write(t, all)
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var r Request
	for d.Read(&r, nil) == nil {
		if bytes.Contains(r.Body, []byte("secret")) {
			t.Fatalf("recorded: %.60s", r.Body)
		}
		r.Reset()
	}
}

// TestReadingAllocatesNothing but for the buffers.
func TestReadingAllocatesNothing(t *testing.T) {
	var all []Request
	for len(all) < 3000 {
		for _, r := range madeUp() {
			if r.Header == nil && len(r.Body) < 64<<10 {
				all = append(all, r)
			}
		}
	}
	dir := write(t, all)
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var r Request
	read := func() {
		r.Reset()
		if err := d.Read(&r, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		read()
	}
	if n := testing.AllocsPerRun(1500, read); n > 0 {
		t.Errorf("%v allocations for each request", n)
	}
}

// TestUnfinished: a recording that is given up has no manifest, and can be begun again; nothing
// else can be written over.
func TestUnfinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recording")
	all := madeUp()
	for range 2 {
		w, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&all[1], len(prefix)); err != nil {
			t.Fatal(err)
		}
		if err := w.Abandon(); err != nil {
			t.Fatal(err)
		}
		_, err = Verify(t.Context(), dir)
		if unfinished := (*UnfinishedError)(nil); !errors.As(err, &unfinished) || !Is(dir) {
			t.Fatalf("%v, want that it is unfinished", err)
		}
	}
	for name, complete := range map[string]bool{"letter.txt": false, ManifestFile: true} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Create(dir)
		if taken := (*OccupiedError)(nil); !errors.As(err, &taken) || taken.Complete != complete {
			t.Errorf("a folder with %s: %v", name, err)
		}
	}
	if Is(t.TempDir()) {
		t.Error("an empty folder is a recording")
	}
}

// TestVerifyFindsDamage of each kind.
func TestVerifyFindsDamage(t *testing.T) {
	for _, test := range []struct {
		damage func(path string) error
		want   string
	}{
		{os.Remove, "missing"},
		{func(path string) error { return os.Truncate(path, 100) }, "100 bytes, want "},
		{func(path string) error { return change(path, -1) }, "other content"},
	} {
		dir := write(t, madeUp())
		if err := test.damage(filepath.Join(dir, RequestsFile)); err != nil {
			t.Fatal(err)
		}
		m, err := Verify(t.Context(), dir)
		damage := (*DamageError)(nil)
		if !errors.As(err, &damage) || m == nil || len(damage.Problems) != 1 ||
			damage.Problems[0].Path != RequestsFile || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
		_, err = ReadManifest(dir)
		if sized := strings.Contains(test.want, "content"); errors.As(err, &damage) == sized {
			t.Errorf("%s: reading the manifest says %v", test.want, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Verify(ctx, write(t, madeUp())); !errors.Is(err, context.Canceled) {
		t.Errorf("a check that is interrupted says %v", err)
	}
}

// change changes a byte of a file, from its end if at is less than 0.
func change(path string, at int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if at < 0 {
		at += len(text)
	}
	text[at] ^= 0x55
	return os.WriteFile(path, text, 0o666)
}

// TestEveryFlippedBitIsFound: a reader hands out nothing that differs from what was written, and
// neither verifying nor sending takes another manifest for what it was.
func TestEveryFlippedBitIsFound(t *testing.T) {
	all := madeUp()[:8]
	dir := write(t, all)
	path := filepath.Join(dir, RequestsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(text); at += 41 {
		damaged := bytes.Clone(text)
		damaged[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		read, err := contents(t, dir)
		if err == nil {
			t.Fatalf("byte %d is another one, and nothing is said", at)
		}
		for i, r := range read {
			if want := all[i].Body[min(len(prefix), len(all[i].Body)):]; r != string(want) {
				t.Fatalf("byte %d is another one, and a reader returns %.80q, want %.80q", at, r, want)
			}
		}
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, ManifestFile)
	if text, err = os.ReadFile(manifest); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < 8*len(text); at += 7 {
		damaged := bytes.Clone(text)
		damaged[at/8] ^= 1 << (at % 8)
		if err := os.WriteFile(manifest, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(dir); err == nil || strings.Contains(err.Error(), "unfinished") {
			t.Fatalf("bit %d of the manifest, in %q, is another one: %v", at,
				text[max(at/8-20, 0):min(at/8+20, len(text))], err)
		}
	}
}

// contents reads the bodies of a recording, without their prefix, until an error or the end.
func contents(t *testing.T, dir string) (bodies []string, err error) {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for {
		var r Request
		if err := d.Read(&r, nil); err == io.EOF {
			return bodies, nil
		} else if err != nil {
			return bodies, err
		}
		bodies = append(bodies, string(r.Body))
	}
}

// TestOtherCountsAreFound: a recording whose files are as the manifest says, but not what it says.
func TestOtherCountsAreFound(t *testing.T) {
	dir := write(t, madeUp())
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(m *Manifest){
		func(m *Manifest) { m.Events++ },
		func(m *Manifest) { m.Requests-- },
		func(m *Manifest) { m.Files = nil },
		func(m *Manifest) { m.Files = []File{m.Files[0], {Path: "../../etc/passwd"}} },
		func(m *Manifest) { m.Scenario = strings.Repeat("x", mostManifest) },
	} {
		forged := *m
		change(&forged)
		if err := forged.write(dir); err != nil {
			t.Fatal(err)
		}
		_, err := Verify(t.Context(), dir)
		if damage := (*DamageError)(nil); !errors.As(err, &damage) || len(damage.Problems) != 1 {
			t.Errorf("%v, want one problem", err)
		}
	}
}

// TestLastStepMakesItWhole: whatever a recording lacks when it is killed, it is unfinished, and is
// recorded again; so is one that could not be written.
func TestLastStepMakesItWhole(t *testing.T) {
	dir := write(t, madeUp())
	requests := filepath.Join(dir, RequestsFile)
	if err := os.Rename(requests, whole.Temp(requests)); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{readError(ReadManifest(dir)), readError(Verify(t.Context(), dir))} {
		if unfinished := (*UnfinishedError)(nil); !errors.As(err, &unfinished) {
			t.Errorf("%v, want that it is unfinished", err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, whole.Temp(ManifestFile)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, whole.Temp(ManifestFile), "a"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(new(Manifest), nil); err == nil {
		t.Error("a manifest that cannot be written is no error")
	}
	if unfinished := (*UnfinishedError)(nil); !errors.As(readError(ReadManifest(dir)), &unfinished) {
		t.Error("what could not be completed is complete")
	}
}

func readError(_ *Manifest, err error) error { return err }

// TestBodiesWithoutABoundAreRefused when they are written, since no reader would take them.
func TestBodiesWithoutABoundAreRefused(t *testing.T) {
	w, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abandon()
	r := Request{IDs: []int64{1}, Body: make([]byte, mostBody+len(prefix)+1)}
	if err := w.Write(&r, len(prefix)); err == nil || !strings.Contains(err.Error(), "268 MB") {
		t.Errorf("%v, want that it is too large", err)
	}
}

// block writes a file with one block, whose checksum is right whatever the rest.
func block(t testing.TB, index, packed []byte) (dir string) {
	t.Helper()
	text := binary.LittleEndian.AppendUint32(nil, skippable)
	text = binary.LittleEndian.AppendUint32(text, uint32(4+len(index)))
	crc := crc32.Update(crc32.Checksum(index, castagnoli), castagnoli, packed)
	text = append(append(binary.LittleEndian.AppendUint32(text, crc), index...), packed...)
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, RequestsFile), text, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestSmallFilesNeedLittleMemory whatever they say that they hold.
func TestSmallFilesNeedLittleMemory(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := encoder.EncodeAll(make([]byte, 100<<20), nil)
	numbers := func(all ...uint64) (index []byte) {
		for _, n := range all {
			index = binary.AppendUvarint(index, n)
		}
		return index
	}
	one := func(size uint64) []byte {
		index := numbers(0, 1, size, 0, 0, 1, 0, 1) // one request with one event
		index = append(index, make([]byte, 8)...)
		return append(index, numbers(0, 0, 0, 1, 0, 0)...)
	}
	for name, dir := range map[string]string{
		"bodies": block(t, append(numbers(1<<40, uint64(len(bomb)), 1), one(1<<40)...), bomb),
		"many":   block(t, append(numbers(1<<28, uint64(len(bomb)), 2), one(1)...), bomb),
		"bomb":   block(t, append(numbers(1<<10, uint64(len(bomb)), 1), one(1<<10)...), bomb),
		"packed": block(t, append(numbers(1, 1<<28, 1), one(1)...), nil),
		"ids":    block(t, append(numbers(1, 0, 1), numbers(0, 1, 1, 0, 0, 1<<30, 0, 1<<30)...), nil),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := contents(t, dir)
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; err == nil || used > 24 {
			t.Errorf("%s: %d MiB (%v)", name, used, err)
		}
	}
}

// FuzzRead: a recording that somebody made up is an error or is read, and never a panic.
func FuzzRead(f *testing.F) {
	dir := write(f, madeUp()[:12])
	text, err := os.ReadFile(filepath.Join(dir, RequestsFile))
	if err != nil {
		f.Fatal(err)
	}
	size := 8 + int(binary.LittleEndian.Uint32(text[4:]))
	index, packed := text[12:size], text[size:]
	f.Add(index, packed)
	for at := 0; at < len(index); at += 97 {
		damaged := bytes.Clone(index)
		damaged[at] ^= 0x41
		f.Add(damaged, packed)
		f.Add(index[:at], packed)
	}
	f.Fuzz(func(t *testing.T, index, packed []byte) {
		d, err := Open(block(t, index, packed))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		var r Request
		for d.Read(&r, []byte(prefix)) == nil {
			for i := range r.IDs {
				_ = r.Event(i)
			}
			if len(r.IDs) != len(r.Times) || len(r.IDs) != len(r.Positions) {
				t.Fatal("a request that is incomplete")
			}
			for _, p := range slices.Concat(r.Positions, r.SkippedAt, r.TooBigAt) {
				if p < r.First || p >= r.Next {
					t.Fatalf("a position of %d in a request from %d to %d", p, r.First, r.Next)
				}
			}
			r.Reset()
		}
	})
}

// TestManifestsOfOtherVersions are refused.
func TestManifestsOfOtherVersions(t *testing.T) {
	dir := t.TempDir()
	if err := (&Manifest{Version: version + 1}).write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("version 2: %v", err)
	}
	dir = write(t, madeUp())
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Options, m.Without = map[string]string{"a": "<b>"}, []string{"email"}
	if err := m.write(dir); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadManifest(dir); err != nil || !reflect.DeepEqual(again, m) {
		t.Errorf("reads %+v (%v), wrote %+v", again, err, m)
	}
}
