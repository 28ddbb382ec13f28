// Package record keeps the requests of a stream in a folder, so that they can be sent again and
// again without simulating them.
//
// A recording is a folder:
//
//	requests.zst     the requests: bodies, and what is known of each event
//	scenario.yaml    the resolved scenario of the stream
//	recording.json   the manifest: what it is, and its files with their hashes
//
// Until all is written, requests.zst has another name: a folder without it and the manifest is not
// complete.
//
//	Create → Writer.Write(request), … → Finish
//	Open → Reader.Read(request), … → io.EOF
//
// What depends on when, where and by whom a request is sent is no part of a recording: the time of
// sending, the target, and keys and tokens, wherever a dialect puts them. So a body is recorded
// without its prefix, which every body of the stream has and which may hold the key, and without
// its end, which may say when it was sent.
//
// # Format
//
// requests.zst is a sequence of blocks of one or more requests. A block is a skippable frame of
// zstd that holds the index of the block, and a frame with the bodies: `zstd -dc requests.zst`
// prints all bodies. All numbers are varints, those that may be negative in zigzag; ids have 8
// bytes, the lowest first.
//
//	index     checksum of what follows and of the bodies as they are in the file (CRC-32C, 4 bytes),
//	          size of the bodies, size of their frame, number of requests, requests
//	request   First, Next-First, size of the body, Until, number of headers, headers, events, skipped
//	          events, events that are too big; of those in the body, if there are any, between the
//	          first two: where the first begins, the bytes between two; of each the µs since the one
//	          before (of the first: since 1970); of each its bytes
//	header    size of the name, name, size of the value, value
//	events    number; runs of positions: how many each skips, how many it has; ids
//
// A block has at least one request and, unless it has only one, at most 128 KiB of bodies: so
// reading needs little memory and a large body is decompressed to where it is sent from. No body is
// larger than 256 MiB.
package record
