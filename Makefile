# `make` alone lists what there is.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# One more than two cores: what waits for a process, a disk or a browser leaves room.
JOBS ?= 3

BIN := .venv/bin
# What is installed: the locked packages, and this one with its compiled translations.
PARTS := pyproject.toml setup.py $(wildcard src/mashang/locale/*/LC_MESSAGES/*.po)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --build-deps-for=editable
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, \
and $(PYTHON) is " + sys.version.split()[0] + "; name another: make run PYTHON=python3.12")
ENGLISH := src/mashang/locale/en/LC_MESSAGES/django.po
WITH_POSTGRESQL := $(BIN)/python scripts/with_postgresql.py

.PHONY: help run test lint test-sqlite test-postgresql bench messages lock clean
.DEFAULT_GOAL := help

help:
	@echo 'make run        the demonstration city on http://$(HOST):$(PORT) (HOST=, PORT=)'
	@echo 'make test       lint, types, layers, all tests on PostgreSQL and SQLite, and in a browser'
	@echo 'make lint       only what needs no test: style, types, layers, templates'
	@echo 'make bench      how much it carries; minutes'
	@echo 'make messages   gather the texts for translation into the .po file'
	@echo 'make lock       choose and lock the versions of all dependencies anew'
	@echo 'make clean      remove what was installed and built; the data in var/ stay'

run: .venv/.runtime
	@$(BIN)/mashang run-demo --host $(HOST) --port $(PORT)

test: lint test-postgresql test-sqlite

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet src

test-sqlite: .venv/.dev
	$(BIN)/python scripts/need.py gettext chromium font
	$(BIN)/pytest -n $(JOBS)

test-postgresql: .venv/.dev
	$(BIN)/python scripts/need.py gettext postgresql font
	$(WITH_POSTGRESQL) $(BIN)/pytest -n $(JOBS) -m 'not browser and not any_database'

bench: .venv/.dev
	$(BIN)/python scripts/need.py postgresql font
	$(WITH_POSTGRESQL) --durable $(BIN)/mashang bench

messages: .venv/.dev
	$(BIN)/python scripts/need.py gettext
	cd src/mashang && $(CURDIR)/$(BIN)/django-admin makemessages --locale en --no-obsolete \
		--add-location never --no-wrap
	sed -i.bak '/^"POT-Creation-Date:/d' $(ENGLISH) && rm $(ENGLISH).bak

lock: .venv/.dev
	CUSTOM_COMPILE_COMMAND='make lock' $(COMPILE) --upgrade \
		--output-file=requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND='make lock' $(COMPILE) --upgrade --extra=dev \
		--constraint=requirements.lock --output-file=requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src -name '*.mo' -delete

.venv/.created:
	@$(PYTHON) -c '$(NEW_ENOUGH)'
	@echo 'Making the environment in .venv …'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo 'This Python has no venv; on Debian: apt-get install python3-venv' >&2; exit 1; }
	@touch $@

.venv/.runtime: .venv/.created requirements.lock $(PARTS)
	@echo 'Installing …'
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@echo 'Installing what tests need …'
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
