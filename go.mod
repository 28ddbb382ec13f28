module github.com/percorso/percorso

go 1.26
