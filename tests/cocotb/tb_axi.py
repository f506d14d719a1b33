"""A core behind AXI, driven by the bus models of cocotbext-axi.

The environment's CASE names a JSON file: what `tests.helpers.buses.frames.case` gives, ``periods`` of the bus clock
and, if it has one, the core's, ``stall``, the part of cycles in which both ends of the streams pause, and ``cut``,
cycles after which a first run is ended by a reset.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

PATIENCE = 2_000_000  # ns


class Bench:
    """Bus models at all ports."""

    def __init__(self, dut: Any, case: dict[str, Any]) -> None:
        self.dut, self.case = dut, case
        Clock(dut.aclk, case["periods"][0], unit="ps").start()
        if len(case["periods"]) > 1:
            Clock(dut.core_clk, case["periods"][1], unit="ps").start()
        ends = dut.aclk, dut.aresetn, False
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), *ends)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), *ends)
        self.lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), *ends)
        for seed, model in enumerate((self.source, self.sink)):
            model.set_pause_generator(self.pauses(random.Random(seed)))

    def pauses(self, rng: random.Random) -> Any:
        """In about the case's part of all cycles True."""
        while True:
            yield rng.random() < self.case["stall"]

    async def reset(self, cycles: int = 3) -> None:
        """Forget all that was sent and received."""
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, cycles)
        self.source.clear()
        self.sink.clear()
        self.dut.aresetn.value = 1
        await ClockCycles(self.dut.aclk, 2)

    def send(self) -> None:
        """All frames, with no gap but the pauses."""
        for frame in self.case["frames"]:
            self.source.send_nowait(AxiStreamFrame(bytes.fromhex(frame)))

    async def receive(self) -> tuple[list[int], Any]:
        """Words and TUSER of the next result."""
        frame = await with_timeout(self.sink.recv(), PATIENCE, "ns")
        data = bytes(frame.tdata)
        return [int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)], frame.tuser

    async def register(self, name: str) -> int:
        """Value of a register."""
        return int(await self.lite.read_dword(self.case["addresses"][name]))


@cocotb.test()
async def results_registers_and_errors_are_as_predicted(dut: Any) -> None:
    case = json.loads(Path(os.environ["CASE"]).read_text())
    bench = Bench(dut, case)
    await bench.reset()
    for cycles in case["cut"]:
        bench.send()
        await ClockCycles(dut.aclk, cycles)
        await bench.reset()
    assert await bench.register("STATUS") == 0
    bench.send()
    for place, (words, errors) in enumerate(zip(case["results"], case["errors"], strict=True)):
        seen, user = await bench.receive()
        assert seen == words, f"result {place}"
        assert user == errors, f"result {place}"
    await ClockCycles(dut.aclk, 300)
    assert bench.sink.empty()
    assert {name: await bench.register(name) for name in case["registers"]} == case["registers"]
    before, after = [await bench.register("CYCLES") for _ in range(2)]
    assert 0 < after - before < 20
    assert (await bench.lite.write(case["addresses"]["FRAMES"], bytes(4))).resp == AxiResp.SLVERR
    assert await bench.register("FRAMES") == len(case["frames"])
    assert int(await bench.lite.read_dword(max(case["addresses"].values()) + 4)) == 0
