"""A board before there is one: its whole design, as emitted, in a compiled simulation behind a pseudo terminal."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hw import emit
from hw.bitstream import folder
from hw.build import Job
from hw.serial_link.uart import MIN_CYCLES, cycles_a_bit
from hw.top import device
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS, Terminal

TOP = "board"


def fast(job: Job, baud: int | None) -> Job:
    """The build with another baud rate: the one given, or the highest that the clock allows."""
    return replace(job, asked_baud=int(job.clock_hz) // MIN_CYCLES if baud is None else baud)


@contextmanager
def port(job: Job) -> Iterator[str]:
    """The name of a port at which the simulated board listens.

    Its design is emitted as Verilog by the tools that make the bitstream, and compiled once: the program is kept beside
    the build folder.

    Raises
    ------
    SimulationError
        The design cannot be compiled, or its simulation failed.
    """
    verilog = emit.to_verilog(device(job.source.network, job.folding, job.contents), TOP)
    out = folder.default(job.board, job.source.digest)
    with tempfile.TemporaryDirectory() as scratch:
        (design := Path(scratch) / f"{TOP}.v").write_text(verilog)
        program = compiled(design, TOP, out.with_name(f"{out.name}.simulation"), PINS)
    with Terminal(program, float(cycles_a_bit(job.clock_hz, job.baud))) as terminal:
        yield terminal.name
