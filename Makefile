.PHONY: demo build test bench fuzz fields scenario clean

GO ?= go
PYTHON ?= python3

demo: build ## build, and hunt the intrusion that ships with the program
	@./bin/oust demo

build:
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/oust ./cmd/oust

test: .venv/installed ## every test, and what it needs
	$(GO) test ./...

.venv/installed: tools/requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

bench: build .bench/installed ## speed and memory, on logs and plans that are made for it, beside a public scanner
	$(GO) run ./tools/bench -scanner .bench/bin/checkov

.bench/installed: tools/bench/requirements.txt
	$(PYTHON) -m venv .bench
	.bench/bin/pip install --quiet --disable-pip-version-check -r tools/bench/requirements.txt
	@touch $@

fuzz: ## a minute for every fuzz target
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$p || exit 1; \
		done; \
	done

fields: .venv/installed ## the dictionary of CloudTrail field names
	.venv/bin/python tools/cloudtrail_fields.py > internal/decode/cloudtrail/fields.txt

scenario: ## the logs of the scenarios, from their attack and their background
	rm -rf scenarios/stolen-key/logs
	$(GO) run ./tools/trail -events 3000 -start 2026-03-02T02:00:00Z -hours 3 -plant scenarios/stolen-key/attack.jsonl scenarios/stolen-key/logs

clean:
	rm -rf bin .venv .bench
