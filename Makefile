# Everything a developer runs. Needs Python 3.11 or newer, and make; all else goes into .venv.

PYTHON ?= python3
ARGS   ?=
ROUNDS ?= 100
MINUTES ?= 60
VENDORS ?= noke remotelock lockt codelocks nuki
VENV   := .venv
BIN    := $(VENV)/bin
MADE   := $(VENV)/.made
READY  := $(VENV)/.ready
DEV    := $(VENV)/.ready-dev
LOCK    = $(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 pyproject.toml

# Tests and commands start hundreds of processes: without bytecode files each compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check fuzz campaign generate docs mutants crash chaos soak bench bench-peers lock audit build clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name says; do \
		printf '  make %-12s %s\n' "$$name" "$$says"; done

run: $(READY)  ## set up .venv and start the simulators; ARGS="nuki --port 0" goes to locksim serve
	@exec $(BIN)/locksim serve $(ARGS)

test: $(DEV)  ## set up .venv and run all tests; ARGS="tests/nuki -k auth" goes to pytest
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: $(DEV)  ## ruff, mypy, the layers, the types of the console's page, the wheel's contents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.console.check_types
	@$(BIN)/python -m pytest -q tests/project/test_wheel.py

fuzz: $(DEV)  ## many more examples of every property and of every operation
	@HYPOTHESIS_PROFILE=thorough LOCKPACT_FUZZ_EXAMPLES=2000 $(BIN)/python -m pytest -n auto --dist loadgroup -m 'hypothesis or fuzz' $(ARGS)

campaign: $(DEV)  ## 300 examples of 20 seeds with every reference client; VENDORS="nuki" and ARGS="--shard 1/4" for a part
	@for vendor in $(VENDORS); do \
		$(BIN)/lockpact check $$vendor --adapter lockpact.$$vendor.reference:Reference --examples 300 --seeds 20 --jobs 0 $(ARGS) || exit; \
	done

generate: $(DEV)  ## write the files that are made from the vendors' tables and the control API's
	@$(BIN)/python -m tests.authoring.make_handles
	@$(BIN)/python -m tests.authoring.make_ports
	@$(BIN)/python -m tests.authoring.make_control_client

docs: $(DEV)  ## build the documentation's site into build/docs/html; warnings and broken links are errors; with screenshots where a browser is
	@$(BIN)/python -m docs.site.build build/docs --screens

mutants: $(DEV)  ## print which law kills which mutant; ARGS="nuki" for one vendor's
	@$(BIN)/python -m tests.mutants $(ARGS)

crash: $(DEV)  ## kill -9 servers under load, of a toy and of all vendors, and check what is kept; ROUNDS=1000
	@$(BIN)/python -m tests.storage.crash --rounds $(ROUNDS)
	@$(BIN)/python -m tests.storage.crash_vendors --rounds $(ROUNDS)

chaos: $(DEV)  ## let nodes, PostgreSQL and its connections fail under load, and check every world; ARGS="--seconds 300"
	@$(BIN)/python -m tests.cluster.chaos $(ARGS)

soak: $(DEV)  ## feed all vendors random inputs and look for failures; MINUTES=60
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(ARGS)

bench: $(DEV)  ## measure, compared with a bare Flask app on the same server
	@$(BIN)/python -m bench $(ARGS)

bench-peers: $(DEV)  ## measure other simulators in the same way: moto server, prism, mountebank and others
	@$(BIN)/python -m bench peers $(ARGS)

lock:  ## resolve the dependencies again, into requirements.txt and requirements-dev.txt
	@$(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install -qq --disable-pip-version-check uv
	@$(LOCK) --extra pacts --extra tls --extra har --extra otel --extra postgres --extra mcp --output-file requirements.txt
	@$(LOCK) --extra dev --output-file requirements-dev.txt

audit: $(MADE)  ## look for known vulnerabilities in what a user installs; needs the network
	@$(BIN)/python -m pip install -qq --disable-pip-version-check '.[release]'
	@$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.txt

build: $(DEV)  ## build the wheel into dist, with a bill of materials and the licences of its dependencies
	@$(BIN)/python -m build --no-isolation --outdir dist .
	@$(PYTHON) -m venv $(VENV)-release
	@$(VENV)-release/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check '.[release]' && $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/cyclonedx-py environment $(VENV)-release --output-reproducible --output-file dist/lockpact.cdx.json
	@$(BIN)/pip-licenses --python $(VENV)-release/bin/python --format markdown --with-urls --output-file dist/licences.md

clean:  ## remove what was made here
	rm -rf $(VENV) $(VENV)-lock $(VENV)-release build dist reports
	find . -path ./.git -prune -o -type d \( -name __pycache__ -o -name '.*_cache' -o -name .hypothesis \) -prune -exec rm -rf {} +

# The stamps are younger than what they were made from, so a second run sets up nothing.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Lockpact needs Python 3.11 or newer; this is " + sys.version.split()[0] + ": try make PYTHON=python3.12")'
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(READY): pyproject.toml | $(MADE)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[pacts,tls]'
	@touch $@

# Development and CI install exactly what is locked, checked by hash.
$(DEV): pyproject.toml requirements-dev.txt | $(MADE)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(READY)
