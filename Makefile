# What a newcomer needs is `make run` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
# Scripts that supply what a machine lacks (SAM CLI, Docker, a local AWS); used where the folder is there.
RUNTIME_KIT ?= $(wildcard ../shared/runtime)
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --no-header --quiet
SHIPPED := $(COMPILE) --python-version 3.13 -c requirements.lock

.PHONY: help setup run test check lint types imports lambda aws-local bench lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: .venv/.installed ## make .venv from the hashed lock (does nothing when it is up to date)

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## score a made-up community (or what is in RENOWN_HOME) and serve it on localhost
	$(BIN)/renown run --serve

test: setup ## the tests
	$(BIN)/pytest

check: lint types imports ## everything that is checked without running

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

bench: setup ## measure against peers, as ratios in one run
	$(BIN)/python benchmarks/score.py

lambda: setup ## build with sam and run the functions in the real Lambda runtime, without AWS
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.lambda_local

aws-local: setup ## sam deploy to a local AWS, run the state machine, read scores over HTTP, delete
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.aws_local

lock: setup ## write all locks anew, with hashes and without addresses
	$(COMPILE) --python-version 3.11 pyproject.toml --extra dev -o requirements.lock
	$(SHIPPED) pyproject.toml -o shared/requirements.txt
	printf 'duckdb\nnumpy\n' | $(SHIPPED) - -o functions/collect/requirements.txt
	cp functions/collect/requirements.txt functions/score/requirements.txt

clean: ## remove what was built (not RENOWN_HOME)
	rm -rf .venv .aws-sam dist
