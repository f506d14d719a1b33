# Python 3.11 or newer, make, g++ and perl are all that a machine needs; the rest is installed into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := -m pip install -qq --disable-pip-version-check
LOCKED := $(BIN)/python $(PIP) -c constraints.txt
# Installed again when these files change, not when their dates do.
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)
TORCH := $(shell sed -n 's/.*"\(torch==[0-9.]*\)".*/\1/p' pyproject.toml)
SPIKINGJELLY := $(shell sed -n 's/.*"\(spikingjelly==[0-9.]*\)".*/\1/p' pyproject.toml)
LIGHT := .venv/light-$(KEY)
FULL := .venv/full-$(KEY)

DAMAGED := tests/quant/files/test_damaged_files.py tests/binspike/test_damaged_commands.py tests/image_sets/test_damaged.py
# a file to a process; those with tests marked slow come first
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

# What uses the libraries that pyproject.toml gives as ranges.
RANGED := tests/image_sets tests/reports tests/sim/functional tests/hw/host tests/quant/files tests/quant/description \
	tests/train_binary/run/test_checkpoint.py tests/verify/test_workers.py

IMPORTED := tests/importers tests/binspike/test_import.py
BUSES := tests/hw/buses tests/hw/emission/test_litex.py tests/hw/emission/test_fusesoc_generator.py

.PHONY: help demo doctor environment test test-long test-buses test-importers test-versions test-lowest test-newest lock fuzz damaged mutants bitstreams clean

help:
	@echo "make demo       a network becomes a bitstream, and is proven on its test vectors"
	@echo "make doctor     what this machine has of all that is used here, and how to get the rest"
	@echo "make test       everything that is checked on each change (data sets: BINSPIKE_DATA)"
	@echo "make damaged    10,000 damaged and forged files, recipes and command lines"
	@echo "make test-long  the checks that take minutes each: every shipped network, netlist, board and test set"
	@echo "make test-importers networks of NIR, QONNX, Brevitas, snnTorch and SpikingJelly, with these libraries in .venv-importers"
	@echo "make test-buses the core behind AXI and Wishbone, by public bus models, and a RISC-V of LiteX, in .venv-buses"
	@echo "make test-versions the tests that use libraries, with the lowest and the newest versions of these"
	@echo "make lock       writes constraints.txt, the exact versions that are installed, from .venv"
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
	@scripts/phase "tools (compiled on first use)" $(BIN)/python scripts/tools.py
	@CXXFLAGS="$$($(BIN)/python scripts/headers.py -O0)" $(PYTEST) -m "not long" --durations=10

damaged: $(FULL)
	@scripts/phase "damaged files" env DAMAGED_CASES=10000 $(BIN)/python -m pytest -q $(DAMAGED)

test-long: $(FULL)
	@$(PYTEST) -m long --durations=10

# NIR, QONNX, snnTorch, SpikingJelly and Brevitas, whose tests are skipped where they are not installed. SpikingJelly asks for
# torchvision, of which these tests use nothing, and which would choose the version of torch.
test-importers:
	@$(PYTHON) -m venv --clear .venv-importers
	@scripts/phase "$(TORCH)" .venv-importers/bin/python $(PIP) -c constraints.txt $(TORCH)
	@scripts/phase "NIR, QONNX and snnTorch" .venv-importers/bin/python $(PIP) -c constraints.txt -e ".[nir,qonnx,snntorch,verify,dev]"
	@scripts/phase "$(SPIKINGJELLY)" .venv-importers/bin/python $(PIP) --no-deps $(SPIKINGJELLY) "loguru<1"
	@scripts/phase "Brevitas" .venv-importers/bin/python $(PIP) brevitas==0.13.4 onnxoptimizer==0.4.2
	@scripts/phase "tests of the importers" .venv-importers/bin/python -m pytest -q -n auto --dist loadfile $(IMPORTED)

# Bus models, amaranth-soc and LiteX, whose tests are skipped where they are not installed.
test-buses:
	@$(PYTHON) -m venv --clear .venv-buses
	@scripts/phase "bus models and LiteX" .venv-buses/bin/python $(PIP) -c constraints.txt -e ".[verify,dev,wishbone,buses,litex]"
	@scripts/phase "tests of the buses" .venv-buses/bin/python -m pytest -q -n auto --dist loadfile $(BUSES)

test-versions: test-lowest test-newest

# Old libraries may use what newer ones of their own advise against.
test-lowest: OLD := -W ignore::DeprecationWarning
test-lowest test-newest: test-%:
	@$(PYTHON) -m venv --clear .venv-$*
	@$(if $(OLD),$(PYTHON) scripts/lowest.py,true) > .venv-$*/constraints.txt
	@scripts/phase "packages, $* versions" .venv-$*/bin/python $(PIP) -c .venv-$*/constraints.txt -e ".[train,verify,dev]"
	@scripts/phase "tests, $* versions" .venv-$*/bin/python -m pytest -q -n auto -m "not long" $(OLD) $(RANGED)

lock: $(FULL)
	@$(BIN)/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9.]*$$//' > constraints.txt

fuzz: $(FULL)
	@$(BIN)/python -m tests.fuzz

mutants: $(FULL)
	@scripts/phase "planted faults" $(BIN)/python -m tests.mutation

bitstreams: $(LIGHT)
	@$(BIN)/python -m binspike bitstreams $(if $(UPDATE),--update)

$(LIGHT):
	@scripts/phase "virtual environment" $(PYTHON) scripts/environment.py
	@scripts/phase "packages" $(LOCKED) -e .
	@touch $@

# torch by itself, so that no other package chooses its version
$(FULL): $(LIGHT)
	@scripts/phase "$(TORCH)" $(LOCKED) $(TORCH)
	@scripts/phase "packages for training and tests" $(LOCKED) -e ".[train,verify,dev]"
	@touch $@

clean:
	rm -rf .venv .venv-* build .cache .hypothesis .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
