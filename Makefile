# Two commands do all the set-up: `make gate` runs the main job, `make test` what CI runs.
#   make gate                         the embedded server
#   make gate TARGET=https://host     another one; credentials in FLOWGAUGE_TOKEN, or in
#                                     FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET
#   make gate EDITION=v2              another edition of the API than the first
#   make env                          .venv, to type `pytest contracts/` and `locust -f loadtests/` in
PYTHON ?= python3
TARGET ?= $(FLOWGAUGE_URL)
EDITION ?=
BIN := .venv/bin

.PHONY: gate test env docs lock clean

gate: env
	@FLOWGAUGE_URL="$(TARGET)" $(BIN)/flowgauge run $(if $(EDITION),--edition $(EDITION)) $(ARGS)

test: env
	@$(BIN)/tox run

env: .venv/complete

# The pages of docs/reference, from the code.
docs: env
	@$(BIN)/python docs/reference/make.py

# The stamp comes last, so that an installation that was cut short is begun again.
.venv/complete: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "flowgauge needs Python 3.11 or later"; exit 2; }
	@# A newer tox leaves a file of that name, which says where its own environment is.
	@test -d .venv || rm -f .venv
	@$(PYTHON) -m venv .venv
	@echo "installing into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]' tox
	@touch $@

# The versions that CI installs: what a new environment gets today.
lock:
	@rm -rf .tox/lock && $(PYTHON) -m venv .tox/lock
	@.tox/lock/bin/python -m pip install --quiet --upgrade pip
	@.tox/lock/bin/python -m pip install --quiet -e '.[all]' --group dev
	@{ echo "# Made by make lock."; .tox/lock/bin/python -m pip freeze --exclude-editable; } > constraints.txt
	@rm -rf .tox/lock

clean:
	rm -rf .venv .tox reports/out .hypothesis .pytest_cache .mypy_cache .ruff_cache
