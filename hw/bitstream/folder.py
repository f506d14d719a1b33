"""The build folder: made beside its place and moved there whole, with a manifest of what it holds."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quant.files import container, scratch

FORMAT = "binspike build"
VERSION = 1
MANIFEST = "manifest.json"
MAX_JSON = 2**20
LOG = "build.log"


def default(board: str, network_digest: str) -> Path:
    """Default build folder, below the current folder."""
    return Path("build", board, network_digest[:16])


def check(out: Path) -> Path:
    """Return ``out`` if a build may be put there.

    Raises
    ------
    ValueError
        Something that is not a build is there, or a file is where a folder must be.
    """
    above = next(path for path in Path(os.path.abspath(out)).parents if path.exists())
    if not above.is_dir():
        raise ValueError(f"out must lie in a folder, not in {str(above)!r}; give another by --out")
    if os.path.lexists(out) and not (out.is_dir() and (_is_build(out) or not any(out.iterdir()))):
        raise ValueError(f"out must be a new folder or one that holds a build, not {str(out)!r}; "
                         "give another by --out")
    return out


def _is_build(out: Path) -> bool:
    try:
        manifest(out)
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give an empty folder beside ``out``; at the end move it there, in place of an older build.

    If the body raises, ``out`` stays as it was, and the log of what failed is left in ``<out>.failed.log``.
    """
    out = Path(os.path.abspath(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    failed = failed_log(out)
    with scratch.beside(out) as folder:
        folder.mkdir()
        try:
            yield folder
        except Exception:
            if (folder / LOG).exists():
                os.replace(folder / LOG, failed)
            raise
        scratch.land(folder, out)
        failed.unlink(missing_ok=True)


def failed_log(out: Path) -> Path:
    """Path of the log of a failed build."""
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


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is no regular file, has more than 2**20 bytes, or holds something else.
    """
    try:
        content = json.loads(container.read(path, MAX_JSON))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} must be a JSON file: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object, not {content!r:.60}")
    return content


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as readable JSON, always in the same form."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def manifest(out: Path) -> dict[str, Any]:
    """Manifest as `write_manifest` wrote it: ``tools``, name to version, and ``files``, name to SHA-256.

    Raises
    ------
    OSError, ValueError
        ``out`` holds no build.
    """
    content = read_json(out / MANIFEST)
    match content:
        case {"format": str(form), "version": int(version), "tools": dict(tools), "files": dict(files), **rest} if (
                (form, version, rest) == (FORMAT, VERSION, {}) and all(name == Path(name).name for name in files)
                and all(isinstance(text, str) for text in (*tools.values(), *files.values()))):
            return content
    raise ValueError(f"{out / MANIFEST} must be the manifest of a build, not {content!r:.60}")


def is_whole(out: Path) -> bool:
    """True if ``out`` holds a build each of whose files has the SHA-256 that the manifest states."""
    try:
        return all((out / name).is_file() and sha256(out / name) == digest
                   for name, digest in manifest(out)["files"].items())
    except (OSError, ValueError):
        return False


def write_manifest(folder: Path, tools: dict[str, str]) -> None:
    """List the SHA-256 of every file but the log, which holds times; the same build has the same manifest."""
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name not in (LOG, MANIFEST)}
    write_json(folder / MANIFEST, {"format": FORMAT, "version": VERSION, "tools": tools, "files": files})
