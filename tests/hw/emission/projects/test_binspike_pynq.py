import json
import sys
import types

import numpy as np

from hw.buses.registers import table
from sim.functional.network import run
from tests.helpers.emission.projects import SOURCE
from tests.helpers.emission.projects import written as written  # noqa: PLC0414
from tests.helpers.refusals import refused

ROWS = table(window=False, reload=True)


def driver(written):
    """The driver as a module, as it was written."""
    module = types.ModuleType("binspike_pynq")
    exec(compile((written[0] / "binspike_pynq.py").read_text(), "binspike_pynq.py", "exec"), module.__dict__)
    return module


class Channel:
    def __init__(self, transfer):
        self.transfer, self.wait = transfer, lambda: None


class Board(types.ModuleType):
    """The module pynq with one overlay, whose DMA answers by the golden model."""

    def __init__(self, digest):
        super().__init__("pynq")
        self.digest, self.waits = digest, None
        self.dma = types.SimpleNamespace(sendchannel=Channel(self.send), recvchannel=Channel(self.receive))
        self.core = types.SimpleNamespace(read=self.read, write=self.write)
        self.status, self.written = 1, []

    def Overlay(self, bitfile):  # noqa: N802  # pynq's name
        return self

    def allocate(self, shape, dtype):
        return np.zeros(shape, dtype)

    def write(self, address, value):
        self.written.append((ROWS[address // 4].name, value))

    def read(self, address):
        if address > 0x40:
            return {"LAYOUT": 77, "LOAD_STATUS": self.status}[ROWS[address // 4].name]
        return 0x6273706B if address == 0 else int(self.digest[(address - 0x20) * 2:][:8], 16)

    def receive(self, buffer):
        self.waits = buffer

    def send(self, buffer):
        channels, height, width = SOURCE.network.input_shape
        outcome = run(SOURCE.network, buffer.reshape(1, height, width, channels).transpose(0, 3, 1, 2))
        self.waits[0] = outcome.class_index[0] | outcome.tick[0] << 16
        self.waits[1:] = outcome.potentials[0].astype(np.int32).view(np.uint32)


def test_the_driver_gives_the_golden_results(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynq", Board(SOURCE.digest))
    assert json.loads((written[0] / "eye_axi.json").read_text())["digest"] == SOURCE.digest
    overlay = driver(written).Overlay(written[0] / "eye_axi.bit")
    images = np.random.default_rng(1).integers(0, 256, (5, *SOURCE.network.input_shape), np.uint8)
    golden = run(SOURCE.network, images)
    assert overlay.classify(images).tolist() == golden.class_index.tolist()
    _, ticks, potentials = overlay.results(images)
    assert ticks.tolist() == golden.tick.tolist()
    assert potentials.tolist() == golden.potentials.tolist()
    with refused(r"^images must be uint8 of shape \(count, 1, 6, 6\), not int64 of"):
        overlay.classify(images.astype(np.int64))


def test_the_driver_refuses_another_network(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynq", Board("12" * 32))
    with refused(f"^overlay must hold network {SOURCE.digest[:16]}, not 1212121212121212$"):
        driver(written).Overlay(written[0] / "eye_axi.bit")


def test_the_driver_loads_another_network(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynq", board := Board(SOURCE.digest))
    overlay, file = driver(written).Overlay(written[0] / "eye_axi.bit"), written[0] / "other.bin"
    np.array([77, 5, 6], "<u4").tofile(file)
    with refused("^overlay must be of a core that takes other networks: binspike emit --reload$"):
        overlay.load(file)
    overlay.about["layout"] = "00"
    overlay.load(file)
    assert board.written == [("LOAD_BEGIN", 77), ("LOAD", 5), ("LOAD", 6)]
    board.status = 3
    with refused("^network must reach the core as it is; load it again$"):
        overlay.load(file)
    np.array([78, 5], "<u4").tofile(file)
    with refused("^network must have the shape of the core's, in its folding$"):
        overlay.load(file)
