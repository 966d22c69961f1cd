# What a newcomer needs is `make run` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
# What the functions run on: byte code is of one version.
LAMBDA_PYTHON ?= python3.13
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# Scripts that supply what a machine lacks (SAM CLI, Docker, a local AWS); used where the folder is there.
RUNTIME_KIT ?= $(wildcard ../shared/runtime)
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --no-header --quiet
SHIPPED := $(COMPILE) --python-version 3.13 -c requirements-dev.lock

.PHONY: help setup dev run test test-slow test-thorough check lint types imports openapi compiled cold load lambda aws-local sam-local large large-image real-networks \
	old-clients browser pictures schemathesis sbom audit checkov permissions faults bench bench-api truth lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: .venv/.installed ## make .venv from the hashed lock (does nothing when it is up to date)

dev: .venv/.dev

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.installed requirements-dev.lock
	$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

run: setup ## score a made-up community (or what is in RENOWN_HOME) and serve it on localhost
	$(BIN)/renown run --serve

test: dev ## the tests
	$(BIN)/pytest -n auto --dist worksteal

test-slow: dev ## those that take long: faults, kills at every write, calibrations
	$(BIN)/pytest -n auto --dist worksteal -m slow

test-thorough: dev ## the properties again, each on twenty times as many examples, random ones (half an hour)
	$(BIN)/pytest -n auto --dist worksteal --hypothesis-profile thorough tests/unit tests/contract

check: lint types imports ## everything that is checked without running

lint: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: dev
	$(BIN)/mypy

imports: dev
	$(BIN)/lint-imports

bench: dev ## measure against peers, as ratios in one run
	$(BIN)/python benchmarks/score.py

bench-api: dev ## how long a warm answer of the API takes in our own code
	$(BIN)/python -m benchmarks.api

schemathesis: dev .venv-schemathesis/.installed ## thousands of requests made up from the OpenAPI against `renown serve`
	$(BIN)/python -m infra.local.fuzz

.venv-schemathesis/.installed: requirements-schemathesis.lock
	$(PYTHON) -m venv .venv-schemathesis
	.venv-schemathesis/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-schemathesis.lock
	@touch $@

checkov: dev .venv-checkov/.installed ## what is usual in templates and not so in ours: only what its Metadata gives a reason for
	$(BIN)/python -m infra.local.checked

.venv-checkov/.installed: requirements-checkov.lock
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-checkov.lock
	@touch $@

permissions: dev ## what each function may do and did, as in docs/permissions.md (written anew)
	WRITE_DOCS=1 $(BIN)/pytest -p no:randomly tests/integration/test_permissions.py
	@grep '^|' docs/permissions.md

faults: dev ## what becomes of a run under each fault, as in docs/faults.md (its table is written anew)
	WRITE_DOCS=1 $(BIN)/pytest -p no:randomly -m slow tests/integration/test_faults.py
	@sed -n '/^| fault | times/,/^$$/p' docs/faults.md

truth: dev ## the whole scoreboard on real activity (RENOWN_DATA, default ../shared/data), about 5 minutes
	$(BIN)/python benchmarks/truth.py

openapi: dev ## write the API's description anew (a test finds it outdated)
	$(BIN)/python -m renown.web.openapi

compiled: ## byte code beside what `sam build` made: cold starts take half as long
	$(LAMBDA_PYTHON) -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build

cold: dev ## build, and measure the API function's first invocation in the Lambda runtime
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.cold_start

load: dev ## requests a second of `renown serve` and of the Lambda runtime, with hey
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.load

lambda: dev ## build with sam and run the functions in the real Lambda runtime, without AWS
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.lambda_local

aws-local: dev ## sam deploy to a local AWS, run the state machine, read scores over HTTP, delete
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.aws_local

sam-local: dev ## every function by sam local invoke, over stores that moto serves, and the API by sam local start-api
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.sam_local

large-image: ## the score function as an image for a task on a large machine, from what `sam build` made
	docker build --quiet -f infra/large/Dockerfile -t renown-score .aws-sam/build

large: dev ## score by that image, over stores that moto serves, and compare with the function's run
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/python -m infra.local.large

real-networks: dev .venv-real/.installed ## collect from real servers on this machine: Bluesky (with the kit), Mastodon, a blog
	RUNTIME_KIT=$(RUNTIME_KIT) $(BIN)/pytest -s tests/real

.venv-real/.installed: requirements-real.lock
	$(PYTHON) -m venv .venv-real
	.venv-real/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-real.lock
	@touch $@

old-clients: dev .venv-klout/.installed ## what people wrote for Klout in 2012 reads a score from `renown serve`
	$(BIN)/pytest -s tests/clients

.venv-klout/.installed: .venv/.dev requirements-klout.lock
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-klout
	$(BIN)/uv pip install --quiet --python .venv-klout/bin/python --no-deps --require-hashes \
		--build-constraints requirements-klout.lock -r requirements-klout.lock
	@touch $@

browser: .venv-browser/.installed ## the pages in Chromium: phone and desk, light and dark, keyboard, axe, attacks
	RUNTIME_KIT=$(RUNTIME_KIT) .venv-browser/bin/pytest -n 2 --dist loadfile tests/browser

pictures: .venv-browser/.installed ## take the pictures in docs anew
	RUNTIME_KIT=$(RUNTIME_KIT) .venv-browser/bin/python -m tests.browser.pictures

.venv-browser/.installed: .venv/.dev requirements-browser.lock
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-browser
	$(BIN)/uv pip install --quiet --python .venv-browser/bin/python --no-deps --require-hashes \
		-r requirements-dev.lock -r requirements-browser.lock
	$(BIN)/uv pip install --quiet --python .venv-browser/bin/python --no-deps --no-build-isolation -e .
	@touch $@

sbom: dev .venv-audit/.installed ## write sbom.json (CycloneDX) and docs/licences.md anew, from the locks (tests find them outdated)
	$(BIN)/python -m infra.supply.licences
	$(BIN)/python -m infra.supply.sbom

audit: dev .venv-audit/.installed ## known vulnerabilities of what ships, by pip-audit; fails, too, where OSV is not reached
	$(BIN)/python -m infra.supply.audit

.venv-audit/.installed: requirements-audit.lock
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock
	@touch $@

lock: dev ## write all locks anew, with hashes and without addresses
	$(COMPILE) --python-version 3.11 pyproject.toml --extra dev -o requirements-dev.lock
	$(COMPILE) --python-version 3.11 -c requirements-dev.lock pyproject.toml --extra laptop -o requirements.lock
	printf 'mastodon_mock\n' | $(COMPILE) --python-version 3.11 - -o requirements-real.lock
	printf 'klout\nsetuptools\n' | $(COMPILE) --python-version 3.11 - -o requirements-klout.lock
	printf 'axe-playwright-python\nplaywright\n' | $(COMPILE) --python-version 3.11 -c requirements-dev.lock - -o requirements-browser.lock
	printf 'cyclonedx-bom\npip-audit\n' | $(COMPILE) --python-version 3.11 - -o requirements-audit.lock
	printf 'schemathesis\n' | $(COMPILE) --python-version 3.11 - -o requirements-schemathesis.lock
	printf 'checkov\n' | $(COMPILE) --python-version 3.11 - -o requirements-checkov.lock
	$(SHIPPED) pyproject.toml -o shared/requirements.txt
	printf 'duckdb\nnetworkx\nnumpy\npyahocorasick\nstop-words\n' | $(SHIPPED) - -o functions/collect/requirements.txt
	cp functions/collect/requirements.txt functions/visit/requirements.txt
	cp functions/collect/requirements.txt functions/score/requirements.txt
	cp functions/collect/requirements.txt functions/erase/requirements.txt
	cp functions/collect/requirements.txt functions/review/requirements.txt

clean: ## remove what was built (not RENOWN_HOME)
	rm -rf .venv .venv-real .venv-klout .venv-schemathesis .venv-browser .venv-audit .venv-checkov .aws-sam dist
