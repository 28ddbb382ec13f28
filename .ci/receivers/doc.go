// Package receivers streams to systems of others, with the command as it is built: a ClickHouse
// server, a flow of Node-RED, and the Go SDK of CloudEvents must take what a stream sends, and what
// they then have must be the events of the dataset. Each check is shown to fail when something is
// slightly wrong. It has only tests, in a module of their own because of what they need:
//
//	apt-get install clickhouse-server && npm install && go test -mod=mod .
package receivers
