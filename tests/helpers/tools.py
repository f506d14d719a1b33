"""FPGA tools in other surroundings: each compiled form, which takes minutes to make, is found where it is."""

import os
from pathlib import Path

COMPILED = {"YOWASP_CACHE_DIR": os.environ.get("YOWASP_CACHE_DIR", str(Path.home() / ".cache" / "YoWASP"))}
