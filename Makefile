# The commands of the README. Each one is a plain call that you can also type by hand.

LISTEN ?= 127.0.0.1:8080
# What `make bench` measures, with its options; `pixelwars bench --help` lists the measurements.
BENCH ?= place

# How many seconds `make fuzz` gives each target.
FUZZ_SECONDS ?= 60

PROGRAM := target/release/pixelwars
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web -type f \
	-not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/tests/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup web build run check fmt test bench fuzz

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

build: $(PAGE) ## build the program with the page inside: target/release/pixelwars
	cargo build --release --locked

run: build ## build, then serve on 127.0.0.1:8080 (LISTEN=address:port for another)
	$(PROGRAM) serve --listen $(LISTEN)

check: ## compile without building, in seconds after an edit: Rust and TypeScript
	@mkdir -p web/dist
	cargo check --workspace --all-targets --locked
	cd web && npx --no-install vue-tsc --build

test: ## install what the tests need, then run every check and every test
	scripts/setup.sh --for test
	scripts/test.sh

fmt: ## format the Rust code and fix what the page's linter can fix
	cargo fmt --all
	npm --prefix web run lint -- --fix

web: $(PAGE) ## build the page alone: web/dist

# File times decide: nothing happens while the page is newer than its sources.
$(PAGE): $(PAGE_SOURCES)
	scripts/setup.sh --for run
	npm --prefix web run build

bench: build ## measure with the release build: make bench BENCH="place --seconds 10"
	$(PROGRAM) bench $(BENCH)

setup: ## install what building and testing need, without testing
	scripts/setup.sh --for test

fuzz: ## fuzz every decoder, FUZZ_SECONDS each; needs cargo-fuzz
	scripts/fuzz.sh $(FUZZ_SECONDS)
