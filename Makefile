# make run    the demo on http://127.0.0.1:8080      make test   everything that decides whether a change is right
# make help   the rest
SHELL := /bin/sh
export PATH := $(HOME)/.cargo/bin:$(PATH)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STEP := scripts/step
.DEFAULT_GOAL := help
.PHONY: help run build test check format wire bench prove prove-routing size-json lock clean programs

RUST := Cargo.toml Cargo.lock $(shell find router-rs -name target -prune -o \( -name '*.rs' -o -name Cargo.toml \) -print 2>/dev/null)
FRONT := $(shell find widgets \( -name node_modules -o -name dist -o -name paraglide -o -name test-results \) -prune -o -type f -print 2>/dev/null)

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

run: build ## build what changed, then run the demo: servers, tenant, console, shop
	@UCC_DEMO=1 UCC_DATA_DIR="$${UCC_DATA_DIR:-$$(scripts/data-dir)}" exec $(BIN)/ucc serve --with-parent

build: .build/engine .build/widgets ## install and compile everything; nothing is started

programs:
	@scripts/programs

# --- steps; each leaves a stamp and runs again when something it reads changed -------------------------

.build/python: requirements.txt requirements-tools.txt | programs
	@test -x $(BIN)/python || $(STEP) "making the Python environment" $(PYTHON) -m venv $(VENV)
	@$(STEP) "installing Python packages (first time 1–2 min)" sh -c '\
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.txt && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt'
	@mkdir -p .build && touch $@

.build/python-dev: requirements-dev.txt .build/python
	@$(STEP) "installing what tests need" $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

.build/engine: $(RUST) pyproject.toml .build/python
	@$(STEP) "compiling the routing engine (first time 1–2 min)" \
	  env VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --locked --skip-install
	@$(STEP) "installing the ucc command" $(BIN)/python scripts/install
	@touch $@

.build/node: widgets/package-lock.json | programs
	@# Not `npm ci`: it fails where a registry lacks a package for another system (biome's for Android …).
	@$(STEP) "installing Node packages (first time 1 min)" npm --prefix widgets install --no-save --no-audit --no-fund
	@mkdir -p .build && touch $@

.build/widgets: $(FRONT) .build/node
	@$(STEP) "building console, widget and shop" npm --prefix widgets run build
	@touch $@

# --- checks --------------------------------------------------------------------------------------------

test: build .build/python-dev ## every test: Rust, front end, Python, browsers
	@scripts/chromium
	cargo test --locked --quiet
	npm --prefix widgets test
	$(BIN)/python -m pytest -m "not long and not browser" --numprocesses 2 --dist loadfile
	$(BIN)/python -m pytest -m "not long and browser"

check: build .build/python-dev ## linters and types of all three languages, stale generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --all --check
	PYO3_PYTHON=$(CURDIR)/$(BIN)/python cargo clippy --locked --quiet --workspace --all-targets -- -D warnings
	$(BIN)/python -m ucc.wire --check
	npm --prefix widgets run check

format: .build/python-dev .build/node ## put everything into the house's layout
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	cargo fmt --all
	npm --prefix widgets exec -- biome check --write .

wire: .build/python-dev .build/node ## write the TypeScript types from ucc/domain and the API
	$(BIN)/python -m ucc.wire

bench: build .build/python-dev ## the suites of bench/ and the loads of `ucc bench`, each beside its floor
	$(BIN)/python -m pytest bench --benchmark-enable --benchmark-only -q
	@failed=; for load in messages sockets start routing node; do \
	  echo "ucc bench $$load"; $(BIN)/ucc bench $$load --json || failed="$$failed $$load"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

prove: build .build/python-dev ## the long suites: kills under load, fail-over, walks of the engine, planted mutants
	$(BIN)/python -m pytest -m long --timeout 3600 -s
	$(BIN)/python -m tests.chaos.failover --kills 20
	@$(MAKE) --no-print-directory prove-routing

# Of two cores: 2·10⁸ events 4 minutes (2.5 µs each on a busy host), the model 1, garbled messages 1, mutants 1.
prove-routing: ## the engine alone: 2·10⁸ events, 2 million commands beside the naive model, garbled messages, mutants
	cargo build --locked --release --quiet -p ucc-router-sim
	target/release/ucc-router-sim --events 200000000
	target/release/ucc-router-sim --oracle 2000000
	ulimit -v 4000000; target/release/ucc-router-sim --garbled 100000000
	scripts/mutants

size-json: .build/widgets ## the widget's sizes as JSON
	@npm --prefix widgets run --silent size

lock: .build/python ## resolve the Python requirements again
	@scripts/lock

clean: ## remove what was built; data stays
	rm -rf .build target widgets/*/dist widgets/node_modules ucc/_native*.so
