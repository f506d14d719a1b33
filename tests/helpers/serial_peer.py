"""Peer at the other end of a serial link, and faults of the link, for tests of the host driver."""

import os
import random
import select
import threading
import time
import tty
from dataclasses import replace
from functools import cache
from math import prod

import numpy as np

from quant import Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded
from quant.files.artefact import network_digest
from quant.serial_link.contents import contents
from quant.timing.simulation import initiation_interval
from sim.compiled.board_model import Device
from sim.functional.network import run
from sim.vectors import vectors

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


class Peer:
    """Pseudo terminal whose far end responds by ``feed``; a context manager that gives the name of its port.

    ``there`` and ``back`` are what the link does to the bytes; ``greeting`` is there before the first request.
    """

    def __init__(self, feed, *, there=bytes, back=bytes, greeting=b"", drip=None, hang_up_after=None):
        self.feed, self.there, self.back, self.greeting = feed, there, back, greeting
        self.drip, self.hang_up_after = drip, hang_up_after
        self.got, self.given = b"", 0

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
        self.thread.join(10)
        assert not self.thread.is_alive()
        for end in (self.board, self.port, self.stop_read, self.stop_write):
            if end is not None:
                os.close(end)

    def _run(self):
        self._write(self.greeting)
        while self.board is not None:
            ready, _, _ = select.select([self.board, self.stop_read], [], [])
            if self.stop_read in ready:
                return
            data = os.read(self.board, 4096)
            self.got += data
            self._write(self.back(self.feed(self.there(data))))

    def _write(self, data):
        pieces = [data[at:at + 1] for at in range(len(data))] if self.drip else [data]
        for piece in pieces:
            if self.hang_up_after is not None and self.given + len(piece) >= self.hang_up_after:
                piece = piece[:self.hang_up_after - self.given]
                os.write(self.board, piece)
                os.close(self.port)  # its own copy of the near end, so that the driver's is the last
                os.close(self.board)
                self.board = self.port = None
                return
            if piece:
                os.write(self.board, piece)
            self.given += len(piece)
            if self.drip:
                time.sleep(self.drip)
