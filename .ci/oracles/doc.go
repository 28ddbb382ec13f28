// Package oracles holds our requests against those of the vendors' own SDKs: the same events of a
// simulation go to a server that keeps what it is sent, once through the sender and a dialect, once
// through the SDK, and the two must be equal field by field.
//
// What is intended to be different stands in a list, with the reason: anything else fails, and so
// does a difference that is listed and no longer there. How an event becomes a call of an SDK is
// in sdk, written from the vendors' documentation; it reads rows of our tables and knows nothing
// of our dialects. It has only tests, in a folder of their own because they need Node and its
// packages:
//
//	npm install && go test -mod=mod .
package oracles
