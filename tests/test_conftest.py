"""What `make test` says where there are no data sets."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULE = """
import pytest

@pytest.mark.slow
def test_long(): pass

def test_plain(): pass

@pytest.mark.data
def test_accuracy(data_folder): assert data_folder.is_dir()
"""


def pytest_run(tmp_path, data):
    for name in ("pyproject.toml",):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "tests" / "test_module.py").write_text(MODULE)
    return subprocess.run([sys.executable, "-m", "pytest", "-v"], cwd=tmp_path, capture_output=True, text=True,
                          env={"PATH": "", "PYTHONPATH": str(ROOT), "BINSPIKE_DATA": str(data)}).stdout


def test_data_tests_run_where_there_is_data(tmp_path):
    assert "3 passed" in pytest_run(tmp_path, tmp_path)


def test_data_tests_are_named_where_there_is_none(tmp_path):
    output = pytest_run(tmp_path, tmp_path / "none")
    assert "2 passed, 1 deselected" in output
    _, _, said = output.partition("not run: no data sets here")
    assert "tests/test_module.py::test_accuracy" in said


def test_slow_tests_come_last(tmp_path):
    output = pytest_run(tmp_path, tmp_path)
    assert output.index("test_plain") < output.index("test_long")
