"""Peer at the other end of a serial link, and faults of the link, for tests of the host driver."""

import os
import random
import select
import threading
import tty
from dataclasses import replace
from functools import cache
from math import prod

import numpy as np

from hw.host.serial_port import POLL_SECONDS, Port
from quant import Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded
from quant.files.artefact import network_digest
from quant.serial_link.coding import of
from quant.serial_link.contents import contents
from quant.serial_link.protocol import IMAGES
from quant.timing.simulation import initiation_interval
from sim.compiled.board_model import Device
from sim.functional.network import run
from sim.vectors import vectors

PATIENCE = 600  # seconds; a peer in a thread responds in any of them, however busy the machine is
NETWORK = Network(input_shape=(1, 4, 4), steps=6, layers=(
    Flatten(), Dense(weights=[[1, -1] * 8, [1] * 16, [-1, -1, 1, 1] * 4],
                     neurons=SingleSpike(threshold=(20, 30, 12), psp=Ramp()))))
OTHER = Network(input_shape=(1, 4, 4), steps=6, layers=(
    Flatten(), Dense(weights=[[1, -1] * 8, [1] * 16, [-1, -1, 1, 1] * 4], neurons=SingleSpike(threshold=(9, 12, 8)))))


def images(count, seed=0, pixels=16):
    rng = random.Random(seed)
    return [bytes(rng.choice((0, 0x7D, 0x7E, rng.randrange(256))) for _ in range(pixels)) for _ in range(count)]


@cache
def stored():
    pixels = np.frombuffer(b"".join(images(3, seed=9)), np.uint8).reshape(-1, *NETWORK.input_shape)
    return vectors(NETWORK, pixels)


def device(network=NETWORK, vectors=None, slots=2, **fields):
    """Model of a board that holds a small network of three classes."""
    fields = {"clock_hz": 12e6, "baud": 1_000_000, "made_by": "", **fields}
    held = contents(network, folded(network), digest=network_digest(network),
                    vectors=stored() if vectors is None else vectors,
                    cycles_per_image=initiation_interval(chain(network, folded(network)),
                                                         prod(network.input_shape))[0], **fields)
    return Device(network, folded(network), replace(held, identity=replace(held.identity, slots=slots)))


def expected(sent, network=NETWORK):
    """Class, tick and potentials of each image."""
    outcome = run(network, np.frombuffer(b"".join(sent), np.uint8).reshape(-1, *network.input_shape))
    return [(int(c), int(t), tuple(v)) for c, t, v in zip(outcome.class_index, outcome.tick,
                                                           outcome.potentials.tolist(), strict=True)]


def seen(results):
    """Class, tick and potentials of each result of a board."""
    return [(result.class_index, result.tick, result.potentials) for result in results]


def packed(*images, network=NETWORK):
    """Payload of a CLASSIFY."""
    return IMAGES.pack(len(images)) + b"".join(map(of(chain(network, folded(network))).pack, images))


class Noise:
    """Serial link that flips a bit of, drops or doubles about one byte in ``rarity``."""

    def __init__(self, rarity, seed=0):
        self.rarity, self.rng = rarity, random.Random(seed)

    def __call__(self, data):
        return b"".join(self._byte(byte) for byte in data)

    def _byte(self, byte):
        if self.rng.randrange(self.rarity):
            return bytes([byte])
        flipped, another = byte ^ 1 << self.rng.randrange(8), self.rng.randrange(256)
        return self.rng.choice((b"", bytes([flipped]), bytes([byte, another])))


class SimulatedPort(Port):
    """Port whose peer responds by ``feed`` in the same process; its clock goes on only where something waits.

    ``there``, ``back`` and ``greeting`` as of `Peer`; with ``drip`` a byte comes at a time, each after so many seconds.
    """

    def __init__(self, feed, *, there=bytes, back=bytes, greeting=b"", drip=0.0):
        self.name, self.now = "test", 0.0
        self.feed, self.there, self.back, self.waiting, self.drip = feed, there, back, greeting, drip

    def clock(self):
        return self.now

    def write(self, data):
        self.waiting += self.back(self.feed(self.there(data)))

    def read(self):
        count = 1 if self.drip else len(self.waiting)
        self.now += self.drip if self.waiting else POLL_SECONDS
        data, self.waiting = self.waiting[:count], self.waiting[count:]
        return data

    def close(self):
        pass


class Peer:
    """Pseudo terminal whose far end responds by ``feed``; a context manager that gives the name of its port.

    ``there`` and ``back`` are what the link does to the bytes; ``greeting`` is there before the first request.
    """

    def __init__(self, feed, *, hang_up_after=None):
        self.feed, self.hang_up_after, self.given = feed, hang_up_after, 0

    def __enter__(self):
        self.board, self.port = os.openpty()
        tty.setraw(self.port)
        self.name = os.ttyname(self.port)
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.stop_write, b"x")
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        for end in (self.board, self.port, self.stop_read, self.stop_write):
            if end is not None:
                os.close(end)

    def _run(self):
        while self.board is not None:
            ready, _, _ = select.select([self.board, self.stop_read], [], [])
            if self.stop_read in ready:
                return
            self._write(self.feed(os.read(self.board, 4096)))

    def _write(self, data):
        left = len(data) if self.hang_up_after is None else self.hang_up_after - self.given
        if data[:left]:
            os.write(self.board, data[:left])
        self.given += len(data)
        if len(data) >= left and self.hang_up_after is not None:
            os.close(self.port)  # its own copy of the near end, so that the driver's is the last
            os.close(self.board)
            self.board = self.port = None
