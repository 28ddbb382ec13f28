# What there is to do, in the order of a day's work. Only Go is needed.

STATICCHECK = go tool -modfile=.ci/tools/go.mod staticcheck

build: ## the command, as ./percorso
	go build -trimpath ./cmd/percorso

test: ## all tests
	go test ./...

check: ## format, vet, staticcheck; other platforms build and give the same goldens
	@test -z "$$(gofmt -s -l .)" || { gofmt -s -d .; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	GOARCH=386 go vet ./...
	GOOS=js GOARCH=wasm go vet ./...
	GOARCH=386 go test -run 'Golden|Stable' ./...
	if [ "$$(go env GOARCH)" = amd64 ]; then GOAMD64=v3 go test -run 'Golden|Stable' ./...; fi

bench: ## measure; the table in the README comes from here
	go test -run '^$$' -bench . -benchmem ./... | tee bench.txt

fuzz: ## every fuzz target for half a minute
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 30s $$p || exit 1; done; done

golden: ## rewrite golden files and the output in the README; the commit says why
	go test -run 'Golden|Stable|Readme' ./simulate ./export ./cmd/percorso -update

clean: ## what the other targets leave behind
	rm -f percorso percorso.exe bench.txt

.PHONY: build test check bench fuzz golden clean
