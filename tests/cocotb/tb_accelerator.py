"""A whole accelerator: images in, and every transfer at every border against what the golden model says.

The environment's CASE names a JSON file: ``words`` (pixels), ``input_gap`` and ``output_stall`` (codes of patterns),
``limit`` (cycles), and ``expected``: for "i" the cycle, for "o" and each tap [cycle, payload] of every transfer. More
transfers than expected are refused at "o" alone; see `tests.cocotb.accelerator.expectations`. ``cut`` lists what comes
before: ``words`` and ``expected`` of streams that are cut off after ``cycles`` by a reset.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb

from sim.cycle.stalls import from_code
from tests.cocotb.ports import Monitor, Sink, Source, Stream, Timer, reset, run, start

SPARE = 50  # cycles after the last result, in which no other may come


def difference(name: str, seen: list[Any], expected: list[Any]) -> str:
    """The first transfer that is not as expected, in words; empty if there is none."""
    for at in range(max(len(seen), len(expected))):
        pair = [items[at] if at < len(items) else None for items in (seen, expected)]
        if pair[0] != pair[1]:
            return f"{name}: transfer {at} must be {pair[1]}, not {pair[0]}"
    return ""


async def stream(dut: Any, case: dict[str, Any], part: dict[str, Any]) -> list[str]:
    """From reset on, what differs in one part of the case."""
    expected = {name: [tuple(item) for item in items] for name, items in part["expected"].items() if name != "i"}
    source = Source(Stream(dut, "i"), part["words"], from_code(case["input_gap"]))
    monitors = [Monitor(Stream(dut, name)) for name in expected]
    outputs = monitors[list(expected).index("o")]
    timer = Timer()
    done = (lambda: timer.cycles == part["cycles"]) if "cycles" in part else (
        lambda: len(outputs.transfers) >= len(expected["o"]))
    await reset(dut)
    try:
        await run(dut, [source, Sink(outputs.stream, from_code(case["output_stall"])), *monitors, timer], done,
                  patience=case["limit"], spare=0 if "cycles" in part else SPARE)
    finally:
        differences = [difference("i", source.cycles, part["expected"]["i"])]
        for monitor in monitors:
            name, wanted = monitor.stream.name, expected[monitor.stream.name]
            seen = monitor.transfers if name == "o" or "cycles" in part else monitor.transfers[:len(wanted)]
            differences.append(difference(name, seen, wanted))
        for line in filter(None, differences):
            dut._log.error(line)
    return list(filter(None, differences))


@cocotb.test()
async def every_transfer_is_as_predicted(dut: Any) -> None:
    case = json.loads(Path(os.environ["CASE"]).read_text())
    start(dut)
    for part in (*case.get("cut", []), case):
        assert not await stream(dut, case, part)
