// Package whole writes files that are whole whenever they are there: under a temporary name first,
// which becomes the final one by a rename when everything is written.
//
//	Write(path, text)                         a small file
//	Create(path) → Write, …, Close → Commit   a large one; Discard gives it up
//
// A rename is atomic, but nothing is forced to the disk unless one asks for it with Sync.
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
		f.Discard() // the first error is why
		return fmt.Errorf("write %s: %w", path, Cause(err))
	}
	return nil
}

// A File is on its way: nobody sees it under its name before Commit.
type File struct {
	file   *os.File
	path   string // where it shall be
	at     string // where it is
	kept   bool   // it was there before and is no regular file
	closed bool
}

// Create begins a file. What an earlier writer left unfinished is replaced, and what is there under
// the final name stays until Commit. What is there and no regular file, as a pipe, is written to at
// once.
func Create(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := open(path, path, os.O_TRUNC)
		if err == nil {
			f.kept = true
		}
		return f, err
	}
	temp := Temp(path)
	// The name may be a link to a file of somebody else: it is taken away, not written to.
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return open(path, temp, os.O_EXCL)
}

// CreateNew begins a file that nobody has begun: it is an error if somebody has.
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

// Close ends the writing and changes no name. Closing again does nothing.
func (f *File) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.file.Close()
}

// Commit closes the file and gives it its name.
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

// Discard removes the file, under whichever name it is; what was there before Create and is no
// regular file stays.
func (f *File) Discard() error {
	f.Close() // what it says does not matter: the file goes
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

// Cause strips the operation and the path from an error of package os: errors name the file that
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
