# Two commands for a fresh machine with Python 3.11 or later and make:
#   make grad    derives the softmax negative log-likelihood's gradient
#   make test    runs the whole test command
# `make help` lists the others. Set PYTHON to choose an interpreter, VENV to choose where the
# environment lives.

VENV   ?= .venv
LOWEST := $(VENV)-lowest
ifeq ($(OS),Windows_NT)
PYTHON   ?= python
PROGRAMS := Scripts
ACTIVATE := $(subst /,\,$(VENV))\Scripts\activate
else
PYTHON   ?= python3
PROGRAMS := bin
ACTIVATE := . $(VENV)/bin/activate
endif
BIN := $(VENV)/$(PROGRAMS)
PIP := -m pip install --quiet --disable-pip-version-check

# Files are read and written in UTF-8 wherever the tests run.
export PYTHONUTF8 := 1
# Sources are compiled once, also for the many processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help grad test quick lint test-lowest wheel playground docs bench mutations proofs clean
.DEFAULT_GOAL := grad

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r name says; do printf '%-18s %s\n' "$$name" "$$says"; done

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --editable .
	$(BIN)/python -m compileall -q derive
	@touch $@

$(VENV)/.dev: $(VENV)/.run tests/requirements.py
	$(BIN)/python tests/requirements.py dev > $(VENV)/dev.txt
	$(BIN)/python $(PIP) --requirement $(VENV)/dev.txt
	@touch $@

grad: $(VENV)/.run  ## installs into .venv and derives a first gradient
	@$(BIN)/derive grad softmax-nll
	@echo
	@echo 'The command is $(BIN)/derive. To have it as `derive` in this shell, type:'
	@echo '  $(ACTIVATE)'

lint: $(VENV)/.dev  ## ruff, and mypy in strict mode
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint  ## everything: lint, types, and all tests but the slow ones
	$(BIN)/python -m compileall -q derive
	$(BIN)/python -m pytest -q -n auto --dist worksteal

quick: $(VENV)/.dev  ## the tests without browsers and without other libraries beside them
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow and not browser and not peers"

$(LOWEST)/.run: pyproject.toml tests/requirements.py
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/$(PROGRAMS)/python tests/requirements.py lowest > $(LOWEST)/lowest.txt
	$(LOWEST)/$(PROGRAMS)/python $(PIP) --requirement $(LOWEST)/lowest.txt --editable .
	@touch $@

test-lowest: $(LOWEST)/.run  ## the same with the oldest libraries that pyproject.toml allows
	$(LOWEST)/$(PROGRAMS)/python -m pytest -q -n auto --dist worksteal \
		-m "not slow and not browser and not peers"

wheel: $(VENV)/.dev  ## the wheel and the sdist, in dist/
	$(BIN)/python -m build --no-isolation

mutations: $(VENV)/.dev  ## which small changes of the program no test notices
	$(BIN)/python benchmarks/mutations.py --measure
	$(BIN)/python benchmarks/mutations.py

proofs: $(VENV)/.dev  ## the catalogue as theorems that Coq checks; writes docs/proofs.md
	$(BIN)/python docs/proofs.py

PLAYGROUND := build/playground
PYODIDE    := 314.0.7

playground: $(VENV)/.run  ## the studio as files for a static host, in build/playground/studio
	mkdir -p build/pyodide
	cd build/pyodide && npm pack --silent pyodide@$(PYODIDE) > pyodide.txt && \
		tar -xzf pyodide-$(PYODIDE).tgz
	$(BIN)/derive site $(PLAYGROUND) --only studio --playground --pyodide build/pyodide/package

$(VENV)/.docs: $(VENV)/.run tests/requirements.py pyproject.toml
	$(BIN)/python tests/requirements.py docs > $(VENV)/docs.txt
	$(BIN)/python $(PIP) --requirement $(VENV)/docs.txt
	@touch $@

build/derivations/index.html: $(VENV)/.run
	$(BIN)/derive site build/derivations

docs: $(VENV)/.docs build/derivations/index.html  ## the documentation as a site, in build/docs
	$(BIN)/python docs/api_pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

bench: $(VENV)/.dev  ## how long derivations take
	$(BIN)/python benchmarks/speed.py

clean:  ## removes the environments, and what was built or kept between runs
	rm -rf $(VENV) $(LOWEST) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
