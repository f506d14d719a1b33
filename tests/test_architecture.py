"""The borders between packages, which this file states as data."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from hw.accelerator import COMPONENTS
from quant.dataflow import cores
from quant.timing.models import timing_model
from sim.cycle.payload import transform

ROOT = Path(__file__).parents[1]
LIMIT = 300
MODULES = 15
CATALOGUES = {"benchmarks", "binspike", "tests/binspike"}  # a module for each benchmark, or verb of `binspike.cli`

OWN = {  # which packages each may import
    "quant": set(),
    "image_sets": {"quant"},
    "sim": {"quant", "image_sets"},
    "importers": {"quant", "sim"},
    "hw": {"quant"},
    "train_binary": {"quant", "image_sets"},
    "verify": {"quant", "image_sets", "hw", "sim"},
    "bitstreams": {"quant", "hw", "sim", "verify"},
    "reports": {"quant", "sim"},
    "binspike": {"quant", "image_sets", "hw", "sim", "verify", "train_binary", "bitstreams", "reports",
                 "importers"},
    "benchmarks": {"quant", "hw", "sim", "image_sets", "importers", "bitstreams", "train_binary", "verify", "tests"},
}
FOREIGN = {  # and what from outside; all may use the standard library
    "quant": set(),
    "image_sets": {"PIL", "aedat", "numpy", "tqdm"},
    "sim": {"numpy", "threadpoolctl", "tqdm"},
    "importers": {"h5py", "nir", "numpy", "onnx", "qonnx", "safetensors", "snntorch", "spikingjelly", "torch"},
    "hw": {"amaranth", "amaranth_boards", "amaranth_soc", "serial", "tqdm"},
    "train_binary": {"torch", "numpy", "safetensors", "tqdm"},
    "verify": {"distributed", "numpy", "tqdm"},
    "bitstreams": {"numpy", "tqdm"},
    "reports": {"PIL", "matplotlib", "numpy"},
    "binspike": {"PIL", "matplotlib", "nir", "numpy", "torch", "tqdm"},
    "benchmarks": {"amaranth", "matplotlib", "nir", "numpy", "snntorch", "spikingjelly", "torch"},
}
ABSENT = {  # what must not be needed to import every module of a package
    "quant": {"torch", "numpy", "amaranth", "safetensors", "hw", "sim", "train_binary"},
    "image_sets": {"aedat", "torch", "amaranth", "safetensors", "hw", "sim", "train_binary"},
    "sim": {"torch", "amaranth", "hw", "train_binary"},
    "importers": {"torch", "amaranth", "safetensors", "nir", "h5py", "onnx", "qonnx", "snntorch", "spikingjelly", "hw",
                  "train_binary"},
    "hw": {"torch", "numpy", "amaranth_soc", "sim", "train_binary"},
    "verify": {"torch", "distributed", "train_binary"},
    "bitstreams": {"torch", "distributed", "train_binary"},
    "reports": {"torch", "amaranth", "tqdm", "hw", "train_binary"},
    "binspike": {"torch", "distributed", "matplotlib"},
}
ORDER = {  # sub-folders, each of which may import those before it
    "train_binary": ("ops", "layers", "model", "methods", "recipe", "run"),
}
TESTED_ELSEWHERE = {  # modules of hw, and folders, without a test file of their own place and stem
    "build_report/sections": "build_report/test_page",
    "buses/axi_lite": "buses/test_registers",
    "buses/crossing": "buses/test_framed",
    "buses/frames": "buses/test_framed",
    "buses/results": "buses/test_framed",
    "cores/neurons/kinds": "cores/neurons/test_lane",
    "cores/registers": "cores/synapses/test_synapses",
    "cores/neurons/psp": "cores/neurons/test_serial_neurons",
    "cores/spike_coding": "cores/neurons/test_serial_neurons",
    "cores/streams/ring": "cores/streams/test_fork",
    "cost/area": "cost/test_estimate",
    "cost/loading": "cost/test_estimate",
    "cost/resizing": "cost/test_estimate",
    "cost/space": "cost/test_explore",
    "cost/trees": "cost/test_estimate",
    "cost/work": "cost/test_explore",
    "serial_link/image_count": "serial_link/test_endpoint",
    "serial_link/request_handler": "serial_link/test_endpoint",
    "serial_link/request_reader": "serial_link/test_endpoint",
}
IMPORT_ALL = """
import importlib, pkgutil, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2:]:
            raise ImportError(f"{name} is absent")
sys.meta_path.insert(0, Absent())
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def sources(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    """Top-level names of all imports of a file, also of those inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", sorted(OWN.keys() - {"binspike", "benchmarks"}))
def test_command_lines_are_parsed_in_binspike_alone(package):
    """The scripts of benchmarks, which is no package of the program, parse their own."""
    assert not [path for path in sources(package) if {"argparse", "optparse", "getopt"} & set(imported(path))]


def name_of(path: Path) -> str:
    """Dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(path: Path, modules: Container[str]) -> Iterator[str]:
    """Dotted names that a file imports, also for types alone and inside functions; preferably of ``modules``."""
    me = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = me[:-node.level] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (whole if (whole := f"{base}.{alias.name}") in modules else base for alias in node.names)


def imports_between(package: str) -> dict[str, set[str]]:
    """Modules of a package that each of them imports."""
    paths = {name_of(path): path for path in sources(package)}
    return {name: set(targets(path, paths)) & (paths.keys() - {name}) for name, path in paths.items()}


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One that imports make; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("package", [*OWN, "tests"])
def test_modules_import_in_no_circle(package):
    assert not circle(imports_between(package))


@pytest.mark.parametrize("package", ORDER)
def test_folders_import_one_way(package):
    place = {f"{package}.{folder}": index for index, folder in enumerate(ORDER[package])}
    graph = imports_between(package)
    folders = {name: ".".join(name.split(".")[:2]) for name in graph}
    assert {folder for folder in folders.values() if (ROOT / folder.replace(".", "/")).is_dir()} == {package, *place}
    wrong = [f"{name} imports {other}" for name, others in graph.items() for other in others
             if folders[name] in place and place.get(folders[other], len(place)) > place[folders[name]]]
    assert not wrong


@pytest.mark.parametrize("package", [*OWN, "tests"])
def test_folders_have_few_modules(package):
    count = Counter(str(path.parent.relative_to(ROOT)) for path in sources(package) if path.stem != "__init__")
    assert not {folder for folder, number in count.items() if number > MODULES} - CATALOGUES


@pytest.mark.parametrize("package", OWN)
def test_imports_run_one_way(package):
    allowed = {package} | OWN[package] | FOREIGN[package] | sys.stdlib_module_names
    wrong = [f"{path.relative_to(ROOT)} imports {name}" for path in sources(package)
             for name in imported(path) if name not in allowed]
    assert not wrong


@pytest.mark.parametrize("package", ABSENT)
def test_every_module_imports_without_what_it_must_not_need(package):
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, package, *sorted(ABSENT[package])], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", [path.relative_to(ROOT / "hw").with_suffix("").as_posix() for path in sources("hw")
                                    if path.stem != "__init__"])
def test_every_module_of_hw_has_a_test(module):
    folder, _, stem = module.rpartition("/")
    file = TESTED_ELSEWHERE.get(module) or TESTED_ELSEWHERE.get(folder, f"{folder}/test_{stem}".lstrip("/"))
    assert (ROOT / "tests" / "hw" / f"{file}.py").exists()


@pytest.mark.parametrize("core", COMPONENTS, ids=lambda core: core.__name__)
def test_every_core_has_its_models(core):
    """A timing model and a data model; the timing of the readout needs the data: `quant.timing.simulation` makes it."""
    assert transform.dispatch(core) is not transform.dispatch(object)
    assert core is cores.Readout or timing_model.dispatch(core) is not timing_model.dispatch(object)


@pytest.mark.parametrize("folder", [*OWN, "tests"])
def test_files_are_short_enough_to_read(folder):
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources(folder)}
    assert not {path: length for path, length in lengths.items() if length > LIMIT}


@pytest.mark.parametrize("follow", ["skip", pytest.param("normal", marks=pytest.mark.long)])
@pytest.mark.slow
def test_types_agree(follow, tmp_path):
    """Here, so that it runs beside the other tests; in the long run with the types of large libraries too."""
    options = tmp_path / "pyproject.toml"
    options.write_text((ROOT / "pyproject.toml").read_text().replace('follow_imports = "skip"',
                                                                    f'follow_imports = "{follow}"'))
    done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", options], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr
