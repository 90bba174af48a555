# Full Table. `make run` starts everything on this machine; `make test` runs the tests.
# HOST and PORT in the environment say where it listens (default 127.0.0.1, 8000).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
# hundreds of processes start here; each would compile the product anew
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help run test lint types faults storm soak mutations bench

help:
	@echo "make run    start Full Table here (HOST and PORT in the environment)"
	@echo "make test   run the tests"
	@echo "make lint   look at the style of code and templates"
	@echo "make types  check the types"
	@echo
	@echo "The proofs, each with a table; they need PostgreSQL, Redis and libfaketime:"
	@echo "make faults     what goes wrong in the real world, done to real processes"
	@echo "make storm      a minute of everything at once"
	@echo "make soak       an hour of it (MINUTES=60), and the full size of what is small elsewhere"
	@echo "make mutations  each guard taken away, and whether the tests notice"
	@echo "make bench      how fast, against the least possible on this machine"

# -- the environment: made once, completed when a lock file changes --------------------------------
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Full Table needs Python 3.11 or newer; name one with PYTHON=python3.11.")'
	$(PYTHON) -m venv $(VENV)

# uv is quick; where it cannot be had, pip reads the same file and the same hashes
define install
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install -q --disable-pip-version-check uv || true
	@if $(BIN)/python -m uv --version >/dev/null 2>&1; then \
		$(BIN)/python -m uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1); \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
	fi
	@touch $@
endef

$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@echo "Installing what Full Table needs …"
	$(call install,requirements.lock)

$(VENV)/dev.stamp: requirements-dev.lock | $(BIN)/python
	@echo "Installing what the tests need …"
	$(call install,requirements-dev.lock)

# -- the commands ----------------------------------------------------------------------------------
run: $(VENV)/run.stamp
	@exec $(BIN)/python -m rsvp_site.run --with-parent

test: $(VENV)/dev.stamp
	@exec $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope $(PYTEST)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates

types: $(VENV)/dev.stamp
	$(BIN)/mypy .

# -- the proofs ------------------------------------------------------------------------------------
# Most of a fault is waiting, so more of them run at once than there are cores.
FAULTS = $(BIN)/python -m pytest -n 4 --dist load -p no:randomly
SERVICES = postgresql redis-server faketime

faults: $(VENV)/dev.stamp
	@.ci/need $(SERVICES)
	@exec $(FAULTS) tests/faults --whole-matrix $(PYTEST)

storm: $(VENV)/dev.stamp
	@.ci/need $(SERVICES)
	@exec $(FAULTS) tests/faults/test_storm.py --full-size $(PYTEST)

soak: $(VENV)/dev.stamp
	@.ci/need $(SERVICES)
	@exec $(FAULTS) tests/faults/test_soak.py tests/faults/test_scale.py --full-size --minutes $(or $(MINUTES),60) $(PYTEST)

mutations: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.mutations $(MUTATIONS)

bench: $(VENV)/dev.stamp
	@.ci/need postgresql redis-server
	@exec $(BIN)/python -m bench $(BENCH)
