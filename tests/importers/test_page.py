"""The tutorials of the page run as they stand, with the real libraries; the tests that its table names exist."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.importers.libraries import absent

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "import.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
LIBRARIES = ("snntorch", "spikingjelly", "nir")


@pytest.mark.parametrize(("library", "example"), list(zip(LIBRARIES, EXAMPLES, strict=True)), ids=LIBRARIES)
def test_tutorial_runs(library, example, tmp_path):
    if importlib.util.find_spec(library) is None:
        pytest.skip(absent(library))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", example], cwd=tmp_path, text=True, capture_output=True,
                          env={"PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "same spikes on 16 of 16 images\n"


def test_tests_of_the_table_exist():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    written = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert len(named) > 10
    assert not {name for name in named if f"def {name}(" not in written}
