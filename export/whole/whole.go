// Package whole writes files that are complete as soon as they exist: first under a temporary name,
// and renamed when everything is written.
//
//	Write(path, text)                         a small file
//	Create(path) → Write, …, Close → Commit   a large one; Discard gives it up
//
// A rename is atomic, but nothing is forced to the disk unless you call Sync.
package whole

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes a small file.
func Write(path string, text []byte) error {
	f, err := Create(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, Cause(err))
	}
	if _, err = f.Write(text); err == nil {
		err = f.Commit()
	}
	if err != nil {
		f.Discard() // the first error is the cause
		return fmt.Errorf("write %s: %w", path, Cause(err))
	}
	return nil
}

// A File is being written: nobody sees it under its name before Commit.
type File struct {
	file   *os.File
	path   string // its final name
	at     string // its present name
	kept   bool   // it existed before and is not a regular file
	closed bool
}

// Create begins a file. It replaces what an earlier writer left unfinished; a file of the final
// name stays until Commit. If that is not a regular file, a pipe for example, it is written to
// directly.
func Create(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := open(path, path, os.O_TRUNC)
		if err == nil {
			f.kept = true
		}
		return f, err
	}
	temp := Temp(path)
	// The name may be a link to somebody else's file: it is removed, not written to.
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return open(path, temp, os.O_EXCL)
}

// CreateNew begins a file; it is an error if one has been begun and not finished.
func CreateNew(path string) (*File, error) { return open(path, Temp(path), os.O_EXCL) }

func open(path, at string, flag int) (*File, error) {
	file, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|flag, 0o666)
	if err != nil {
		return nil, err
	}
	return &File{file: file, path: path, at: at}, nil
}

// Write implements io.Writer.
func (f *File) Write(text []byte) (int, error) { return f.file.Write(text) }

// Sync forces what is written to the disk.
func (f *File) Sync() error { return f.file.Sync() }

// Close ends the writing and renames nothing. Closing again does nothing.
func (f *File) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.file.Close()
}

// Commit closes the file and renames it to its final name.
func (f *File) Commit() error {
	if err := f.Close(); err != nil || f.at == f.path {
		return err
	}
	if err := os.Rename(f.at, f.path); err != nil {
		return err
	}
	f.at = f.path
	return nil
}

// Discard removes the file, under whichever name it has; an existing file that is not regular
// stays.
func (f *File) Discard() error {
	f.Close() // its error does not matter: the file is removed
	if f.kept {
		return nil
	}
	return os.Remove(f.at)
}

// Temp returns the name under which a file is written until it is whole.
func Temp(path string) string {
	dir, base := filepath.Split(path)
	return dir + "." + base + ".tmp"
}

// Cause strips the operation and the path from an error of package os: messages name the file that
// users know, not the temporary one.
func Cause(err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
