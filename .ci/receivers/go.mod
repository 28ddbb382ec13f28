module github.com/percorso/percorso/.ci/receivers

go 1.26.0

replace github.com/percorso/percorso => ../..

require github.com/percorso/percorso v0.0.0

require (
	github.com/brianvoe/gofakeit/v7 v7.18.1 // indirect
	github.com/goccy/go-yaml v1.19.2 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
)
