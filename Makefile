# Everything a contributor or the build server does. `make` alone lists the targets.

SHELL := bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# One target directory for every step, so that nothing is built twice.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
# Put there by .ci/setup when the system's Node is too old for Playwright.
export PATH := $(CARGO_TARGET_DIR)/node/bin:$(PATH)

step := .ci/step
# Tests choose PostgreSQL by this variable; only .ci/postgres may set it here.
unexport LEDGEROS_TEST_POSTGRES

nextest := $(shell command -v cargo-nextest 2>/dev/null)
rustfmt := $(shell cargo fmt --version 2>/dev/null)
clippy := $(shell cargo clippy --version 2>/dev/null)

# The PostgreSQL run selects by filter, not by -p: another selection of packages may build them with other features. The
# demo has a SQLite of its own, whatever the tests are given.
ifdef nextest
test_all := cargo nextest run --workspace
test_stored := cargo nextest run --workspace -E '(package(domain) + package(server) + package(app)) - test(/^demo::/)'
prove_all := $(test_all) --profile prove --run-ignored all
prove_stored := $(test_stored) --profile prove --run-ignored all
else
test_all := cargo test --workspace
test_stored := cargo test -p domain -p server -p app
# Without the examples in documentation: some are ignored because they cannot be built.
prove_all := $(test_all) --lib --bins --tests -- --include-ignored
prove_stored := $(test_stored) --lib --bins --tests -- --include-ignored
endif

modules := end2end/node_modules/.package-lock.json

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what the tests need beyond Rust, if missing
	@$(step) 'setup' .ci/setup

.PHONY: test
test: setup fmt-check clippy portable sqlite postgres browser schema ## everything the build server checks, in its order

.PHONY: fmt
fmt: ## format the Rust code
	@cargo fmt --all

.PHONY: fmt-check
fmt-check:
ifdef rustfmt
	@$(step) 'formatting' cargo fmt --all --check
else
	@echo 'formatting: skipped, rustfmt is not installed'
endif

.PHONY: clippy
clippy: ## lint, warnings denied
ifdef clippy
	@$(step) 'clippy' cargo clippy --workspace --all-targets -- -D warnings
else
	@echo 'clippy: skipped, it is not installed'
endif

# The rules must not need a database, a network or a runtime.
.PHONY: portable
portable:
	@$(step) 'domain without features' cargo build -p domain --no-default-features

.PHONY: sqlite
sqlite: ## unit, property and HTTP tests on SQLite
	@$(step) 'tests on SQLite' $(test_all)

# A test waits while the server makes and drops its database; meanwhile another computes.
.PHONY: postgres
postgres: export NEXTEST_TEST_THREADS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
postgres: ## the tests that store something, on a throw-away PostgreSQL
	@$(step) 'tests on PostgreSQL' .ci/postgres $(test_stored)

.PHONY: binary
binary:
	@$(step) 'build ledgeros' cargo build --workspace --bin ledgeros

.PHONY: browser
browser: binary $(modules) ## browser tests in Chromium, scripts on and off
	@cd end2end
	../$(step) 'browser tests: types' npm run --silent types
	../$(step) 'browser tests' npm run --silent browser

$(modules): end2end/package-lock.json end2end/package.json
	@$(step) 'browser tests: packages' npm ci --prefix end2end --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: schema
schema: binary ## hold the running API against its OpenAPI document
	@$(step) 'API against its document' .ci/schema "$$CARGO_TARGET_DIR/debug/ledgeros"

lighthouse := end2end/lighthouse/node_modules/.package-lock.json

.PHONY: lighthouse
lighthouse: binary $(modules) $(lighthouse) ## Lighthouse on keys and monitoring: 100 in each category (minutes)
	@cd end2end
	npx playwright test --config lighthouse/playwright.config.ts

$(lighthouse): end2end/lighthouse/package-lock.json end2end/lighthouse/package.json
	@$(step) 'lighthouse: packages' npm ci --prefix end2end/lighthouse --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: bench
bench: ## measure pages and durable authorizations (release build, minutes)
	@$(step) 'bench' cargo bench -p server

.PHONY: prove
prove: setup ## the larger counts: more cases per property, ignored tests too, every log line searched for secrets
	@export PROPTEST_CASES=$${PROPTEST_CASES:-10000} LEDGEROS_CANARY=1
	$(step) 'proof on SQLite' $(prove_all)
	$(step) 'proof on PostgreSQL' .ci/postgres $(prove_stored)

.PHONY: demo
demo: ## run the example organisation and its agents until Ctrl-C
	@cargo run --release -- demo
