"""Objects of a user's own modules, and what these raise."""

import importlib
import sys
from typing import Any


def load(module: str, name: str) -> Any:
    """Object ``name`` of a module that is installed or lies in the current folder, as for ``python -m``.

    Raises
    ------
    Exception, SystemExit
        Whatever the import raises; the module is the user's code.
    """
    sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), name)
    finally:
        sys.path.remove("")


def said(error: BaseException) -> str:
    """What went wrong, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
