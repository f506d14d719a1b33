"""Emitted Verilog of a network, and its compiled simulator, built once on each machine."""

import fcntl
import hashlib
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw.accelerator import Accelerator
from hw.emit import manifest, to_verilog
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.files import cache as cache_folder
from sim.compiled.compiler import STREAMING, Driver
from sim.compiled.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class Design:
    """Verilog design that can be sent to another machine.

    Parameters
    ----------
    packed : bytes
        Verilog text, compressed by zlib.
    manifest : dict
        Ports and result layout, as by `hw.emit.manifest`.
    """

    packed: bytes
    manifest: Mapping[str, Any]

    @property
    def verilog(self) -> str:
        """Verilog text."""
        return zlib.decompress(self.packed).decode()

    @property
    def digest(self) -> str:
        """SHA-256 of the Verilog text, in hexadecimal."""
        return hashlib.sha256(zlib.decompress(self.packed)).hexdigest()

    def simulator(self, driver: Driver = STREAMING, folder: Path | None = None) -> Simulator:
        """Compiled simulator, made or found in ``folder`` (None: `cache`); other processes wait for it meanwhile.

        Raises
        ------
        SimulationError
            Verilator or g++ is missing, or one of them refuses the design.
        OSError
            The folder cannot be written.
        """
        folder = folder or cache()
        with _locked(folder / f".{self.digest[:16]}.lock"), tempfile.TemporaryDirectory() as scratch:
            verilog = Path(scratch) / "design.v"
            verilog.write_text(self.verilog)
            return Simulator.build(verilog, self.manifest, folder, driver)


def emit(network: Network, folding: Folding, *, taps: bool = False) -> Design:
    """Design of ``network`` under ``folding``; with ``taps`` it has a port for every border between cores."""
    core = Accelerator(network, folding, taps=taps)
    return Design(packed=zlib.compress(to_verilog(core).encode()), manifest=manifest(core))


def cache() -> Path:
    """Path of the cache folder for compiled designs."""
    return cache_folder.folder("verilator")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
