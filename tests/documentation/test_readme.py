"""The README's examples run as they stand, and the commands in it exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from binspike.cli import VERBS

README = Path(__file__).parents[2] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
COMMANDS = set(re.findall(r"binspike (\w+) +--", README.read_text()))


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example, tmp_path):
    done = subprocess.run([sys.executable, "-W", "error", "-c", example], cwd=tmp_path, text=True, capture_output=True,
                          env={"PYTHONPATH": str(README.parent)}, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_three_examples_were_found():
    assert len(EXAMPLES) == 3


def test_commands_exist():
    assert {"build", "emit"} <= COMMANDS <= set(VERBS)
