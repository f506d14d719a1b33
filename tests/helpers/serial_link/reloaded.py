"""Boards that take other networks: small networks of one shape, and the whole design compiled, pins included."""

import random
from functools import cache

import numpy as np

from hw.emit import to_verilog
from hw.serial_link.uart import MIN_CYCLES
from hw.top import device
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from quant.files.artefact import network_digest
from quant.serial_link.contents import contents
from quant.serial_link.protocol import Request
from quant.serial_link.reload import blocks, layout, load
from quant.timing.simulation import initiation_interval
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS
from sim.vectors import vectors
from tests.cocotb.runner import CACHE
from tests.helpers.serial_link.peer import images

PIXELS, VECTORS, CLOCK_HZ = 36, 2, 12_000_000
FOLDING = parse("2,9,1 6,8,4 1,2,1")  # serial, unrolled over ticks, outputs in turn
TAG = 9


@cache
def network(seed, steps=4):
    """Network of one shape, its weights and thresholds at random."""
    rng = random.Random(seed)

    def layer(kind, most, *shape):
        signs = np.array([rng.choice((-1, 1)) for _ in range(np.prod(shape))]).reshape(shape)
        threshold = tuple(rng.randrange(-1, most) for _ in range(shape[0]))
        return kind(weights=signs, neurons=SingleSpike(threshold=threshold))
    return Network(input_shape=(1, 6, 6), steps=steps, layers=(
        layer(Conv2d, 6, 4, 1, 3, 3), FirstSpikePool(size=2), Flatten(), layer(Dense, 8, 6, 16), layer(Dense, 5, 3, 6)))


def stored(given, count=VECTORS):
    """Test vectors of a network."""
    pixels = np.frombuffer(b"".join(images(count, 7, PIXELS)), np.uint8).reshape(-1, *given.input_shape)
    return vectors(given, pixels) if count else ()


def held(given, folding=FOLDING, resize=None):
    """Contents of a board that takes other networks."""
    return contents(given, folding, digest=network_digest(given), clock_hz=CLOCK_HZ, baud=CLOCK_HZ // MIN_CYCLES,
                    made_by="test", vectors=stored(given), layout=layout(given, folding), resize=resize,
                    cycles_per_image=initiation_interval(chain(given, folding), PIXELS)[0])


def payloads(given, board):
    """Payloads of the requests that load a network into a board of these contents."""
    return blocks(load(board.identity, given, stored(given)), board.identity.capacity)


def requests(given, board):
    """Bodies of these requests."""
    return [bytes([Request.LOAD, TAG]) + payload for payload in payloads(given, board)]


def program(folder, given, folding=FOLDING):
    """The compiled design of a board, whose Verilog is left in ``folder``."""
    (path := folder / "board.v").write_text(to_verilog(device(given, folding, held(given, folding)), "board"))
    return compiled(path, "board", CACHE, PINS)
