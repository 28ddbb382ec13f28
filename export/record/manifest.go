package record

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
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/percorso/percorso/export/whole"
)

// Names of the files of a recording.
const (
	ManifestFile = "recording.json"
	ScenarioFile = "scenario.yaml"
	RequestsFile = "requests.zst"
)

// version is that of the format of requests.zst.
const version = 1

// A Manifest says what a recording is and what it contains. The same stream gives the same bytes.
type Manifest struct {
	Version   int       `json:"version"` // of the format of the requests
	Release   string    `json:"release"` // rules of the simulation
	Scenario  string    `json:"scenario"`
	Seed      uint64    `json:"seed"`
	Customers int       `json:"customers"`
	Without   []string  `json:"without,omitempty"` // channels that the stream is without
	Day       int       `json:"day"`               // the first day simulated for the stream
	From      time.Time `json:"from"`              // earlier events are not part of the stream
	Pace      string    `json:"pace"`              // as it was given: rate 5000/s, speed 60x

	Dialect      string            `json:"dialect"`
	Options      map[string]string `json:"options,omitempty"` // of the dialect
	Keyed        bool              `json:"keyed"`             // the stream had a key
	Header       http.Header       `json:"header"`            // of every request, without the key
	Batch        int               `json:"batch"`             // largest number of events in a request
	Linger       string            `json:"linger"`            // wait of a request to be full, as 1s
	IgnoreLimits bool              `json:"ignore_limits,omitempty"`

	Requests int64  `json:"requests"` // with a body
	Events   int64  `json:"events"`   // in bodies
	Skipped  int64  `json:"skipped"`  // events that the dialect has no form for
	TooBig   int64  `json:"too_big"`  // events that are larger than the dialect accepts
	Bytes    int64  `json:"bytes"`    // of the bodies
	Files    []File `json:"files"`
	SHA256   string `json:"sha256"` // of the manifest, where this is empty
}

// A File is a file of a recording. Its path is its name in the folder.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Size is how many bytes the files have together.
func (m *Manifest) Size() (bytes int64) {
	for _, f := range m.Files {
		bytes += f.Bytes
	}
	return bytes
}

// An UnfinishedError says that the recording in a folder never came to its end.
type UnfinishedError struct{ Dir string }

func (e *UnfinishedError) Error() string { return e.Dir + " is an unfinished recording" }

// A Problem is one fault of a file of a recording.
type Problem struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// A DamageError says how a recording differs from its manifest.
type DamageError struct {
	Dir      string
	Problems []Problem
}

// Error lists every problem, one per line.
func (e *DamageError) Error() string {
	var text strings.Builder
	text.WriteString(e.Dir + " is damaged")
	for _, p := range e.Problems {
		text.WriteString("\n  " + p.Path + ": " + p.What)
	}
	return text.String()
}

// Is reports whether a folder holds a recording, complete or not.
func Is(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ManifestFile))
	return err == nil || unfinished(dir)
}

// unfinished reports whether a folder holds a recording that was begun and not completed.
func unfinished(dir string) bool {
	_, err := os.Stat(whole.Temp(filepath.Join(dir, RequestsFile)))
	return err == nil
}

// ReadManifest reads the manifest of a complete recording and checks that its files have their
// sizes. Verify also checks what is in them. Of a recording that is not complete the error is an
// *UnfinishedError, of one that is not as it was written a *DamageError.
func ReadManifest(dir string) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	return m, damage(dir, m, func(f *File) (string, error) {
		info, err := os.Stat(filepath.Join(dir, f.Path))
		if errors.Is(err, fs.ErrNotExist) {
			return "missing", nil
		}
		if err != nil {
			return "", err
		}
		return f.otherSize(info.Size()), nil
	})
}

func readManifest(dir string) (*Manifest, error) {
	if unfinished(dir) {
		return nil, &UnfinishedError{dir}
	}
	file, err := os.Open(filepath.Join(dir, ManifestFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostManifest+1))
	if err != nil {
		return nil, err
	}
	damaged := func(what string) (*Manifest, error) {
		return nil, &DamageError{dir, []Problem{{ManifestFile, what}}}
	}
	m := new(Manifest)
	if len(text) > mostManifest {
		return damaged("larger than a manifest")
	}
	if err := json.Unmarshal(text, m); err != nil {
		return damaged(err.Error())
	}
	if m.Version != version {
		return nil, fmt.Errorf("%s: the recording has version %d, this release reads %d",
			file.Name(), m.Version, version)
	}
	if same, err := m.intact(text); err != nil || !same {
		return damaged(otherContent)
	}
	return m, nil
}

// mostManifest is the largest size of a manifest, in bytes.
const mostManifest = 1 << 20

// otherContent is what is wrong with a file that has its size.
const otherContent = "other content than was written"

// text is the manifest as it is written.
func (m *Manifest) text() ([]byte, error) {
	var text bytes.Buffer
	form := json.NewEncoder(&text)
	form.SetEscapeHTML(false)
	form.SetIndent("", "  ")
	err := form.Encode(m)
	return text.Bytes(), err
}

// intact reports whether a text is that of the manifest, as it was written.
func (m *Manifest) intact(text []byte) (bool, error) {
	sum, err := m.sum()
	if err != nil || sum != m.SHA256 {
		return false, err
	}
	again, err := m.text()
	return bytes.Equal(text, again) && len(m.Files) == 2 && m.Files[0].Path == RequestsFile &&
		m.Files[1].Path == ScenarioFile, err
}

// sum is the hash of all that the manifest says.
func (m *Manifest) sum() (string, error) {
	blank := *m
	blank.SHA256 = ""
	text, err := blank.text()
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// write writes the manifest into a folder, with its hash.
func (m *Manifest) write(dir string) (err error) {
	if m.SHA256, err = m.sum(); err != nil {
		return err
	}
	text, err := m.text()
	if err != nil {
		return err
	}
	return whole.Write(filepath.Join(dir, ManifestFile), text)
}

// Verify reads a complete recording and checks it against its manifest, until ctx is done. What it
// finds wrong is a *DamageError; the manifest is returned with it, if that can be read.
func Verify(ctx context.Context, dir string) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	err = damage(dir, m, func(f *File) (string, error) { return f.fault(ctx, dir) })
	if err == nil {
		err = m.recount(ctx, dir)
	}
	return m, err
}

// recount checks that the requests of a recording can be read and are as many as it says.
func (m *Manifest) recount(ctx context.Context, dir string) error {
	d, err := Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	var r Request
	var has Manifest
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.Reset()
		if err = d.Read(&r, nil); err != nil {
			break
		}
		has.count(&r, len(r.Body))
	}
	switch {
	case err != io.EOF:
		return err
	case has.counts() != m.counts():
		what := fmt.Sprintf("%s, want %s", has.counts(), m.counts())
		return &DamageError{dir, []Problem{{RequestsFile, what}}}
	}
	return nil
}

// count adds a request whose body has some bytes to what the manifest counts.
func (m *Manifest) count(r *Request, body int) {
	if !r.Empty() {
		m.Requests++
	}
	m.Events += int64(len(r.IDs))
	m.Skipped += int64(len(r.Skipped))
	m.TooBig += int64(len(r.TooBig))
	m.Bytes += int64(body)
}

// counts says what the manifest counts.
func (m *Manifest) counts() string {
	return fmt.Sprintf("%d requests, %d events (%d skipped, %d too big), %d bytes of bodies",
		m.Requests, m.Events, m.Skipped, m.TooBig, m.Bytes)
}

// damage is the error of a recording with faults of some files, if there are any.
func damage(dir string, m *Manifest, fault func(*File) (string, error)) error {
	found := &DamageError{Dir: dir}
	for i := range m.Files {
		f := &m.Files[i]
		what, err := fault(f)
		if err != nil {
			return err
		}
		if what != "" {
			found.Problems = append(found.Problems, Problem{f.Path, what})
		}
	}
	if found.Problems != nil {
		return found
	}
	return nil
}

// otherSize says how the size of a file differs; empty if it does not.
func (f *File) otherSize(bytes int64) string {
	if bytes == f.Bytes {
		return ""
	}
	return fmt.Sprintf("%d bytes, want %d", bytes, f.Bytes)
}

// fault says how a file differs from what the manifest says; empty if it does not.
func (f *File) fault(ctx context.Context, dir string) (string, error) {
	file, err := os.Open(filepath.Join(dir, f.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return "missing", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash, n := sha256.New(), int64(0)
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		some, err := io.CopyN(hash, file, 16<<20)
		if n += some; errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	switch other := f.otherSize(n); {
	case other != "":
		return other, nil
	case hex.EncodeToString(hash.Sum(nil)) != f.SHA256:
		return otherContent, nil
	}
	return "", nil
}
