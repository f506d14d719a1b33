# Python 3.11 or newer, make, g++ and perl are all that a machine needs; the rest is installed into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# Installed again when pyproject.toml changes, not when its date does.
KEY := $(shell cksum < pyproject.toml | cut -d ' ' -f 1)
TORCH := $(shell sed -n 's/.*"\(torch==[0-9.]*\)".*/\1/p' pyproject.toml)
LIGHT := .venv/light-$(KEY)
FULL := .venv/full-$(KEY)

HOSTILE := tests/quant/files/test_damaged_files.py tests/binspike/test_damaged_commands.py tests/image_sets/test_damaged.py

.PHONY: help demo doctor environment test test-long fuzz hostile mutants bitstreams clean

help:
	@echo "make demo       a network becomes a bitstream, and is proven on its test vectors"
	@echo "make doctor     what this machine has of all that is used here, and how to get the rest"
	@echo "make test       everything that is checked on each change (data sets: BINSPIKE_DATA)"
	@echo "make hostile    10,000 damaged and forged files, recipes and command lines"
	@echo "make test-long  the checks that take many minutes each"
	@echo "make fuzz       random and damaged frames into the serial link in simulation"
	@echo "make mutants    every planted fault must be caught, or proven to change nothing"
	@echo "make bitstreams remakes the shipped bitstreams and compares every byte (UPDATE=1 ships what comes out)"
	@echo "make clean      remove all that was installed or made"

demo: $(LIGHT)
	@$(BIN)/python -m binspike demo

doctor: $(LIGHT)
	@$(BIN)/python -m binspike doctor

environment: $(FULL)

test: $(FULL)
	@scripts/phase lint $(BIN)/ruff check .
	@scripts/phase types $(BIN)/mypy
	@scripts/phase "tools (compiled on first use)" $(BIN)/python scripts/tools.py
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not long"

hostile: $(FULL)
	@scripts/phase "hostile cases" env HOSTILE_CASES=10000 $(BIN)/python -m pytest -q $(HOSTILE)

test-long: $(FULL)
	@$(BIN)/python -m pytest -q -m long

fuzz: $(FULL)
	@$(BIN)/python -m tests.fuzz

mutants: $(FULL)
	@scripts/phase "planted faults" $(BIN)/python -m tests.mutation

bitstreams: $(LIGHT)
	@$(BIN)/python -m binspike bitstreams $(if $(UPDATE),--update)

$(LIGHT):
	@scripts/phase "virtual environment" $(PYTHON) scripts/environment.py
	@scripts/phase "packages" $(PIP) -e .
	@touch $@

# torch by itself, so that no other package chooses its version
$(FULL): $(LIGHT)
	@scripts/phase "$(TORCH)" $(PIP) $(TORCH)
	@scripts/phase "packages for training and tests" $(PIP) -e ".[train,verify,dev]"
	@touch $@

clean:
	rm -rf .venv build .cache .hypothesis .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
