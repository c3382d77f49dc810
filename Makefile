# Two commands set everything up on a fresh machine: `make report` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
UV_VERSION := 0.9
# another installation: make report CONFIG=path/to/lumbar.toml; without it, the sample network
CONFIG ?=
MANY := build/many# where the benchmark of a large journal writes its exports
WITH := $(if $(CONFIG),--config $(CONFIG))

.PHONY: help report test test-slow lint lab bench lock clean
.DEFAULT_GOAL := help

help: ## what can be made here
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

report: $(READY) ## read data/sample, prepare the study, render every report into reports/latest
	$(BIN)/lumbar report $(WITH)

test: $(READY) ## the whole test run (browser tests too where Chromium is installed)
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder

test-slow: $(READY) ## recovery statistics over many simulated networks
	$(BIN)/python -m pytest -m slow -s

lint: $(READY) ## ruff and pyright
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

lab: $(READY) ## JupyterLab on a writable copy of the notebooks, with the sample study at hand
	$(BIN)/lumbar lab $(WITH)

bench: $(READY) ## benchmarks; each prints a table
	$(BIN)/python tests/benchmarks/spine.py
	$(BIN)/python tests/benchmarks/mixed.py
	$(BIN)/python tests/benchmarks/lab.py
	$(BIN)/python tests/benchmarks/page.py
	$(BIN)/python tests/benchmarks/run.py 20 100
	$(BIN)/python tests/benchmarks/cluster.py
	$(BIN)/lumbar simulate build/network --clinics 60 && $(BIN)/python tests/benchmarks/prepare.py build/network
	$(BIN)/python tests/benchmarks/journal_files.py $(MANY) 1000000 20
	$(BIN)/python tests/benchmarks/journal.py $(MANY) csv
	$(BIN)/python tests/benchmarks/journal.py $(MANY) parquet

lock: $(READY) ## make requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url \
	  --no-header --upgrade -q -o requirements.lock

clean: ## remove what was made here (never an export)
	rm -rf .venv build dist reports/latest reports/2* reports/.made reports/status.json study study-lab .study-* lumbar.key

# uv inside the environment is quick; where it cannot be had, pip does the same from the same lock.
$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check "uv>=$(UV_VERSION)" || true
	if test -x $(BIN)/uv; then \
	  $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	  $(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	touch $(READY)
