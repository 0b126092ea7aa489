# Every target sets itself up: `.venv` is made on first use and again when a lock changes.
PYTHON ?= python3
BIN := .venv/bin
SCENARIO ?= build
SEEDS ?= 100
FIRST ?= 1
JOBS ?= 2
LOCK := -q --generate-hashes --no-emit-index-url --no-header --no-annotate
SYSTEM_PACKAGES := tmux docker-registry fonts-dejavu-core

.PHONY: demo test check bench fuzz explore soak screenshots lock system-packages clean

demo: .venv/.runtime ## the dashboard on an embedded lane
	$(BIN)/lanewatch demo $(SCENARIO)

test: check system-packages ## every test
	$(BIN)/python -m pytest

check: .venv/.development ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/.development ## figures as ratios to a floor measured in the same run
	$(BIN)/python -m tests.bench

fuzz: .venv/.development ## random logs through sanitiser and redactor for a minute; prints the seed that breaks them
	$(BIN)/python -m tests.fuzz

explore: .venv/.development ## SEEDS=N random scenarios, faults and timings under a virtual clock, from FIRST on, in JOBS processes
	JOBS=$(JOBS) $(BIN)/python -m tests.explore $(SEEDS) $(FIRST)

soak: .venv/.development ## a lane of two hours under the virtual clock, then ten real minutes: memory, files, tasks
	$(BIN)/python -m tests.explore.soak

screenshots: .venv/.development system-packages ## the README's pictures, from the simulator
	$(BIN)/python -m tests.terminal.screenshots

# What some tests need beside Python; where it may not be installed those tests skip and say so.
system-packages:
	@missing=$$(for p in $(SYSTEM_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  (apt-get install -qq -y --no-install-recommends $$missing || (apt-get update -qq && \
	   apt-get install -qq -y --no-install-recommends $$missing)) >/dev/null 2>&1 \
	  || echo "could not install: $$missing (the tests that need them will skip)"; \
	elif [ -n "$$missing" ]; then echo "not installed: $$missing (the tests that need them will skip)"; fi

.venv/bin/python:
	$(PYTHON) -m venv .venv || (rm -rf .venv && [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  apt-get install -qq -y python3-venv >/dev/null && $(PYTHON) -m venv .venv)

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.development: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ .venv/.runtime

lock: .venv/.development ## after a change of dependencies in pyproject.toml
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv
