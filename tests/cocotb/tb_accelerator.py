"""A whole accelerator: images in, and every transfer at every border against what the golden model says.

The environment's CASE names a JSON file: ``words`` (pixels), ``input_gap`` and ``output_stall`` (codes of patterns),
``limit`` (cycles), and ``expected``: for "i" the cycle, for "o" and each tap [cycle, payload] of every transfer. More
transfers than expected are refused at "o" alone; see `tests.cocotb.accelerator.expectations`.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb

from sim.stalls import from_code
from tests.cocotb.ports import Monitor, Sink, Source, Stream, reset, run

SPARE = 50  # cycles after the last result, in which no other may come


def difference(name: str, seen: list[Any], expected: list[Any]) -> str:
    """The first transfer that is not as expected, in words; empty if there is none."""
    for at in range(max(len(seen), len(expected))):
        pair = [items[at] if at < len(items) else None for items in (seen, expected)]
        if pair[0] != pair[1]:
            return f"{name}: transfer {at} must be {pair[1]}, not {pair[0]}"
    return ""


@cocotb.test()
async def every_transfer_is_as_predicted(dut: Any) -> None:
    case = json.loads(Path(os.environ["CASE"]).read_text())
    expected = {name: [tuple(item) for item in items] for name, items in case["expected"].items() if name != "i"}
    source = Source(Stream(dut, "i"), case["words"], from_code(case["input_gap"]))
    monitors = [Monitor(Stream(dut, name)) for name in expected]
    outputs = monitors[list(expected).index("o")]
    await reset(dut)
    try:
        await run(dut, [source, Sink(outputs.stream, from_code(case["output_stall"])), *monitors],
                  lambda: len(outputs.transfers) >= len(expected["o"]), patience=case["limit"], spare=SPARE)
    finally:
        differences = [difference("i", source.cycles, case["expected"]["i"])]
        for monitor in monitors:
            name, wanted = monitor.stream.name, expected[monitor.stream.name]
            seen = monitor.transfers if name == "o" else monitor.transfers[:len(wanted)]
            differences.append(difference(name, seen, wanted))
        for line in filter(None, differences):
            dut._log.error(line)
    assert not any(differences)
