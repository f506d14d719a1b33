"""Compiled simulation of a design at the far end of a serial link: behind a pseudo terminal, or fed from memory.

The design has the ports clk, rst, rx and tx of a UART, as a whole board has; or, below the UART, the byte streams i
and o.
"""

import os
import subprocess
import tempfile
import tty
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .compiler import Driver, SimulationError

SOURCE = Path(__file__).with_name("serial_link.cpp")
PINS = Driver(source=SOURCE, prefix="Vdesign")
STREAMS = Driver(source=SOURCE, prefix="Vdesign", linker_flags=("-DSTREAM",))


@dataclass(frozen=True)
class Played:
    """Output of a design for bytes that were played into it.

    Parameters
    ----------
    output : bytes
    cycles : int
        Clock cycles that it took.
    requests, responses, lost : int
        Frames that went in and came out, of 6 bytes or more between flags; requests without a response in time.
    """

    output: bytes
    cycles: int
    requests: int
    responses: int
    lost: int


def play(program: Path, data: bytes, *, length: float, window: int = 0, patience: int = 1_000_000) -> Played:
    """Output of a compiled design for the input bytes ``data``.

    Parameters
    ----------
    program : Path
        By `sim.compiled.compiler.compiled`, with the driver `PINS` or `STREAMS`.
    length : float
        Clock cycles a bit at the pins, a byte at the streams.
    window : int
        Largest number of requests without a response while bytes go in; 0: bytes go in without a pause.
    patience : int
        Cycles without a byte, in or out, after which a request without a response counts as lost.

    Raises
    ------
    SimulationError
        The simulation failed: an assertion of the design, or a framing error of its UART.
    """
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        command = [str(program), str(float(length)), str(window), str(patience)]
        done = subprocess.run(command, stdin=source, capture_output=True)
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        raise _failure(program, done.returncode, said)
    cycles, requests, responses, lost = map(int, said.splitlines()[-1].split())
    return Played(done.stdout, cycles, requests, responses, lost)


class Terminal:
    """A compiled design behind a pseudo terminal; a context manager.

    Parameters
    ----------
    program : Path
        By `sim.compiled.compiler.compiled`, with the driver `PINS`.
    length : float
        Clock cycles a bit.

    Attributes
    ----------
    name : str
        Path of the serial port that a host opens.
    """

    def __init__(self, program: Path, length: float) -> None:
        self.program, self.length = program, length

    def __enter__(self) -> "Terminal":
        far, self._near = os.openpty()
        tty.setraw(self._near)
        self.name = os.ttyname(self._near)
        self._messages = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen([self.program, str(float(self.length)), "0"], stdin=far, stdout=far,
                                             stderr=self._messages)
        except BaseException:
            os.close(self._near)
            raise
        finally:
            os.close(far)  # the simulation's copy is the only one, so that the port goes with it
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        status = self._process.poll()
        self._process.kill()
        self._process.wait()
        os.close(self._near)
        self._messages.seek(0)
        said = self._messages.read().decode(errors="replace").strip()
        self._messages.close()
        if status is not None:  # it runs as long as the port is open, unless it failed
            raise _failure(self.program, status, said)


def _failure(program: Path, status: int, said: str) -> SimulationError:
    return SimulationError(f"simulation of {program.name} ended with status {status}: {said[-2000:]}")
