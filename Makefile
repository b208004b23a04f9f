# Every target makes what it needs: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := montecarlo fleet worker container trader webui spotmc capacity deployment rehearsal cloudformation
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install run test thorough compiled lint format bench chaos calibration sweep-soak forecast-soak portfolio-soak trader-soak processors machines lock image clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# uv takes seconds where pip takes minutes. pip fetches it, by its hash, from wherever pip fetches things, and an index
# that pip has been told of by PIP_INDEX_URL is uv's, too, unless uv has one of its own.
ifdef PIP_INDEX_URL
ifeq ($(UV_DEFAULT_INDEX)$(UV_INDEX_URL),)
export UV_DEFAULT_INDEX := $(PIP_INDEX_URL)
endif
endif
UV_INSTALL = $(BIN)/uv pip install --python $(@D)/bin/python
# By a line with the path: what setuptools makes otherwise is imported at every start of Python, and takes a tenth of a
# second, in which Ctrl-C shows a stack trace.
EDITABLE := --config-setting editable_mode=compat --editable .

$(BIN)/uv: requirements/installer.lock
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit( \
		"$(PYTHON) is Python %d.%d, but 3.11 to 3.13 is needed: make PYTHON=python3.13" % sys.version_info[:2])'
	@echo "Making the environment .venv, and fetching uv, which fills it"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.lock
	@touch $@

# The local stack starts five processes, the tests hundreds: what they import is compiled once and kept.
unexport PYTHONDONTWRITEBYTECODE

# The run-time packages alone are enough to run; the tests add theirs to the same environment.
.venv/run: requirements/run.lock setup.cfg pyproject.toml $(BIN)/uv
	@echo "Installing what running needs: requirements/run.lock, some 70 packages, and this checkout; a slow line takes minutes"
	@$(UV_INSTALL) --require-hashes --requirement requirements/run.lock
	@$(UV_INSTALL) --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

.venv/dev: requirements/dev.lock .venv/run
	@echo "Installing what development needs besides: requirements/dev.lock"
	@$(UV_INSTALL) --require-hashes --requirement requirements/dev.lock
	@touch $@

install: .venv/dev ## make .venv from the lock files, for running and for development

run: .venv/run ## the main job on the local stack; ARGS=--exit stops when it is done
	@echo "Starting the local stack, which takes a minute the first time: Python compiles what it imports"
	$(BIN)/spotmc local --demo $(ARGS)

# Before the tests, so that not each process that they start compiles the same things beside the others. Then three
# processes for two cores, because some of the time is waiting for other processes; files in the order that
# tests/conftest.py gives them, because xdist would keep those with few tests, which are the longest, for the end.
test: .venv/dev ## check style and types, then run all tests
	@$(MAKE) --no-print-directory --jobs 2 lint compiled
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

thorough: .venv/dev compiled ## the tests that take too long for `make test`; CI runs them after it
	$(BIN)/python -m pytest --thorough --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

compiled: .venv/dev
	$(BIN)/python -m tests.compiled

lint: .venv/dev ## ruff, mypy, and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports --no-cache

format: .venv/dev ## put the code into its standard form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Peers live in an environment of their own: some have licences that nothing we ship may depend on.
.venv-bench/made: benchmarks/requirements.lock setup.cfg pyproject.toml $(BIN)/uv
	@echo "Installing what the benchmarks need: benchmarks/requirements.lock, and this checkout, into .venv-bench"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-bench
	@$(UV_INSTALL) --require-hashes --requirement benchmarks/requirements.lock
	@$(UV_INSTALL) --no-deps $(EDITABLE)
	@touch $@

bench: .venv-bench/made ## measure the simulation beside its limits and its peers; ARGS=--record keeps the figures
	.venv-bench/bin/python -m benchmarks $(ARGS)

chaos: .venv/dev ## real workers against injected faults; ARGS="--seed N --rounds M" soaks, --record keeps the report
	$(BIN)/python -m tests.chaos $(ARGS)

calibration: .venv/dev ## whether what is printed is true as often as it says; ARGS="intervals --record" keeps the table
	$(BIN)/python -m tests.calibration $(ARGS)

processors: .venv/dev ## repeat the tests of what equality or order decides, on what lesser processors have
	$(BIN)/python -m tests.processors --numprocesses 2 --dist loadfile $(ARGS)

sweep-soak: .venv/dev ## 45 pairs of windows on a million paths, a worker killed in the middle, beside one process
	$(BIN)/python -m tests.chaos.sweep $(ARGS)

forecast-soak: .venv/dev ## a learned rule on a million paths, a worker killed in the middle, beside one process
	$(BIN)/python -m tests.chaos.forecast $(ARGS)

portfolio-soak: .venv/dev ## twenty symbols in one account on a million paths, a worker killed in the middle; --record keeps the table
	$(BIN)/python -m tests.chaos.portfolio $(ARGS)

trader-soak: .venv/dev ## traders on paper against a broker and a bucket that do wrong; ARGS="--seed N --runs N", --record
	$(BIN)/python -m tests.trader_soak $(ARGS)

machines: .venv/dev ## boot a worker, a workstation and the container as on AWS; as root, with what .ci/run installs
	CI=true $(BIN)/python -m pytest tests/userdata --machines $(ARGS)

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" --quiet --upgrade
ALIKE := $(LOCK) --constraints requirements/dev.lock

lock: $(BIN)/uv ## choose the newest versions of all dependencies and write the lock files
	$(LOCK) setup.cfg --extra dev --output-file requirements/dev.lock
	$(ALIKE) setup.cfg --extra local --extra deploy --output-file requirements/run.lock
	$(ALIKE) setup.cfg --extra worker --output-file requirements/worker.lock
	$(ALIKE) setup.cfg --extra worker --extra learning --output-file requirements/learning-worker.lock
	$(ALIKE) setup.cfg --extra trader --output-file requirements/trader.lock
	$(ALIKE) setup.cfg --extra container --output-file requirements/container.lock
	$(ALIKE) setup.cfg --extra web --extra notebook --extra deploy --output-file requirements/workstation.lock
	$(ALIKE) setup.cfg benchmarks/requirements.in --extra local --output-file benchmarks/requirements.lock
	echo uv | $(ALIKE) - --output-file requirements/installer.lock

TARGET ?= worker
image: .venv/run ## a container image; TARGET=research for SageMaker's, TARGET=trader, ARGS=--platform=linux/arm64 for Graviton, LEARNING=1
	$(BIN)/python -m deployment.image $(TARGET) $(if $(LEARNING),--learning) $(ARGS)

clean: ## remove the environment and everything built; keeps spotmc-data
	rm -rf .venv .venv-bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -not -path "./.venv*" -prune -exec rm -rf {} +
