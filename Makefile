# The only commands a newcomer needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
DATA_DIR ?= ./data
LISTEN ?= 127.0.0.1:8080
ADMIN_LISTEN ?= 127.0.0.1:8081
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
NODE_STAMP := dashboard/node_modules/.package-lock.json
DASHBOARD_SOURCES := $(shell find dashboard -path dashboard/node_modules -prune -o -path dashboard/dist -prune -o -path dashboard/test-results -prune -o -path dashboard/e2e -prune -o -type f -print 2>/dev/null)

.PHONY: help run build dashboard binary test check fmt contracts bench deny setup-build setup-test clean-data

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Install what is missing, build, and serve the demo group on http://127.0.0.1:8080
	@echo "── 4/4 serve"
	@exec $(TARGET_DIR)/release/nqba serve --demo --listen $(LISTEN) --admin-listen $(ADMIN_LISTEN) --data-dir $(DATA_DIR)

build: setup-build dashboard binary ## Build the dashboard and target/release/nqba

dashboard: dashboard/dist/index.html

$(NODE_STAMP): dashboard/package-lock.json
	@echo "── 2/4 dashboard: packages"
	@cd dashboard && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dashboard/dist/index.html: $(NODE_STAMP) $(DASHBOARD_SOURCES)
	@echo "── 2/4 dashboard: build"
	@cd dashboard && npm run --silent build
	@touch $@

binary:
	@echo "── 3/4 binary: release build (the first one takes some minutes)"
	@cargo build --release --locked -p nqba

test: setup-test dashboard ## Run everything: engines, services on SQLite and PostgreSQL, the binary, the pages in Chromium
	@scripts/test.sh

check: setup-build $(NODE_STAMP) ## The quick one: format, lints, types, licences, tidy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --locked -q -p xtask
	cd dashboard && npm run --silent check
	@scripts/deny.sh

fmt: ## Format everything
	cargo fmt --all
	cd dashboard && npx biome check --write .

contracts: ## Write openapi/nqba.json and the dashboard's client from the code
	cargo run --locked -q -p nqba -- openapi > openapi/nqba.json.new && mv openapi/nqba.json.new openapi/nqba.json
	cd dashboard && npm run --silent client

bench: build ## Measure, beside peers; see bench/README.md
	@bench/run.sh

setup-build:
	@echo "── 1/4 what the build needs"
	@scripts/setup.sh build

setup-test:
	@scripts/setup.sh build test
