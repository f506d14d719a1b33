"""The board that is fuzzed: its network, what its bitstream holds, and the loads that it may get."""

from dataclasses import replace

import numpy as np

from hw.serial_link.uart import MIN_CYCLES
from quant import Dense
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from quant.description.network import Network
from quant.files.artefact import network_digest
from quant.files.vectors import Vector
from quant.serial_link import reload
from quant.serial_link.contents import Contents, contents
from quant.timing.simulation import initiation_interval
from sim.vectors import vectors
from tests.helpers.serial_link.peer import NETWORK, images

FOLDING = parse("3,4,2")
CLOCK_HZ = 12_000_000
PIXELS = 16
FLATTEN, DENSE = NETWORK.layers
OTHER = replace(NETWORK, layers=(FLATTEN, Dense(
    weights=[[1, 1, -1, -1] * 4, [-1, 1] * 8, [1, -1, -1, -1] * 4],
    neurons=replace(DENSE.neurons, threshold=(9, 4, 14)))))
"""Of the shape of `NETWORK`."""


def held(network: Network = NETWORK, layout: bytes = b"") -> Contents:
    """Contents of the board under test; without a layout of 2 slots, so that an overrun is near."""
    cycles, _ = initiation_interval(chain(network, FOLDING), PIXELS)
    made = contents(network, FOLDING, digest=network_digest(network), vectors=stored(network), clock_hz=CLOCK_HZ,
                    baud=CLOCK_HZ // MIN_CYCLES, cycles_per_image=cycles, made_by="fuzz", layout=layout)
    return made if layout else replace(made, identity=replace(made.identity, slots=2))


def stored(network: Network) -> tuple[Vector, ...]:
    """Test vectors of a network."""
    pixels = np.frombuffer(b"".join(images(3, seed=9)), np.uint8).reshape(-1, *network.input_shape)
    return vectors(network, pixels)


def layout() -> bytes:
    """Of the board, if it takes other networks."""
    return reload.layout(NETWORK, FOLDING)


def loads() -> dict[bytes, tuple[Network, Contents]]:
    """All bytes of the loads of two networks, and what the board is then."""
    made = {network: held(network, layout()) for network in (NETWORK, OTHER)}
    return {reload.load(contents.identity, network, stored(network)): (network, contents)
            for network, contents in made.items()}
