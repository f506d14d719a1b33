"""Where on this machine is kept what can be made again."""

import os
from pathlib import Path


def folder(part: str) -> Path:
    """The folder ``part`` of BINSPIKE_CACHE, else of binspike in XDG_CACHE_HOME, else of ~/.cache/binspike."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binspike"
    return Path(os.environ.get("BINSPIKE_CACHE") or usual) / part
