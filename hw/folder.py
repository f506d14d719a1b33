"""The build folder: made beside its place and moved there whole, with a manifest of what it holds."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
LOG = "build.log"


def default(board: str, network_digest: str) -> Path:
    """Where a build lands unless told otherwise, below the current folder."""
    return Path("build", board, network_digest[:16])


def check(out: Path) -> Path:
    """Return ``out`` if a build may be put there.

    Raises
    ------
    ValueError
        Something that is not a build is there.
    """
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise ValueError(f"out must be a new folder or one that holds a build, not {str(out)!r}; "
                         "give another by --out")
    return out


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give an empty folder beside ``out``; at the end move it there, in place of an older build.

    If the body raises, ``out`` stays as it was, and the log of what failed is left in ``<out>.failed.log``.
    """
    out = Path(os.path.abspath(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    failed = failed_log(out)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder, old = Path(scratch, "new"), Path(scratch, "old")
        folder.mkdir()
        try:
            yield folder
        except Exception:
            if (folder / LOG).exists():
                os.replace(folder / LOG, failed)
            raise
        if out.exists():
            os.replace(out, old)
        os.replace(folder, out)
        failed.unlink(missing_ok=True)


def failed_log(out: Path) -> Path:
    """Where the log of a failed build is left."""
    return out.with_name(f"{out.name}.failed.log")


def keep(folder: Path, names: set[str]) -> None:
    """Remove what else the tools left in ``folder``."""
    for path in folder.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as readable JSON, always in the same form."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_manifest(folder: Path, tools: dict[str, str]) -> None:
    """List the SHA-256 of every file but the log, which holds times; the same build has the same manifest."""
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name not in (LOG, MANIFEST)}
    write_json(folder / MANIFEST, {"format": "binspike build", "version": 1, "tools": tools, "files": files})
