"""Compiled simulation of an emitted Verilog design: images in, results and the cycle of every transfer out.

The design has the ports clk, rst, i__payload (8 bits a pixel), i__valid, i__ready, o__payload (any width), o__valid,
o__ready.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..cycle.stalls import ALWAYS, Pattern
from ..cycle.transfers import Transfers
from .compiler import STREAMING, Driver, SimulationError, compiled

PORTS = {"clk": 1, "rst": 1, "i__payload": None, "i__valid": 1, "i__ready": 1, "o__payload": None, "o__valid": 1,
         "o__ready": 1}
PATIENCE = 1_000_000


class Timeout(SimulationError):
    """No transfer at either end for too long."""


@dataclass(frozen=True)
class Simulator:
    """A compiled design. Make one with `build`.

    Parameters
    ----------
    program : Path
        The compiled driver and design.
    manifest : dict
        ``top``, ``ports`` (name to direction and width) and ``result`` (see `sim.cycle.transfers.decode`).
    build_seconds : float
        Wall time of the compilation; next to nothing if the program was found.
    """

    program: Path
    manifest: Mapping[str, Any]
    build_seconds: float

    @classmethod
    def build(cls, verilog: Path, manifest: Mapping[str, Any], folder: Path,
              driver: Driver = STREAMING) -> "Simulator":
        """Compile ``verilog`` and ``driver`` into a folder under ``folder``, or find them there.

        Raises
        ------
        ValueError
            The manifest lacks a port, or a port has the wrong width.
        SimulationError
            Verilator or g++ is missing, or one of them refuses the design.
        """
        for name, width in PORTS.items():
            port = manifest["ports"].get(name)
            if port is None or width not in (None, port["width"]):
                raise ValueError(f"design {manifest['top']} must have port {name} of {width or 'any'} bits, not {port}")
        start = time.perf_counter()
        program = compiled(verilog, manifest["top"], folder, driver)
        return cls(program, manifest, time.perf_counter() - start)

    def run(self, images: np.ndarray, *, input_gap: Pattern = ALWAYS, output_stall: Pattern = ALWAYS,
            patience: int = PATIENCE, progress: Callable[[int], Any] | None = None) -> Transfers:
        """Transfers of images that are streamed back to back, with no reset between them, until each has its result.

        Parameters
        ----------
        images : uint8, (n, ...)
            Pixels in the order in which the design takes them, of which as many in a word as its port has bytes.
        input_gap, output_stall : Pattern
            Stall patterns: cycles in which the source may raise valid, and in which the sink is ready.
        patience : int
            Cycles without a transfer after which the run is given up.
        progress : callable or None
            Called with the number of results that came since its last call. What it raises ends the run.

        Raises
        ------
        TypeError
            Images are not uint8.
        Timeout
            Nothing moved for ``patience`` cycles; the message counts what did before.
        SimulationError
            An assertion of the design failed, or it gave more results than images.
        """
        transfers, error = self.attempt(images, input_gap=input_gap, output_stall=output_stall, patience=patience,
                                        progress=progress)
        if error:
            raise error
        return transfers

    def attempt(self, images: np.ndarray, *, input_gap: Pattern = ALWAYS, output_stall: Pattern = ALWAYS,
                patience: int = PATIENCE, progress: Callable[[int], Any] | None = None,
                taps: Path | None = None, waveform: Path | None = None,
                stretch: tuple[int, int] = (0, 0)) -> tuple[Transfers, SimulationError | None]:
        """As `run`, but return the transfers up to an error of the design together with that error, or None.

        ``taps`` is the folder for the transfers of borders, ``waveform`` the file for the cycles of ``stretch``, both
        included, in a program that records them. Words that did not move have cycle -1.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8:
            raise TypeError(f"images must be uint8, not {images.dtype}")
        pixels = self._width("i__payload") // 8
        count = images[0].size // pixels if len(images) else 0  # words of an image
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as scratch:
            words, cycles, messages = (Path(scratch) / name for name in ("words", "cycles", "messages"))
            images.tofile(words)
            command = [self.program, count * len(images), len(images), patience, cycles, *input_gap.code,
                       *output_stall.code, taps or scratch, waveform or "", *stretch, pixels]
            with (words.open("rb") as source, messages.open("wb") as errors,
                  subprocess.Popen([str(word) for word in command], stdin=source, stdout=subprocess.PIPE,
                                   stderr=errors) as process):
                results = _read(process.stdout, transfer(self._width("o__payload")), progress)
            error = self._error(process.returncode, messages.read_text(errors="replace").strip())
            taken = np.fromfile(cycles, dtype="<u8").astype(np.int64)
        inputs, outputs = np.full(count * len(images), -1), np.full(len(images), -1)
        inputs[:len(taken)], outputs[:len(results)] = taken, results["cycle"]
        payloads = np.zeros((len(images), results["payload"].shape[1]), np.uint8)
        payloads[:len(results)] = results["payload"]
        return Transfers(input_cycles=inputs.reshape(len(images), count), output_cycles=outputs, payloads=payloads,
                         fields=self.manifest["result"], seconds=time.perf_counter() - start), error

    def _width(self, port: str) -> int:
        return self.manifest["ports"][port]["width"]

    def _error(self, status: int, messages: str) -> SimulationError | None:
        name = self.manifest["top"]
        if status == 3:
            return Timeout(f"simulation of {name} stands still: {messages}")
        if status == 4:
            return SimulationError(f"simulation of {name} gave more results than images")
        error = SimulationError(f"simulation of {name} ended with status {status}: {messages[-2000:]}")
        if status not in (0, 5):  # nothing that the design did
            raise error
        return error if status else None


def transfer(width: int) -> np.dtype:
    """Record that the driver writes for a transfer; Verilator keeps a port in 1, 2, 4, 8 or a multiple of 4 bytes."""
    size = next((size for size in (1, 2, 4, 8) if width <= 8 * size), (width + 31) // 32 * 4)
    return np.dtype([("cycle", "<u8"), ("payload", "u1", (size,))])


def _read(stream: IO[bytes] | None, record: np.dtype, progress: Callable[[int], Any] | None) -> np.ndarray:
    data, known = bytearray(), 0
    while stream and (chunk := stream.read1(2**16)):  # type: ignore[attr-defined]
        data += chunk
        count = len(data) // record.itemsize
        if progress and count > known:
            progress(count - known)
        known = count
    return np.frombuffer(bytes(data[:known * record.itemsize]), dtype=record)
