# Common Ground. `make help` says what there is; nothing here needs Docker, an account or a key.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# one waits for Airflow most of the time
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
export PYTHONPATH :=
# every task is a process of its own: what Python compiled once is kept
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help

.PHONY: help demo up test test-fast check lock lock-check docs bench bench-quality clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV): $(VENV)/.ready ## the environment, from requirements.txt

$(VENV)/.ready: requirements.txt pyproject.toml
	@echo "== setting up the environment in $(VENV) (a minute or two, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode requirements.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

demo: $(VENV)/.ready ## a whole nightly load in a real Airflow, on an invented town; keeps the UI up
	@echo "== demo: town, Airflow, nightly load (about three minutes)"
	@$(BIN)/python -m commonground_airflow.demo demo

up: $(VENV)/.ready ## Airflow with your own settings (include/config) and data (data/)
	@$(BIN)/python -m commonground_airflow.demo up

test: $(VENV)/.ready ## everything: checks, unit, Dags, integration, a real Airflow, the browser
	@echo "== tests (about twelve minutes on two cores)"
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest $(WORKERS)

test-fast: $(VENV)/.ready ## unit tests and the Dags' policy, without servers
	@$(BIN)/python -m pytest $(WORKERS) tests/unit tests/dags

check: $(VENV)/.ready lock-check ## lint, types, lock and docs in step
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/python -m commonground.warehouse.docs --check

lock: $(VENV)/.ready ## compile requirements.txt from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --no-header pyproject.toml -o requirements.txt

lock-check: $(VENV)/.ready
	@cp requirements.txt $(VENV)/requirements.check
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --no-header pyproject.toml -o $(VENV)/requirements.check
	@diff <(grep -v '^ *#' requirements.txt) <(grep -v '^ *#' $(VENV)/requirements.check) || { echo "requirements.txt is not in step with pyproject.toml: run make lock"; exit 1; }

docs: $(VENV)/.ready ## make docs/output-contract.md from the table definitions
	@$(BIN)/python -m commonground.warehouse.docs

bench: $(VENV)/.ready ## speeds, with ratios to baselines in the same run
	@$(BIN)/python -m benchmarks speed

bench-quality: $(VENV)/.ready ## how right: identity, interests, groups, on labelled data and towns
	@$(BIN)/python -m benchmarks quality

clean: ## remove the environment, the demo, caches (never data/)
	rm -rf $(VENV) .demo .airflow .pytest_cache .mypy_cache .ruff_cache .hypothesis include/*.egg-info
