"""A core behind Wishbone, driven by the bus model of cocotbext-wishbone as a processor would.

The environment's CASE names a JSON file, as of `tests.cocotb.tb_axi` but for ``stall``. Words are written in bursts as
long as there is space, results are read when there is a word, by turns that differ from frame to frame.
"""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from cocotbext.wishbone.driver import WBOp, WishboneMaster

PATIENCE = 20_000  # turns
SIGNALS = {name: name for name in ("cyc", "stb", "we", "adr", "sel", "ack")} | {"datwr": "dat_w", "datrd": "dat_r"}
WORD = 4


class Bench:
    """A processor's view of the registers."""

    def __init__(self, dut: Any, case: dict[str, Any]) -> None:
        self.dut, self.case = dut, case
        Clock(dut.clk, case["periods"][0], unit="ps").start()
        if len(case["periods"]) > 1:
            Clock(dut.core_clk, case["periods"][1], unit="ps").start()
        self.bus = WishboneMaster(dut, "wb", dut.clk, width=32, timeout=20, signals_dict=SIGNALS)
        self.rng = random.Random(0)
        self.frames: list[bytes] = []
        self.results: list[list[int]] = []
        self.errors: list[int] = []

    async def reset(self) -> None:
        """Hold reset over three cycles."""
        self.dut.rst.value = 1
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        await ClockCycles(self.dut.clk, 1)
        self.results, self.errors = [], []
        self.words = [word for frame in self.case["frames"] for word in self.words_of(frame)]

    def words_of(self, frame: str) -> list[tuple[str, int]]:
        """Writes that send a frame."""
        words = [int.from_bytes(bytes.fromhex(frame)[at:at + WORD], "little") for at in range(0, len(frame) // 2, WORD)]
        return [*(("PIXELS", word) for word in words[:-1]), ("PIXELS_LAST", words[-1])]

    async def access(self, *operations: tuple[str, int | None]) -> list[int]:
        """Reads (None) and writes of registers in one cycle of the bus, one after the other."""
        done = await self.bus.send_cycle([
            WBOp(self.case["addresses"][name] // WORD, word, idle=self.rng.choice((0, 0, 1)))
            for name, word in operations])
        return [int(result.datrd) if word is None else 0 for result, (_, word) in zip(done, operations, strict=True)]

    async def turn(self) -> None:
        """Look, then write some words or take one."""
        status, space = await self.access(("STATUS", None), ("SPACE", None))
        if self.words and space and self.rng.random() < 0.5:
            count = self.rng.randint(1, space)
            now, self.words = self.words[:count], self.words[count:]
            await self.access(*now)
        elif status & 2:
            word, = await self.access(("RESULT", None))
            if status & 4:
                self.results.append([])
                self.errors.append(status >> 4)
            assert status >> 4 == self.errors[-1]
            self.results[-1].append(word)
            assert (len(self.results[-1]) == 1 + self.case["registers"]["CLASSES"]) == bool(status & 8)

    async def drain(self, done: Callable[[int], bool]) -> None:
        """Take words of results until the status is as it should be for 60 turns together, and forget them."""
        quiet = 0
        for _ in range(PATIENCE):
            status, _ = await self.access(("STATUS", None), ("RESULT", None))
            quiet = quiet + 1 if done(status) else 0
            if quiet == 60:
                return
        raise TimeoutError(f"the status is still {status:#b}")


@cocotb.test()
async def results_registers_and_errors_are_as_predicted(dut: Any) -> None:
    case = json.loads(Path(os.environ["CASE"]).read_text())
    bench = Bench(dut, case)
    await bench.reset()
    for turns in case["cut"]:
        for _ in range(turns):
            await bench.turn()
        await bench.reset()
    for _ in range(PATIENCE):
        await bench.turn()
        if not bench.words and sum(map(len, bench.results)) == sum(map(len, case["results"])):
            break
    assert bench.results == case["results"]
    assert bench.errors == case["errors"]
    await ClockCycles(dut.clk, 100)
    seen = await bench.access(*((name, None) for name in case["registers"]))
    assert dict(zip(case["registers"], seen, strict=True)) == case["registers"]
    await overrun(bench)


async def overrun(bench: Bench) -> None:
    """Words without space are lost and counted; once a frame has ended the next one is right."""
    case = bench.case
    place = max(at for at, errors in enumerate(case["errors"]) if not errors)
    frame = bench.words_of(case["frames"][place])
    lost, space = 0, 1
    while not lost or space:  # a slow core takes words after the first that are lost
        await bench.access(*frame)
        lost, space = await bench.access(("LOST", None), ("SPACE", None))
    await bench.drain(lambda status: status & 2 == 0)
    while not (await bench.access(("SPACE", None)))[0]:
        await bench.drain(lambda status: status & 2 == 0)
    await bench.access(("PIXELS_LAST", 0))
    await bench.drain(lambda status: status == 0)
    bench.words, bench.results, bench.errors = frame, [], []
    while not bench.results or len(bench.results[0]) < len(case["results"][place]):
        await bench.turn()
    assert (bench.results, bench.errors) == ([case["results"][place]], [0])
    assert await bench.access(("RESULT", None), ("STATUS", None)) == [0, 0]
