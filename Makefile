# The commands of the house. `make demo` and `make test` need Python 3.11 or newer and nothing else.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
TYPED := kequn schema api jobs cli plugins bench scripts tests
SOURCES := $(TYPED) migrations
GRAPHIQL := api/graphiql/assets/graphiql.js

NODE := tests/node examples/typescript

.PHONY: setup node demo test check bench soak

setup: $(VENV)/.installed $(GRAPHIQL)

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "kequn needs Python 3.11 or newer on the PATH"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(GRAPHIQL): scripts/graphiql.py | $(VENV)/.installed
	$(BIN)/python scripts/graphiql.py $(@D)

# What the tests of clients that others wrote need; without it they are skipped.
node: setup $(NODE:%=%/node_modules/.package-lock.json)

%/node_modules/.package-lock.json: %/package-lock.json | $(VENV)/.installed
	$(BIN)/python -m scripts.clients $*
	@touch $@

demo: setup
	$(BIN)/kequn demo

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal --requirements

check: setup
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m bench

soak: setup
	$(BIN)/python -m pytest -m soak --durations=10 -o faulthandler_timeout=0
