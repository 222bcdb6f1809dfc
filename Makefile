# Every target has a ## line; `make` alone prints them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev parts run test check format bench soak fuzz hunt api-check lock sbom clean

help: ## What can be made here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## The environment in .venv, with what a running installation needs

.venv/.ready: requirements.lock pyproject.toml
	@scripts/setup run

setup-dev: .venv/.ready-dev ## The environment with what tests and checks need too

.venv/.ready-dev: requirements-dev.lock pyproject.toml
	@scripts/setup dev

parts: ## The real parts of the tests: PostgreSQL, Mosquitto, SIPp, Chromium, MQTT.js, axe-core, TypeScript (Debian, as root)
	@scripts/parts

run: setup ## The demo at http://127.0.0.1:8080
	@exec $(BIN)/telecare demo

# No power is ever cut in a test, so the disk would prove nothing and cost minutes: where there is
# memory to spare (4 GB), what the tests write stands in it.
SPARE := $(shell df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
TESTS_WRITE_TO := $(shell [ 0$(SPARE) -gt 4000000 ] && echo /dev/shm || echo $${TMPDIR:-/tmp})

# Where the environment forbids it, every process that a test starts would compile all modules anew.
test: export PYTHONDONTWRITEBYTECODE :=
# In the order of the folders: the long stories begin first, and short ones fill up the end.
test: setup-dev parts ## All tests, with real parts
	TMPDIR=$(TESTS_WRITE_TO) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: setup-dev ## Format, lint, types, import contracts, module sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: setup-dev ## Put the code in the house's shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev ## The figures: alarm, ingest, detectors
	$(BIN)/telecare bench alarm --background 1000 --presses 300 --json
	$(BIN)/telecare bench ingest --connections 2000 --rate 20000 --seconds 30 --json
	$(BIN)/telecare bench detectors --json

MINUTES ?= 60
soak: setup-dev parts ## Presses while services die, on each database for MINUTES=60 unless set
	TELECARE_TEST_SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest -q -s tests/soak

EXAMPLES ?= 200
api-check: setup-dev ## Ask everything the interface describes, at length; EXAMPLES=200 unless set
	TELECARE_API_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q tests/contract/test_openapi.py --timeout 7200

fuzz: setup-dev ## Fuzz all parsers and decoders; MINUTES=60 unless set
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

TIMES ?= 20
hunt: setup-dev ## Every property test with other and more lives than in a test run; TIMES=20 unless set
	TELECARE_TEST_TIMES=$(TIMES) $(BIN)/python -m pytest -q -m hypothesis --timeout 7200

lock: setup-dev ## Resolve the dependencies anew
	@scripts/lock

sbom: setup ## What a running installation is made of, as CycloneDX: dist/sbom.json
	@$(BIN)/python scripts/sbom dist/sbom.json

clean: ## Forget the environment (data in var/ stay)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
