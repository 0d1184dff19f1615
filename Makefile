.DEFAULT_GOAL := help
.PHONY: help run test lint fix check messages static
PYTHON ?= python3
BIN := .venv/bin
TEMPLATES := $$(find templates -name '*.html')
unexport PYTHONDONTWRITEBYTECODE  # where it is set, every process that starts would compile all of us anew

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.ok ## Serve everything with demo data on localhost:8000 (PORT, APP_VAR, DATABASE_URL, REDIS_URL are honoured)
	@exec $(BIN)/python -m pacte.devstack.supervise

test: .venv/.ok ## Run the tests (ARGS="tests/matching -x" for some of them)
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

lint: .venv/.ok ## Check style, types, templates, imports and migrations; change nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=1 $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(BIN)/python manage.py makemigrations --check --dry-run

fix: .venv/.ok ## Let the tools mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES)

check: lint test ## All that CI runs

messages: .venv/.ok ## Bring locale/*/django.po up to date with the code
	$(BIN)/python -m pacte.devstack.messages

static: ## Build what production serves: translations, fonts, collected files (uses the Python at hand)
	python -m pacte.devstack.messages compile
	python -m pacte.devstack.fonts
	python manage.py collectstatic --noinput

.venv/.ok: requirements.txt requirements-dev.txt constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --quiet -r requirements-dev.txt -c constraints.txt
	@touch $@
