# Two commands for a fresh machine with Python 3.11 or later and make:
#   make grad    derives the softmax negative log-likelihood's gradient
#   make test    runs the whole test command
# Set PYTHON to choose an interpreter, VENV to choose where the environment lives.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: grad test quick bench mutations clean
.DEFAULT_GOAL := grad

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q derive
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet "pytest>=8" "hypothesis>=6.100" "ruff>=0.6" "mypy>=1.11" \
		"build>=1.2" "hatchling>=1.24" "scipy>=1.11" "pytest-xdist>=3.5" \
		"fonttools>=4.43" "matplotlib>=3.7" "nbformat>=5.7" "nbclient>=0.8" "ipykernel>=6.25" \
		"selenium>=4.20"
	@touch $@

grad: $(VENV)/.run
	@$(BIN)/derive grad softmax-nll

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist worksteal

quick: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow and not browser and not peers"

mutations: $(VENV)/.dev
	$(BIN)/python benchmarks/mutations.py --measure
	$(BIN)/python benchmarks/mutations.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/speed.py

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
