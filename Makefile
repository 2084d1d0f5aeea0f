# The course in two commands: `make course`, `make test`. `make help` lists the rest.
# Each recipe is what one would type; only setting up is a program of its own.

# Once .venv is there its own Python is asked, so that a choice made by
# `make PYTHON=python3.12` need not be repeated.
PYTHON ?= $(or $(wildcard .venv/bin/python),python3)
PORT ?= 8000
BIN := .venv/bin
# The assignment that `make course` grades, and when it is due in a new course.
SLUG ?= tool-or-craft
DUE ?= 2027-01-31 23:59 UTC
# Two workers: more do not help on two cores, and each may hold a browser.
PYTEST := $(BIN)/pytest -n 2 --dist loadgroup --durations 10 --durations-min 10
SAY := printf '\n== %s\n'

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help course serve test test-slow test-all bench lint lint-style lint-types lint-layers \
        lint-spelling lock screenshots clean clean-course venv browser

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

course: venv ## data, book, release, a sample class, marks and feedback: everything, incrementally
	@$(SAY) "Data"
	@$(BIN)/coursekit data make
	@$(SAY) "Book (half a minute the first time)"
	@$(book)
	@$(SAY) "Release of the assignment"
	@# Once there is a gradebook, its due date is the instructor's.
	@$(BIN)/coursekit release $(SLUG) $(if $(wildcard course/gradebook.db),,--due "$(DUE)")
	@$(SAY) "Sample class"
	@$(BIN)/coursekit simulate-class $(SLUG)
	@$(SAY) "Grading (a minute or two the first time)"
	@# Exit code 1 means that some submissions have trouble, as the sample class's should.
	@$(BIN)/coursekit grade $(SLUG) --quiet || [ $$? -eq 1 ]
	@$(SAY) "Feedback"
	@$(BIN)/coursekit feedback $(SLUG)
	@$(SAY) "Marks"
	@$(BIN)/coursekit report $(SLUG)

# Quiet unless it fails: then everything that was said, and where to find it.
define book
mkdir -p _build; $(BIN)/jupyter-book build . -W -n --keep-going -q >_build/book.log 2>&1 || \
{ cat _build/book.log; echo "The book did not build: mend what is named above (also in _build/book.log)."; exit 2; }
endef

serve: venv ## serve the book on 127.0.0.1, port PORT (8000)
	@$(BIN)/coursekit serve --port $(PORT)

test: venv browser lint ## lint, types, layers, spelling and the fast tests
	@$(SAY) "Tests"
	@$(PYTEST) -m "not slow"

# pytest's code 5, no test chosen, is no failure here: there may be no slow test.
test-slow: venv browser ## only the slow tests, which `make test` leaves out
	@$(SAY) "Slow tests"
	@$(PYTEST) -m slow || [ $$? -eq 5 ]

test-all: venv browser lint ## everything that `make test` does, and the slow tests
	@$(SAY) "All tests"
	@$(PYTEST)

bench: venv ## time what a user waits for, into _build/bench.json
	@$(BIN)/python benchmarks/run.py

lint: lint-style lint-types lint-layers lint-spelling ## style, types, import layers, spelling

lint-style: venv
	@$(SAY) "Style"
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . || \
	{ echo "Run: $(BIN)/ruff check --fix . && $(BIN)/ruff format ."; exit 2; }

lint-types: venv
	@$(SAY) "Types"
	@$(BIN)/mypy

lint-layers: venv
	@$(SAY) "Layers of imports"
	@$(BIN)/lint-imports --no-logo

lint-spelling: venv
	@$(SAY) "Spelling"
	@$(BIN)/typos --config .typos.toml .

lock: venv ## compile requirements.txt from pyproject.toml (newest versions: UPGRADE=--upgrade)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	--no-header --no-annotate --quiet $(UPGRADE) -o requirements.txt

screenshots: venv browser ## every page, light and dark, wide and narrow, on one contact sheet
	@$(BIN)/python -m tests.screenshots

clean: ## remove _build: the site and its caches
	@echo "Removing _build"
	@rm -rf _build

clean-course: ## remove course, with submissions and marks (asks for CONFIRM=yes)
	@[ "$(CONFIRM)" = yes ] || \
	{ echo "course/ holds submissions and marks: to remove them run make clean-course CONFIRM=yes"; exit 2; }
	@echo "Removing course"
	@rm -rf course

venv:
	@command -v $(PYTHON) >/dev/null || \
	{ echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one that you have, as in make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 6))' || \
	{ echo "$(PYTHON) is no Python 3: install Python 3.11 or newer, or name one that you have, as in make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) coursekit/bootstrap.py
	@[ -x $(BIN)/python ] || { echo "$(PYTHON) made no .venv: is it a Python? Name one, as in make PYTHON=python3.12"; exit 2; }

browser: venv
	@$(PYTHON) coursekit/bootstrap.py browser
