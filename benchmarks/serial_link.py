"""Images a second over the serial link: ``python -m benchmarks.serial_link [IMAGES]``.

At the pins each board's whole design, as emitted, is played requests full of MNIST's test images through a UART, as
many on their way as it has slots; every byte of its responses must be the model's. The host's part is the driver alone,
before a port that answers from memory.
"""

import sys
import tempfile
import time
from pathlib import Path

from hw.build import Job
from hw.emit import to_verilog
from hw.host.board import Board
from hw.host.serial_port import Port
from hw.serial_link.uart import cycles_a_bit
from hw.top import device
from quant.files import samples, zoo
from quant.serial_link.protocol import Deframer, Request, frame
from sim.compiled.board_model import Device
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS, play
from sim.data import arrays

BOARDS = (("mnist-up5k", "icebreaker", "4,25,1 3,12,7 1,3,1", "oscillator"),
          ("mnist-up5k", "icebreaker", "4,25,1 3,12,7 1,3,1", 29.25),
          ("mnist-ecp5", "ulx3s-85f", "10,25,7 10,750,1 1,60,1", "oscillator"))


class Memory(Port):
    """Port that answers at once: with what `feed` gave when it was asked the same before, under another tag."""

    def __init__(self, feed) -> None:
        self.name, self.feed, self.known, self.sent, self.waiting = "memory", feed, {}, [], b""
        self.deframer = Deframer(10**6)

    def write(self, data: bytes) -> None:
        """Take a request."""
        for body in self.deframer.feed(data):
            assert body
            self.sent.append(body)
            request = body[:1] + body[2:]
            if request not in self.known:
                response, = Deframer(10**6).feed(self.feed(data))
                assert response
                self.known[request] = response
            response = self.known[request]
            self.waiting += frame(response[:1] + body[1:2] + response[2:])

    def read(self) -> bytes:
        """Give the responses."""
        data, self.waiting = self.waiting, b""
        return data

    def close(self) -> None:
        """Nothing is open."""


def main(count: int = 100) -> None:
    """Print both rates of ``count`` images, whose responses must be the model's."""
    pixels, _ = arrays(samples.load(zoo.samples_path("MNIST")))
    images = [image.transpose(1, 2, 0).tobytes() for image in pixels[:count]]
    for name, board, fold, clock in BOARDS:
        job = Job.plan(name, board, fold=fold, clock=clock)
        port = Memory(Device(job.source.network, job.folding, job.contents).feed)
        with Board(port, job.source.network) as host:
            list(host.classify_all(images))
            requests = [body for body in port.sent if body[0] == Request.CLASSIFY]
            start = time.process_time()
            list(host.classify_all(images))
            seconds = time.process_time() - start
        sent = b"".join(map(frame, requests))
        due = Device(job.source.network, job.folding, job.contents).feed(sent)
        with tempfile.TemporaryDirectory() as scratch:
            design = device(job.source.network, job.folding, job.contents)
            (verilog := Path(scratch) / "board.v").write_text(to_verilog(design, "board"))
            program = compiled(verilog, "board", Path(scratch), PINS)
            played = play(program, sent, length=cycles_a_bit(job.clock_hz, job.baud),
                          window=job.contents.identity.slots)
        assert played.output == due
        assert not played.lost
        alone = job.clock_hz / job.contents.identity.initiation_interval
        print(f"{name} on {board} at {job.clock_hz / 1e6:g} MHz, {job.baud:,} baud: "
              f"{count * job.clock_hz / played.cycles:,.0f} images/s at the pins, {alone:,.0f} in the core; "
              f"{count} images in {len(requests)} requests of {len(sent):,} bytes, {played.cycles:,} cycles; "
              f"host {count / seconds:,.0f} images/s", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
