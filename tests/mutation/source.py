"""Hand-written faults: a change of one file's text, in a copy of the tree, where the tests of that file must fail."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 900  # a test file that takes longer hangs
UNUSED = shutil.ignore_patterns(".*", "__pycache__", "build", "runs", "*.egg-info")


@dataclass(frozen=True)
class Patch:
    """A fault.

    Parameters
    ----------
    name : str
        The fault in words.
    file : str
        Path of the file, from the root.
    old, new : str
        Text that is replaced, and its replacement; ``old`` is there exactly once.
    tests : str
        Stems of the test files that must notice, as ``hw/cores/readout``, between spaces; the first to fail is
        enough.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str

    def text(self, root: Path = ROOT) -> str:
        """Text of the file with the fault.

        Raises
        ------
        ValueError
            ``old`` is not there exactly once: the file has changed, and the fault must be written anew.
        """
        text = (root / self.file).read_text()
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"fault {self.name!r} must find {self.old!r} once in {self.file}, not {count} times")
        return text.replace(self.old, self.new)


def copy(folder: Path) -> Path:
    """A copy of the tree in ``folder``, with the compiled designs of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT, folder, ignore=UNUSED)
    (folder / ".cache").symlink_to(ROOT / ".cache")
    return folder


def file_of(stem: str) -> str:
    """Path, from the root, of the test file of a stem such as ``hw/cores/readout``."""
    folder, _, name = stem.rpartition("/")
    return Path("tests", folder, f"test_{name}.py").as_posix()


def failure(tree: Path, stems: list[str]) -> str:
    """The first failing test of the files of ``stems`` in ``tree``; empty if all pass."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    for stem in stems:
        file = file_of(stem)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not long", file]
        try:
            done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"{file} hangs"
        if done.returncode:
            named = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
            return named[0].split()[1].removeprefix("tests/") if named else f"{file}: {done.stdout[-300:]}"
    return ""


def killed_by(patch: Patch, tree: Path) -> str:
    """The test that notices ``patch``; empty if none does."""
    file = tree / patch.file
    sound = file.read_text()
    file.write_text(patch.text(tree))
    try:
        return failure(tree, patch.tests.split())
    finally:
        file.write_text(sound)
