# Every target does its own set-up: .venv is built from pyproject.toml, pinned by constraints.txt, and byte-compiled.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# In parallel; one after the other where the machine has no shared memory, as in a bare chroot.
COMPILE_ALL := $(BIN)/python -m compileall -q -j 0 -x '/test_' syncd tests 2>/dev/null || $(BIN)/python -m compileall -q -x '/test_' syncd tests
# Other tests than these: make test TESTS='-m postgres', TESTS=tests/core, TESTS='-k holiday' ...
TESTS ?= --ignore=tests/system

.PHONY: help demo test test-whole test-web test-systemd lint bench torture fuzz politeness soak soak-web newest mutants man docs pictures clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt syncd/__init__.py
	@test -n "$(PYTHON)" || { echo "syncd needs Python 3.11 or newer; say where it is: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make an environment; on Debian: apt install python3-venv"; exit 1; }
	@echo "building $(VENV) with $$($(PYTHON) -V), once; it needs a package index and takes a minute or two"
	@echo "  1 of 4: an empty environment"
	@$(PYTHON) -m venv $(VENV)
	@echo "  2 of 4: pip, as constraints.txt pins it"
	@$(PIP) install -c constraints.txt "pip>=25.3" || { echo "pip gets no packages: is a package index reachable? (pip config list)"; exit 1; }
	@echo "  3 of 4: syncd, and what it and its tests need ($$(grep -c == constraints.txt) packages at most)"
	@$(PIP) install -c constraints.txt --build-constraint constraints.txt --group dev --group datasette -e '.[postgres,web]'
	@echo "  4 of 4: byte code"
	@$(COMPILE_ALL)
	@touch $@

# Sources are compiled each time, as an environment may forbid Python to do it by the way; starting takes twice as long then.
demo: $(STAMP) ## the main job end to end, offline, in a throw-away folder
	@$(BIN)/python -m compileall -q syncd
	@$(BIN)/syncd rehearse

# Most of the waiting is for the disk, which a folder in memory does not ask for: 600 MB of at least 2 GB. The server of the
# tests is another user's process, which must get to its folder.
# pytest compiles the tests themselves, and may keep them in an environment that forbids it too: to do it anew takes seconds a process.
test: $(STAMP) ## the tests of each part, in two to three minutes
	@$(COMPILE_ALL)
	@scratch=; trap 'chmod -R u+rwX "$$scratch" 2>/dev/null; rm -rf "$$scratch"' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	if [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END { print $$4 }')" -gt 2000000 ]; then \
		scratch=$$(mktemp -d /dev/shm/syncd-tests-XXXXXX); chmod 711 "$$scratch"; fi; \
	PYTHONDONTWRITEBYTECODE= TMPDIR="$${scratch:-$${TMPDIR:-/tmp}}" $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $${scratch:+--basetemp="$$scratch/tests"} $(TESTS)

# Weeks on a simulated clock, several hosts, hundreds of planted differences, daemons that are killed: each takes seconds.
test-whole: ## the tests of whole runs, in a minute
	@$(MAKE) --no-print-directory test TESTS=tests/system

# It also takes the pictures of pages in docs/images anew.
test-web: $(STAMP) ## the web pages and the report in a real Chromium: widths, dark, print, keyboard, no script, axe
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then \
		$(PIP) install -c constraints.txt --group web-tests && SYNCD_BROWSER=1 $(BIN)/python -m pytest -q tests/browser $(TESTS); \
	else echo "skipped: make test-web needs Chromium (Debian: apt install chromium)"; fi

test-systemd: $(STAMP) ## the daemon under a real systemd in a container (root, debootstrap, systemd-nspawn)
	tests/systemd/run.sh

lint: $(STAMP) ## lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# An eighth of an archive of seven years: make bench DIGESTS=1747 measures the whole, which takes many times as long. What single functions and
# searches take is measured by `python -m tests.bench` and `python -m tests.bench_searches`.
DIGESTS ?= 218
bench: $(VENV)/.bench ## speed, as ratios taken in one run; the goals stand in docs/performance.md
	@$(BIN)/python -m compileall -q syncd
	@$(BIN)/python -m tests.speed $(DIGESTS)

# The first three run for minutes, or for as many hours as SYNCD_LONG says. More: make torture TORTURE=--help, make fuzz FUZZ='--only oai --record' …
torture: $(STAMP) ## failing system calls and kills in real processes, each healed by the next run
	@$(BIN)/python -m compileall -q -j 0 syncd tests
	@nice $(BIN)/python -m tests.torture $(TORTURE)

fuzz: $(STAMP) ## broken input to every reader, with bounded memory and time; finds are kept in build/fuzz
	@nice $(BIN)/python -m tests.fuzz $(FUZZ)

politeness: $(STAMP) ## two daemons and many commands at once, killed and started again: broken rules are counted
	@nice $(BIN)/python -m tests.politeness $(POLITENESS)

soak: $(STAMP) ## the daemon through 1,000 simulated days with faults at random: memory, descriptors and database are watched
	@nice $(BIN)/python -m tests.soak $(SOAK)

soak-web: $(STAMP) ## the web pages under readers beside the daemon and commands that write, on both databases
	@nice $(BIN)/python -m tests.soak.pages $(SOAK)

newest: $(STAMP) ## the tests on the newest allowed dependencies, on Python 3.11 to 3.14 as far as they are here
	@$(BIN)/python -m tests.newest $(TESTS)

$(VENV)/.bench: $(STAMP)
	@$(PIP) install -c constraints.txt --group bench
	@touch $@

# A fair sample of each module; SAMPLE=all takes hours. MUTANTS names modules or folders: make mutants MUTANTS=syncd/core/diff.py
SAMPLE ?= 12
mutants: $(VENV)/.mutants ## changes in the code that no test notices, and the share noticed by folder
	@$(BIN)/python -m tests.mutants --sample $(SAMPLE) $(MUTANTS)

$(VENV)/.mutants: $(STAMP)
	@$(PIP) install -c constraints.txt --group mutants
	@touch $@

man: $(STAMP) ## the man pages and the reference, written anew from the program
	@$(BIN)/python docs/man/generate.py
	@$(BIN)/python docs/generate_reference.py
	@$(BIN)/python docs/generate_database.py
	@$(BIN)/python docs/generate_reliability.py

pictures: $(VENV)/.docs ## the pictures of the documentation, made again from real output
	@$(BIN)/python docs/generate_pictures.py

# Strict: a link to nothing, a page without a place and any other warning end it. What was built asks for nothing when it is read.
docs: $(VENV)/.docs ## the documentation as a web site in build/docs, links checked
	@rm -rf build/docs
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env -j auto -d build/doctrees docs build/docs
	@! grep -rnoiE '<(link|script|img|iframe|source)[^>]*(src|href)="?(https?:)?//[^>]*' build/docs --include='*.html' || { echo "a page asks another host"; exit 1; }
	@! grep -rnE '(@import|url\()[^;)]*//' build/docs --include='*.css' || { echo "a style asks another host"; exit 1; }
	@echo "build/docs/index.html: $$(find build/docs -name '*.html' | wc -l) pages"

$(VENV)/.docs: $(STAMP)
	@$(PIP) install -c constraints.txt --group docs
	@touch $@

clean: ## remove what make built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
