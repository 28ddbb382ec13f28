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
	requestsFile = "requests.zst"
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
	for _, name := range []string{ManifestFile, whole.Temp(requestsFile)} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// ReadManifest reads the manifest of a complete recording and checks that its files have their
// sizes. Verify also checks what is in them. Of a recording without one the error is an
// *UnfinishedError.
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
	path := filepath.Join(dir, ManifestFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && Is(dir) {
		return nil, &UnfinishedError{dir}
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if m.Version != version {
		return nil, fmt.Errorf("%s: the recording has version %d, this release reads %d", path,
			m.Version, version)
	}
	return m, nil
}

// write writes the manifest into a folder.
func (m *Manifest) write(dir string) error {
	var text bytes.Buffer
	form := json.NewEncoder(&text)
	form.SetEscapeHTML(false)
	form.SetIndent("", "  ")
	if err := form.Encode(m); err != nil {
		return err
	}
	return whole.Write(filepath.Join(dir, ManifestFile), text.Bytes())
}

// Verify reads a complete recording and checks it against its manifest, until ctx is done. What it
// finds wrong is a *DamageError; the manifest is returned with it.
func Verify(ctx context.Context, dir string) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	return m, damage(dir, m, func(f *File) (string, error) { return f.fault(ctx, dir) })
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
		return "other content than was written", nil
	}
	return "", nil
}
