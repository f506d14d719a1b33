"""Makes .venv with the Python that runs this, unless it is there."""

import sys
import venv
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 -- here the version is not yet known to be right
    sys.exit(f"Python must be 3.11 or newer, not {sys.version.split()[0]}; name one with: make PYTHON=python3.11")
if not Path(".venv/bin/pip").exists():
    venv.create(".venv", with_pip=True, clear=True)
