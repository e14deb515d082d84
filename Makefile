# Two commands do all set-up: `make demo` and `make test`. Everything is built into .venv from pyproject.toml,
# pinned by constraints.txt, and byte-compiled (without that, imports are three times slower).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built

.PHONY: help demo test lint bench clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt syncd/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "syncd needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group dev -e '.[postgres]'
	$(BIN)/python -m compileall -q $(VENV)/lib syncd
	@touch $@

demo: $(STAMP) ## the main job end to end, offline, in a throw-away folder
	@$(BIN)/syncd rehearse

test: $(STAMP) ## all tests but the ones under a real systemd
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(STAMP) ## lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(STAMP) ## speed, as ratios taken in one run
	$(BIN)/python -m tests.bench

clean: ## remove what make built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
