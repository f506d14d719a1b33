"""Port manifest of a core behind a bus."""

from dataclasses import asdict
from typing import Any

from amaranth.hdl import Shape
from amaranth.lib.wiring import In

from .bus import BUSES, BusAccelerator


def manifest(core: BusAccelerator, top: str) -> dict[str, Any]:
    """Ports of the emitted design, and its registers.

    ``ports``: name to direction and width. ``result`` is empty: results come in words, as of
    `hw.buses.results.ResultWriter`. ``registers``: name, address in bytes, access and meaning.
    """
    ports = {name: {"direction": "input" if member.flow == In else "output", "width": Shape.cast(member.shape).width}
             for name, member in core.signature.members.items()}
    return {"top": top, "ports": ports, "result": [], "bus": core.kind,
            "registers": [asdict(row) for row in BUSES[core.kind].registers]}
