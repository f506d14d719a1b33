"""Cache folders of this user, for files that can be made again."""

import os
from pathlib import Path


def folder(part: str) -> Path:
    """Path of the folder ``part`` in BINSPIKE_CACHE, else in binspike of XDG_CACHE_HOME, else in ~/.cache/binspike."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binspike"
    return Path(os.environ.get("BINSPIKE_CACHE") or usual) / part
