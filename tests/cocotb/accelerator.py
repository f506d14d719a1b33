"""Verification of an emitted accelerator: cycle and payload of every transfer at every border."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hw.accelerator import Accelerator
from hw.emit import TOP, to_verilog
from quant.dataflow.chain import Node, every
from quant.timing.simulation import run_images
from sim.cycle.payload import borders
from sim.cycle.stalls import Pattern
from sim.cycle.wires import bits
from tests.cocotb.runner import simulate

Images = Sequence[Sequence[int]]


def expectations(nodes: Sequence[Node], images: Images, input_gap: Pattern, output_stall: Pattern) -> dict[str, Any]:
    """Cycles of the input transfers at "i"; [cycle, payload] of each transfer at "o" and at each "tap_<core>".

    At a tap those that belong to the images and come until the last result is out: a pad runs ahead into the next
    image, and behind an early decision the last ticks trail.
    """
    words = borders(nodes, images)
    decisions = [word[1] for word in words[nodes[-1].name]]
    times = run_images(nodes, pixels=len(images[0]), decisions=decisions, source=input_gap, sink=output_stall)
    taps = {f"tap_{node.name}": [[cycle, bits(node.core, word)] for cycle, word in
                                 zip(times.borders[node.name], words[node.name], strict=False)]
            for node in every(nodes)}
    return {"i": times.inputs, "o": taps[f"tap_{nodes[-1].name}"], **taps}


def before(expected: dict[str, Any], cycle: int) -> dict[str, Any]:
    """The part of expectations that a reset in ``cycle`` leaves."""
    cycles = {name: [item if name == "i" else item[0] for item in items] for name, items in expected.items()}
    return {name: [item for item, at in zip(items, cycles[name], strict=True) if at < cycle]
            for name, items in expected.items()}


def verify(core: Accelerator, images: Images, folder: Path, *, input_gap: Pattern, output_stall: Pattern,
           resets: Sequence[int] = ()) -> None:
    """Stream ``images`` through ``core`` as emitted in Verilog, under cocotb.

    Parameters
    ----------
    core : Accelerator
        With or without taps.
    images : sequence of sequences of int
        Pixels in the order row, column, channel.
    folder : Path
        Where the Verilog, the case and the log go.
    input_gap, output_stall : Pattern
        Stalls at both ends.
    resets : sequence of int
        Before that, the images stream in reverse order, once for each entry, and are cut off after so many cycles.

    Raises
    ------
    AssertionError
        A transfer differs from the prediction; with the end of the log.
    """
    def part(images: Images) -> dict[str, Any]:
        expected = expectations(core.nodes, images, input_gap, output_stall)
        if not core.taps:
            expected = {name: expected[name] for name in ("i", "o")}
        return {"words": [pixel for image in images for pixel in image], "expected": expected}

    case, other = part(images), part(images[::-1]) if resets else {}
    cut = [{"words": other["words"], "cycles": cycle, "expected": before(other["expected"], cycle)} for cycle in resets]
    folder.mkdir(parents=True, exist_ok=True)
    file, verilog = folder / "case.json", folder / f"{TOP}.v"
    file.write_text(json.dumps(case | {"cut": cut, "input_gap": input_gap.code, "output_stall": output_stall.code,
                                       "limit": case["expected"]["o"][-1][0] + 1000}))
    verilog.write_text(to_verilog(core))
    simulate(verilog, TOP, "tests.cocotb.tb_accelerator", folder, {"CASE": str(file)})
