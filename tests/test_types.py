import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_types_agree():
    """Here, so that it runs beside the other tests."""
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
