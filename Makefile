# Bailiwick. `make` alone lists the targets. Everything a target needs is installed by the target.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
STAMP := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)

export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint dashboard ui lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v[:2] < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; this is %d.%d. Say which with make PYTHON=python3.12" % v[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock pins (about 1.5 GB, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps -e .
	@rm -f $(VENV)/.installed-*
	@touch $@

setup: $(STAMP) ## build .venv from requirements.lock

# Two refreshes, once: as of a night in the middle, and of the last, when the steward has judged and people have merged and corrected.
demo: setup ## a fictional company in demo/: its exports, two refreshes, the figures
	@test -f $(DEMO)/company.toml || $(BIN)/bailiwick demo $(DEMO)
	@test -f $(DEMO)/published/marts.duckdb || $(BIN)/bailiwick refresh --home $(DEMO) --as-of 2026-06-15
	@$(BIN)/bailiwick refresh --home $(DEMO)

test: setup check ## exactly what CI runs: make check, then every test
	@$(BIN)/pytest -n 2 --dist loadgroup

check: setup ## before each commit: style, import directions, SQL style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@said=$$($(BIN)/lint-imports --no-cache) || { echo "$$said"; exit 1; }; echo "$$said" | tail -n 1
	@$(BIN)/sqlfluff lint --disable-progress-bar -q dbt_project/models dbt_project/tests

dashboard: setup ## the dashboard on the demo company's published copy, on this machine only
	@$(BIN)/bailiwick dashboard --home $(DEMO)

ui: setup ## Dagster's page for the demo company: lineage, runs, checks, on this machine only
	@$(BIN)/bailiwick ui --home $(DEMO)

lock: setup ## pin the dependencies of pyproject.toml again
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" -o requirements.lock

clean: ## remove .venv and the demo company
	@rm -rf $(VENV) $(DEMO)
