"""Message of `make test` where there are no data sets."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE = """
import pytest

@pytest.mark.slow
def test_long(): pass

def test_plain(): pass

@pytest.mark.data
def test_accuracy(data_folder): assert data_folder.is_dir()
"""


DAMAGED = """
from collections import Counter
from tests.helpers import damage

def test_one(): damage.tally.update({("idx", "made"): 2, ("idx", "refused"): 1, ("idx", "accepted"): 1})
"""


@pytest.fixture(params=[(), pytest.param(("-n", "2"), marks=pytest.mark.long)], ids=["one process", "two processes"])
def processes(request):
    return request.param


def pytest_run(tmp_path, data, *arguments):
    for name in ("pyproject.toml",):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "tests" / "test_module.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-v", *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True,
                          env={"PATH": "", "PYTHONPATH": str(ROOT), "BINSPIKE_DATA": str(data)}).stdout


@pytest.fixture
def data(tmp_path):
    """A folder in which all data sets seem to lie."""
    for name in ("mnist", "fashion-mnist", "cifar-10-batches-bin"):
        (tmp_path / "sets" / name).mkdir(parents=True)
    return tmp_path / "sets"


def test_data_tests_run_where_there_is_data(tmp_path, data):
    assert "3 passed" in pytest_run(tmp_path, data)


@pytest.mark.parametrize("lost", ["mnist", "cifar-10-batches-bin"])
def test_data_tests_are_named_where_one_is_missing(tmp_path, data, lost):
    (data / lost).rmdir()
    assert "2 passed" in pytest_run(tmp_path, data)


def test_data_tests_are_named_where_there_is_none(tmp_path, processes):
    output = pytest_run(tmp_path, tmp_path / "none", *processes)
    assert "2 passed" in output
    _, _, said = output.partition("not run: no data sets here")
    assert "tests/test_module.py::test_accuracy" in said


@pytest.mark.parametrize(("arguments", "last"), [((), "test_long"), (("-n", "1"), "test_accuracy")])
def test_slow_tests_come_last_in_one_process_and_first_in_several(tmp_path, data, arguments, last):
    passed = [line for line in pytest_run(tmp_path, data, *arguments).splitlines() if "PASSED" in line]
    assert last in passed[-1]


def test_damaged_cases_are_counted(tmp_path, processes):
    (tmp_path / "tests" / "helpers").mkdir(parents=True)
    (tmp_path / "tests" / "helpers" / "damage.py").write_text("from collections import Counter\n\ntally = Counter()\n")
    for name in ("a", "b"):
        (tmp_path / "tests" / f"test_{name}.py").write_text(DAMAGED)
    lines = [line.split() for line in pytest_run(tmp_path, tmp_path, *processes).splitlines()]
    assert ["idx", "4", "2", "2"] in lines
    assert ["all", "4", "2", "2"] in lines
