# Every target is one command underneath; closed machines without make call the command itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What `make report` runs on: STUDY is a packaged plan or a plan file, DATA a folder with your own files.
STUDY ?= ips_ung
DATA ?=
LANGUAGE ?= da
OUT ?= build/report
ROOM ?= core
SAMPLE ?= 100

SOURCES := $(shell find src data_schemas -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
# A report whose numbers drifted fails, and must fail again until they are looked at.
.DELETE_ON_ERROR:

ifneq ($(words $(OUT)),1)
$(error OUT must be one folder name without blanks)
endif
.PHONY: help report tables notebooks docs bundle test check lint check-pages bench mutants validate oracles stub constraints clean FORCE

##@ What a person types
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	     /^[a-zA-Z_-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: $(OUT)/report.html ## Tables, figures and report of a study (STUDY=, DATA=folder, LANGUAGE=da|en, OUT=folder)

tables: $(VENV)/.run ## Only the tables of the study, in build/tables
	@$(BIN)/ipseval report '$(STUDY)' $(if $(DATA),--data '$(DATA)') --language $(LANGUAGE) --out build/tables --only tables

notebooks: $(VENV)/.dev ## Run the notebooks; finished copies in build/notebooks
	@$(BIN)/ipseval make notebooks

test: $(VENV)/.dev ## All tests (makes its own environment)
	@$(BIN)/ipseval make test

docs: $(VENV)/.dev ## The site of docs and reference pages, in build/docs; it opens from disk
	@$(BIN)/ipseval make docs

bundle: $(VENV)/.dev ## A folder of wheels that installs without a network, for Linux and Windows, in build/bundle
	@$(BIN)/ipseval make bundle

##@ For those who work on ipseval
check: lint test ## Lint, types, layers and tests

lint: $(VENV)/.dev ## Lint, types and import contracts
	@$(BIN)/ipseval make lint

check-pages: $(OUT)/report.html $(VENV)/.dev ## Open the report in headless Chromium: no console error, no request
	@$(BIN)/ipseval make check-pages --out '$(OUT)'

bench: $(VENV)/.bench ## Speed beside the peers, in one run (an absent peer prints "not measured")
	@$(BIN)/ipseval make bench

mutants: $(VENV)/.dev ## Mutation testing of one room (ROOM=core|instruments|disclosure|kernels, SAMPLE=100; long)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[mutants]'
	@$(BIN)/python tools/mutants.py $(ROOM) --sample $(SAMPLE)

validate: $(VENV)/.dev ## Simulations: coverage and type-I error of intervals and tests (long)
	@$(BIN)/ipseval make validate

oracles: $(VENV)/.dev ## Make the expected values anew with R from Debian (tests need no R)
	@$(BIN)/ipseval make oracles

stub: $(VENV)/.dev ## Write the stub of public names for editors and type checkers
	@$(BIN)/ipseval make stub

constraints: $(VENV)/.dev ## Write constraints.txt from the environment (names and versions only)
	@{ head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sort -f; } > build/constraints.new
	@mv build/constraints.new constraints.txt

clean: ## Remove everything that was made (the environment too)
	rm -rf build $(VENV)

# --- real files, so that make knows what is stale -------------------------------------------------
$(VENV)/.run: pyproject.toml constraints.txt
	@echo "Making the environment in $(VENV) (about a minute, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Adding what the tests need ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Where a peer cannot be installed, it is "not measured"; the page says where one is not its newest release.
$(VENV)/.bench: $(VENV)/.dev
	@echo "Adding the peers that are measured ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[bench]' || \
	  echo "Some peers could not be installed: they are not measured."
	@touch $@

# Changes only when the question or what it is asked of changes (the files in DATA, the plan and the schemas
# beside it), so a second `make report` with nothing changed does nothing.  Sums and not prerequisites, because
# names of people's files hold blanks.
build/.question: FORCE
	@mkdir -p build
	@{ echo '$(STUDY)|$(DATA)|$(LANGUAGE)|$(OUT)'; \
	   { find '$(DATA)' -type f -exec cksum {} +; \
	     find "$$(dirname '$(STUDY)')" -maxdepth 2 -name '*.y*ml' -exec cksum {} +; } 2>/dev/null | sort; } > $@.new
	@cmp -s $@.new $@ || cp $@.new $@

$(OUT)/report.html: build/.question $(SOURCES) $(VENV)/.run
	@$(BIN)/ipseval report '$(STUDY)' $(if $(DATA),--data '$(DATA)') --language $(LANGUAGE) --out '$(OUT)'
