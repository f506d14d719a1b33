"""Another network over the serial line: ``python -m benchmarks.reload [NETWORK] [BOARD]``.

The whole design of a board that takes other networks, as emitted, is played the requests of a load through its UART in
simulation, each behind the response to the one before, the last of which must say that the network is valid. Bytes,
requests, clock cycles and time are printed.
"""

import sys
import tempfile
from pathlib import Path

from hw.build import Job
from hw.emit import to_verilog
from hw.serial_link.uart import cycles_a_bit
from hw.top import device
from quant.dataflow.folding import text
from quant.serial_link.protocol import LOADED, Deframer, Request, frame
from quant.serial_link.reload import blocks, load
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS, play


def main(network: str = "mnist-up5k", board: str = "icebreaker") -> None:
    """Print what the load of the network itself takes, at the board's oscillator, in the fastest folding that fits."""
    job = Job.plan(network, board, clock="oscillator", reload=True)
    identity = job.contents.identity
    requests = [bytes([Request.LOAD, tag % 256]) + payload for tag, payload in enumerate(
        blocks(load(identity, job.source.network, job.vectors), identity.capacity))]
    sent = b"".join(map(frame, requests))
    with tempfile.TemporaryDirectory() as scratch:
        (verilog := Path(scratch) / "board.v").write_text(
            to_verilog(device(job.source.network, job.folding, job.contents), "board"))
        played = play(compiled(verilog, "board", Path(scratch), PINS), sent,
                      length=cycles_a_bit(job.clock_hz, job.baud), window=1)
    *_, said = Deframer(10**6).feed(played.output)
    if said is None or LOADED.unpack(said[2:]) != (len(requests), 1):
        sys.exit(f"{network} for {board}: the last response is {said!r}, which is no valid network")
    print(f"{network}, {board}, folding {text(job.folding)}: {len(sent):,} bytes in {len(requests)} requests at "
          f"{job.baud / 1e6:g} Mbaud, {played.cycles:,} cycles, {1e3 * played.cycles / job.clock_hz:.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
