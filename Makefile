# The seven commands of this project. Each works by itself from a clean clone.

PORT ?= 8080
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test check bench pictures lock clean

help:
	@echo "make run     start everything on http://127.0.0.1:$(PORT) (PORT=… for another port)"
	@echo "make test    install what the tests need and run them all (ARGS=… goes to pytest)"
	@echo "make check   formatting, lint, types, arrows, schema drift"
	@echo "make bench   measure speed beside the stock way and the bare transaction (ARGS=--quick to try)"
	@echo "make pictures  draw every process.bpmn that has changed as process.svg beside it"
	@echo "make lock    pin again every package that requirements.txt pulls in"
	@echo "make clean   remove what was built; keeps var/, where the data are"

# A stamp, not the folder: an interrupted installation is taken up again.
$(VENV)/ready: requirements.txt constraints.txt
	@.ci/setup venv

run: $(VENV)/ready
	@exec env PORT=$(PORT) $(PY) .ci/start.py

test: $(VENV)/ready
	@.ci/setup tests
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

# tests/shape holds every check, so that `make test` and CI run them too.
check: $(VENV)/ready
	@$(PY) -m pytest -q tests/shape "tests/integration/test_database.py::test_migrations_make_the_tables_of_the_code"

bench: $(VENV)/ready
	@.ci/setup tests
	@$(PY) -m tests.bench $(ARGS)

pictures: $(VENV)/ready
	@.ci/setup tests
	@$(PY) .ci/pictures.py $(ARGS)

# The fresh environment is made beside the working one, without the old pins, and read off completely.
lock:
	@.ci/setup lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './web/frontend/*' -prune -exec rm -rf {} +
