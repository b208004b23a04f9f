# Every target makes what it needs: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := montecarlo fleet worker webui spotmc capacity deployment cloudformation
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install run test lint format bench chaos sweep-soak machines lock image clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The run-time packages alone are enough to run; the tests add theirs to the same environment.
.venv/run: requirements.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: .venv/dev ## make .venv from the lock files, for running and for development

run: .venv/run ## the main job on the local stack; ARGS=--exit stops when it is done
	$(BIN)/spotmc local --demo $(ARGS)

# Three processes for two cores, because much of the time is waiting for other processes; files in the order of their
# names, because xdist would keep those with few tests, which are the longest, for the end.
test: lint ## check style and types, then run all tests
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/dev ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES)

format: .venv/dev ## put the code into its standard form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Peers live in an environment of their own: some have licences that nothing we ship may depend on.
.venv-bench/made: benchmarks/requirements.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

bench: .venv-bench/made ## measure the simulation beside its limits and its peers; ARGS=--record keeps the figures
	.venv-bench/bin/python -m benchmarks $(ARGS)

chaos: .venv/dev ## real workers against injected faults; ARGS="--seed N --rounds M" soaks, --record keeps the report
	$(BIN)/python -m tests.chaos $(ARGS)

sweep-soak: .venv/dev ## 45 pairs of windows on a million paths, a worker killed in the middle, beside one process
	$(BIN)/python -m tests.chaos.sweep $(ARGS)

machines: .venv/dev ## boot a worker, a workstation and the container as on AWS; as root, with what .ci/run installs
	CI=true $(BIN)/python -m pytest tests/userdata $(ARGS)

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" --quiet --upgrade setup.cfg

lock: .venv/dev ## choose the newest versions of all dependencies and write the lock files
	$(LOCK) --extra dev --output-file requirements-dev.lock
	$(LOCK) --constraints requirements-dev.lock --output-file requirements.lock
	$(LOCK) --constraints requirements-dev.lock --extra notebook --output-file requirements-workstation.lock
	$(LOCK) --constraints requirements.lock benchmarks/requirements.in --output-file benchmarks/requirements.lock

image: .venv/run ## a container image of the worker; ARGS=--platform=linux/arm64 for Graviton
	rm -rf build/image
	$(BIN)/python -c 'from pathlib import Path; from deployment import archives; archives.make(Path(), Path("build/image"), archives.WORKERS)'
	docker build $(ARGS) --file Dockerfile --tag spotmc-worker build/image

clean: ## remove the environment and everything built; keeps spotmc-data
	rm -rf .venv .venv-bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -not -path "./.venv*" -prune -exec rm -rf {} +
