"""Fuzz of the serial link in compiled simulation; ``python -m tests.fuzz --help``, which is also ``make fuzz``.

Two campaigns. With responses waited for, so that no request can overrun the board's places, all that the emitted design
says must be what `sim.compiled.board_model` says, byte for byte. At full rate, where requests do overrun, what it says
must be well formed, in order and, but for the overruns, part of what the model says; and a good image after all that is
responded to. A board that takes other networks gets loads of two besides, whole, broken off and damaged.
"""

import argparse
import random
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hw.accelerator import Accelerator
from hw.emit import to_verilog
from hw.serial_link.endpoint import SerialEndpoint
from hw.serial_link.uart import MIN_CYCLES
from hw.top import SerialAccelerator
from quant.dataflow.chain import chain
from quant.description.network import Network
from quant.serial_link import reload
from quant.serial_link.coding import of
from quant.serial_link.contents import Contents
from quant.serial_link.protocol import CRC_BYTES, ESCAPE, FLAG, FLIP, IMAGES, Deframer, Error, Reply, Request, frame
from sim.compiled.board_model import Device
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS, STREAMS, play
from tests.helpers.serial_link import fuzzed
from tests.helpers.serial_link.fuzzed import FOLDING, PIXELS
from tests.helpers.serial_link.loading_model import LoadingDevice
from tests.helpers.serial_link.peer import NETWORK, images, packed

POLYNOMIAL = 0xEDB88320  # of the CRC, bits reversed
SPACING = 10  # cycles between two bytes below the UART, where one takes 9 at most
PATIENCE = 100_000
KINDS = [Request.IDENTIFY, Request.CLASSIFY, Request.SELF_TEST, Request.COUNT]  # of a board that takes no other network
POOL = images(200, seed=5)
CODE = of(chain(NETWORK, FOLDING))
NASTY = bytes([FLAG, ESCAPE, FLAG ^ 0x20, ESCAPE ^ 0x20, 0x00, 0xFF])
PAUSE = bytes([FLAG]) * 4000  # time for all responses


def stuffed(whole: bytes) -> bytes:
    """A frame of any body and CRC."""
    return (bytes([FLAG]) + b"".join(bytes([ESCAPE, byte ^ FLIP]) if byte in (FLAG, ESCAPE) else bytes([byte])
                                     for byte in whole) + bytes([FLAG]))


def _unshifted(register: int) -> int:
    """Value of a CRC register 32 zero bits earlier."""
    for _ in range(32):
        register = (register ^ POLYNOMIAL) << 1 | 1 if register >> 31 else register << 1
    return register


class Frames:
    """Random frames: whole ones of every kind, and damaged ones."""

    def __init__(self, seed: int, loads: Sequence[Sequence[bytes]] = ()) -> None:
        self.rng, self.loads, self.left = random.Random(seed), loads, list[bytes]()

    def request(self) -> bytes:
        """The body of a valid request, oftenest an image."""
        rng, tag = self.rng, self.rng.randrange(256)
        kind = rng.choices(KINDS, (1, 6, 1, 1))[0]
        payload = b""
        if kind == Request.CLASSIFY:
            payload = self.images()
        elif kind == Request.COUNT:
            payload = rng.choices((rng.randrange(8), 100), (50, 1))[0].to_bytes(2, "little")
        return bytes([kind, tag]) + payload

    def images(self) -> bytes:
        """Payload of a few images: packed ones, or bytes of any kind that happen to end one."""
        rng = self.rng
        if rng.randrange(4):
            return packed(*rng.choices(POOL, k=rng.choice((1, 1, 2))))
        data = b""
        while not (found := CODE.unpack(data, PIXELS)):
            data += bytes([rng.choice((rng.randrange(128), rng.randrange(128, 256)))])
        return IMAGES.pack(len(found)) + data

    def noise(self, most: int) -> bytes:
        """Bytes of which many are flags and escapes."""
        rng = self.rng
        return bytes(rng.choice(NASTY) if rng.random() < 0.3 else rng.randrange(256)
                     for _ in range(rng.randrange(most)))

    def odd(self, kind: int, most: int) -> bytes:
        """A body of any length, but no COUNT of so many images that the campaign waits for it."""
        payload = self.noise(most)
        if kind == Request.COUNT and len(payload) == 2:
            payload += b"\0"
        return bytes([kind, self.rng.randrange(256)]) + payload

    def load(self) -> bytes:
        """The next block of a load, seldom another one."""
        rng, tag = self.rng, self.rng.randrange(256)
        self.left = self.left or list(rng.choice(self.loads))
        block = self.left.pop(0)
        match rng.randrange(40):
            case 0:  # of any place and content
                block = rng.randbytes(len(block))
            case 1:  # of any length
                block = block[:2] + self.noise(2 * len(block))
            case 2:  # a bit flipped
                block = block[:5] + bytes([block[5] ^ 1 << rng.randrange(8)]) + block[6:]
            case 3:  # once more
                self.left.insert(0, block)
            case 4:  # no more of this load
                self.left.clear()
        return frame(bytes([Request.LOAD, tag]) + block)

    def next(self) -> bytes:
        """One frame, or what was one."""
        rng = self.rng
        if self.loads and rng.randrange(3):
            return self.load()
        whole = frame(self.request())
        at = rng.randrange(len(whole))
        match rng.randrange(16):
            case 0:  # bits flipped
                data = bytearray(whole)
                for _ in range(rng.randrange(1, 4)):
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
                return bytes(data)
            case 1:  # bytes dropped
                return whole[:at] + whole[at + rng.randrange(1, 4):]
            case 2:  # bytes put in
                return whole[:at] + self.noise(4) + whole[at:]
            case 3:  # cut off
                return whole[:at]
            case 4:  # a CRC that is wrong in one bit of the receiver's register
                body = self.request()
                crc = zlib.crc32(body) ^ _unshifted(1 << rng.randrange(32))
                return stuffed(body + crc.to_bytes(CRC_BYTES, "little"))
            case 5:  # a right CRC, and a payload of any length
                return frame(self.odd(rng.choice(KINDS), 40))
            case 6:  # a right CRC, and any kind
                return frame(self.odd(rng.randrange(256), 6))
            case 7:  # flags and escapes everywhere
                head = bytes([Request.CLASSIFY, FLAG, rng.randrange(1, 3), 0])
                return frame(head + bytes(rng.choices(NASTY, k=PIXELS)))
            case 8:  # aborted, and its rest
                return whole[:at] + bytes([ESCAPE, FLAG]) + whole[at:]
            case 9:
                return self.noise(60)
            case 10:  # far too long, with a right CRC or without
                long = frame(bytes([Request.CLASSIFY, 1]) + self.noise(400))
                return rng.choice((long, long[:-3] + long[-2:]))
            case 11:  # one flag between two frames, or many
                return rng.choice((whole[1:], bytes([FLAG]) * rng.randrange(9) + whole))
        return whole


@dataclass(frozen=True)
class Bench:
    """A compiled design and its model.

    Parameters
    ----------
    program : Path
    length : float
        As of `sim.compiled.serial_link.play`.
    held : Contents
    loads : mapping
        As of `fuzzed.loads`, of a board that takes other networks.
    """

    program: Path
    length: float
    held: Contents
    loads: Mapping[bytes, tuple[Network, Contents]] = field(default_factory=dict)

    def model(self) -> Device:
        """The model at power-on."""
        known = NETWORK, FOLDING, self.held
        return LoadingDevice(*known, self.loads) if self.loads else Device(*known)

    @property
    def blocks(self) -> list[list[bytes]]:
        """Payloads of the requests of each load."""
        return [reload.blocks(data, self.held.identity.capacity) for data in self.loads]

    def differs(self, segments: list[bytes]) -> str:
        """Difference of the design from the model where no request overruns its places; empty if there is none."""
        data = b"".join(segments) + PAUSE + frame(bytes([Request.CLASSIFY, 0x55]) + packed(POOL[0]))
        due = self.model().feed(data)
        got = play(self.program, data, length=self.length, window=self.held.identity.slots, patience=PATIENCE)
        if got.output == due and not got.lost:
            return ""
        at = next((at for at, pair in enumerate(zip(got.output, due, strict=False)) if pair[0] != pair[1]),
                  min(len(got.output), len(due)))
        near = slice(max(0, at - 20), at + 20)
        return (f"byte {at} of {len(due)}: ...{due[near].hex()} became ...{got.output[near].hex()}; {got.lost} of "
                f"{got.requests} frames lost")

    def breaks(self, segments: list[bytes]) -> str:
        """Rule that the design breaks at full rate; empty if none."""
        last = frame(bytes([Request.CLASSIFY, 0x55]) + packed(POOL[0]))
        data = b"".join(segments) + PAUSE + last
        got = play(self.program, data, length=self.length, patience=PATIENCE)
        bodies = list(Deframer(2**16).feed(got.output))
        if b"".join(frame(body) for body in bodies if body is not None) != got.output:
            return "a response is not well formed"
        if not got.output.endswith(self.model().feed(last)):
            return "the last image has a wrong response"
        model = iter(Deframer(2**16).feed(self.model().feed(data)))
        for number, body in enumerate(bodies):
            if body is not None and (body[0], body[2:]) != (Reply.ERROR, bytes([Error.OVERRUN])) and body not in model:
                return f"response {number} belongs to no whole frame, or is out of order: {body.hex()}"
        return ""


def overruns(bench: Bench, segments: list[bytes]) -> int:
    """Number of responses at full rate that report a dropped request."""
    output = play(bench.program, b"".join(segments), length=bench.length, patience=PATIENCE).output
    return sum(body is not None and (body[0], body[2:]) == (Reply.ERROR, bytes([Error.OVERRUN]))
               for body in Deframer(2**16).feed(output))


def streams(folder: Path) -> Bench:
    """Bench of the serial endpoint below the UART."""
    return _bench(SerialEndpoint, STREAMS, SPACING, folder)


def pins(folder: Path) -> Bench:
    """The whole design with its UART."""
    return _bench(SerialAccelerator, PINS, MIN_CYCLES, folder)


def loading(folder: Path) -> Bench:
    """Bench of the serial endpoint of a board that takes other networks, below the UART."""
    return _bench(SerialEndpoint, STREAMS, SPACING, folder, fuzzed.loads())


def _bench(design, driver, length, folder, loads=None):
    contents = fuzzed.held(layout=fuzzed.layout() if loads else b"")
    folder.mkdir(parents=True, exist_ok=True)
    verilog = folder / f"{design.__name__}{'Loading' if loads else ''}.v"
    core = Accelerator(NETWORK, FOLDING, encoded=True, reload=bool(loads))
    verilog.write_text(to_verilog(design(core, contents), "fuzzed"))
    return Bench(compiled(verilog, "fuzzed", folder, driver), length, contents, loads or {})


def shortened(segments: list[bytes], fails) -> list[bytes]:
    """The last few segments that still fail, or all."""
    count = 1
    while count < len(segments):
        if fails(segments[-count:]):
            return segments[-count:]
        count *= 2
    return segments


def campaign(check, seed: int, count: int, batch: int = 1000, save: Path = Path("build"), loads=()) -> None:
    """Play ``count`` frames, ``batch`` at a time from reset; ``loads`` as of `Frames`.

    Raises
    ------
    AssertionError
        One batch failed; the message says where its frames are, shortened, and how to get them again.
    """
    for start in range(0, count, batch):
        frames = Frames(seed + start, loads)
        segments = [frames.next() for _ in range(min(batch, count - start))]
        if wrong := check(segments):
            short = shortened(segments, check)
            save.mkdir(parents=True, exist_ok=True)
            (file := save / f"fuzz-{seed + start}.bin").write_bytes(b"".join(short))
            raise AssertionError(f"seed {seed + start}, {len(segments)} frames: {wrong}; the {len(short)} frames that "
                                 f"show it are in {file}")


def main() -> None:
    """Run both campaigns, and a part of them through the pins."""
    parser = argparse.ArgumentParser(description="Fuzz of the serial link in compiled simulation.")
    parser.add_argument("--frames", type=int, default=100_000, help="of each campaign below the UART (%(default)s)")
    parser.add_argument("--pins", type=int, default=10_000, help="of each campaign through the UART (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path("build/fuzz")
    both = ("differs", "breaks")
    for bench, place, count, checks in ((streams(folder), "below the UART", options.frames, both),
                                        (pins(folder), "through the pins", options.pins, both),
                                        (loading(folder), "with loads", options.frames // 10, both[:1])):
        for check in checks:  # of loads that overrun the model cannot know what they leave
            name = {"differs": "each response equal to the model's", "breaks": "at full rate"}[check]
            started = time.monotonic()
            campaign(getattr(bench, check), options.seed, count, loads=bench.blocks)
            print(f"{count:,} frames {place}, {name}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
