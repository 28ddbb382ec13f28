# What there is to do, in the order of a day's work. Only Go is needed.

SHELL = bash
.SHELLFLAGS = -o pipefail -c
ROUNDS = 7
STATICCHECK = go tool -modfile=.ci/tools/go.mod staticcheck

build: ## the command, as ./percorso
	go build ./cmd/percorso

test: ## all tests, the heavy ones with less, and every benchmark once so that none can rot
	go test -short -timeout 5m ./...
	@go test -short -run "^$$$$" -bench . -benchtime 1x ./... > bench.txt || { cat bench.txt; exit 1; }

check: ## format, vet, staticcheck; other platforms give the same goldens; all tests in full, among
       ## them what an event may cost: testdata/instructions.txt
	@test -z "$$(gofmt -s -l .)" || { gofmt -s -d .; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	go test -race -run 'WorkersDoNotMatter|OrderOfWorkDoesNotMatter|ShardsAddUp|Cancelling' ./simulate
	go test -race -run 'NothingIs|NeverHangs|InOrder|Interrupted|ADeadTarget|PrintTrickles' ./export/push
	go test -race -run 'ServedTo|ServedStops' ./cmd/percorso
	GOARCH=386 go vet ./...
	GOOS=js GOARCH=wasm go vet ./...
	@if GOARCH=386 go test -run '^$$$$' ./model/draw > /dev/null 2>&1; \
		then GOARCH=386 go test -run 'Golden|Stable' ./...; \
		else echo "goldens on 386 are not compared: this machine runs no 32-bit programs"; fi
	if [ "$$(go env GOARCH)" = amd64 ]; then GOAMD64=v3 go test -run 'Golden|Stable' ./...; fi
	go test -timeout 40m ./...

bench: ## measure, in $(ROUNDS) rounds; the table in the README comes from here
	cd .ci/duckdb && go test -mod=mod -run '^$$' -bench . -benchtime 1x -timeout 4h \
		-rounds $(ROUNDS) -parts 8 | tee ../../bench.txt
	go test -run '^$$' -bench . -benchmem ./... | tee -a bench.txt
	cd .ci/vegeta && go test -mod=mod -run '^$$' -bench . -benchtime 1x | tee -a ../../bench.txt

study: build ## how far the usual methods are from the truth, in three markets
	@for market in fashion electronics null; do \
		./percorso generate $$market --customers 20000 -o study/$$market --quiet --force && \
		./percorso truth study/$$market -o study/$$market --estimands loo --draws 2 --holdout 10% --quiet --force && \
		for touches in clicks all; do \
			echo && echo "touches: $$touches" && \
			./percorso score attribution study/$$market --touches $$touches --quiet || exit 1; \
		done || exit 1; \
	done

profile: ## what is hot in the command, for the compiler: cmd/percorso/default.pgo
	go test -run '^$$' -bench Generate -benchtime 3x -o /dev/null -cpuprofile default.pgo ./cmd/percorso
	mv default.pgo cmd/percorso

soak: ## five minutes of streaming: memory stays flat and nothing is left running
	go test ./export/push -run 'TestSoak$$' -v -soak 5m -timeout 15m

swarm: ## thousands of random scenarios, whose lives must break no promise
	go test ./simulate -run 'TestSwarm$$' -swarm 5000

fuzz: ## every fuzz target for half a minute
	@for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 30s $$p || exit 1; done; done

golden: ## rewrite golden files and the output in the README; the commit says why
	go test ./export/dataset ./export/dialect -update
	go test -run 'Golden|Readme' ./simulate ./cmd/percorso -update

same: ## compare what comes out with that of an earlier revision: make same REVISION=v0.3
	.ci/same $(REVISION)

release: ## an archive for each system, with checksums, in dist
	@rm -rf dist && mkdir dist
	@for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do \
		os=$${target%/*} arch=$${target#*/} name=percorso-$$os-$$arch; \
		exe=percorso$$([ $$os = windows ] && echo .exe); \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -ldflags='-s -w' -o dist/$$name/$$exe ./cmd/percorso && \
		cp README.md LICENSE dist/$$name && tar -C dist -czf dist/$$name.tar.gz $$name && rm -r dist/$$name || exit 1; \
	done
	@cd dist && sha256sum *.tar.gz > SHA256SUMS && cat SHA256SUMS

clean: ## what the other targets leave behind
	rm -rf percorso percorso.exe bench.txt dist

.PHONY: build test check bench study profile soak swarm fuzz golden same release clean
