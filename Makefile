# `make bench` and `make test` need nothing prepared but Python 3.11+, and Node with npm for the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ENOUGH_FOR_BENCH := $(VENV)/.installed_bench
REFERENCE := tests/reference/node_modules/.package-lock.json
JOBS ?= 2

export PIP_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: bench test coverage conformance lint format venv clean

bench: $(ENOUGH_FOR_BENCH)
	$(BIN)/alphatex bench $(ARGS)

test: lint $(REFERENCE)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

# Which lines the tests reach: watching them doubles the time.
coverage:
	$(MAKE) test ARGS='--cov --cov-report=term:skip-covered $(ARGS)'

# Only what asks the reference implementation.
conformance: venv $(REFERENCE)
	ALPHATEX_MUTANTS=100000 $(BIN)/python -m pytest --timeout 3600 tests/reference tests/language tests/music tests/data $(ARGS)

lint: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

venv: $(INSTALLED)

# What pip leaves in the checkout would hide what it installed.
define install
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable '.[$(1)]'
	rm -rf alphatex_eval.egg-info
endef

$(INSTALLED): pyproject.toml constraints.txt
	$(call install,dev)
	touch $@ $(ENOUGH_FOR_BENCH)

$(ENOUGH_FOR_BENCH): pyproject.toml constraints.txt
	$(call install,bench)
	touch $@

$(REFERENCE): tests/reference/package.json tests/reference/package-lock.json
	cd tests/reference && npm ci --silent
	touch $@

clean:
	rm -rf $(VENV) tests/reference/node_modules build dist *.egg-info .coverage .*_cache .hypothesis
