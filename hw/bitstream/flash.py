"""A bitstream onto its board, by the programmer that amaranth-boards names for that."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from amaranth.build.run import BuildProducts

from quant.failure import Failure

from .. import families
from . import boards, folder
from .flow import NAME

REMEDIES = {  # packages of Debian and of Homebrew, and of PyPI; all but the last come with the OSS CAD Suite too
    "iceprog": "apt install fpga-icestorm, or brew install icestorm",
    "openFPGALoader": "apt install openfpgaloader, or brew install openfpgaloader",
    "openocd": "apt install openocd, or brew install openocd",
    "dfu-util": "apt install dfu-util, or brew install dfu-util",
    "tinyprog": "pip install tinyprog",
    "icesprog": "it is built from https://github.com/wuxx/icesugar, folder tools",
}


class Products(BuildProducts):
    """A build folder as a platform's programmer wants it: the files themselves, no copies.

    Parameters
    ----------
    bitstream : Path
        What is asked for by any name of its suffix; all else lies beside it.
    """

    def __init__(self, bitstream: Path) -> None:
        self.bitstream = bitstream

    def get(self, filename: str, mode: str = "b") -> bytes | str:
        """The content of a file."""
        path = self.path(filename)
        return path.read_text() if mode == "t" else path.read_bytes()

    def path(self, filename: str) -> Path:
        """Place of a file.

        Raises
        ------
        FileNotFoundError
            It is missing.
        """
        path = self.bitstream if Path(filename).suffix == self.bitstream.suffix else self.bitstream.with_name(filename)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing; build again, and flash the bitstream in its build folder")
        return path

    @contextmanager
    def extract(self, *filenames: str) -> Iterator[str | list[str]]:
        """Name the files."""
        paths = [str(self.path(filename)) for filename in filenames]
        yield paths[0] if len(paths) == 1 else paths


def execute(command: Sequence[str]) -> None:
    """Say and run a programmer's command; its output goes where this program's goes.

    Raises
    ------
    Failure
        The programmer is missing, failed, or copies to a place that is not there.
    """
    tool = command[0]
    if shutil.which(tool) is None:
        remedy = REMEDIES.get(Path(tool).name, "it is in the OSS CAD Suite, or see the board's page")
        raise Failure(f"programmer {tool} is missing; {remedy}")
    if tool == "cp" and not Path(command[-1]).exists():
        raise Failure(f"{command[-1]} does not exist; is the board plugged in?")
    print(shlex.join(command), flush=True)
    status = subprocess.run(command).returncode
    if status:
        raise Failure(f"{tool} ended with status {status}; is the board plugged in, and may you use it?")


@contextmanager
def _programmers() -> Iterator[None]:
    """Let what amaranth-boards runs by `subprocess.check_call` go through `execute`."""
    before, subprocess.check_call = subprocess.check_call, execute  # type: ignore[assignment]
    try:
        yield
    finally:
        subprocess.check_call = before  # type: ignore[assignment]


def flash(board: str, bitstream: Path) -> None:
    """Put ``bitstream`` onto ``board``.

    Raises
    ------
    Failure
        As `execute`.
    ValueError
        The board cannot be programmed by amaranth-boards, or the bitstream is of another board or damaged, as far as a
        manifest beside it tells.
    OSError
        A file is missing.
    """
    platform = boards.board(board)
    check(boards.name_of(type(platform)), bitstream)
    try:
        with _programmers():
            platform.toolchain_program(Products(bitstream), NAME)
    except NotImplementedError:
        raise ValueError(f"board {board} has no programmer in amaranth-boards; program {bitstream} by the tool of its "
                         "maker") from None


def check(board: str, bitstream: Path) -> None:
    """Refuse what is not whole, or not for ``board``."""
    suffix = families.of(boards.lookup(board)).bitstream
    if bitstream.suffix != suffix:
        raise ValueError(f"bitstream of {board} must be a {suffix} file, not {bitstream}")
    with bitstream.open("rb") as file:
        if not file.read(1):
            raise ValueError(f"bitstream {bitstream} is empty; build it again")
    build = bitstream.parent
    if not (build / folder.MANIFEST).exists():
        return
    listed = folder.manifest(build)["files"]
    if bitstream.name not in listed:
        return
    damaged = [name for name, digest in listed.items()
               if (build / name).is_file() and folder.sha256(build / name) != digest]
    if damaged:
        raise ValueError(f"{build / damaged[0]} must have the SHA-256 that the manifest states, but has another; "
                         "build it again")
    record = folder.read_json(build / "report.json")
    if record.get("board") != board:
        raise ValueError(f"bitstream {bitstream} must be of board {board}, not {record.get('board')}")
