"""Port manifest of a core behind a bus."""

from dataclasses import asdict
from typing import Any

from amaranth.hdl import Shape
from amaranth.lib.wiring import In

from .bus import BusAccelerator


def manifest(core: BusAccelerator, top: str) -> dict[str, Any]:
    """Ports of the emitted design, and its registers.

    ``ports``: name to direction and width. ``result`` is empty: results come in words, as of
    `hw.buses.results.ResultWriter`. ``registers``: name, address in bytes, access and meaning. ``layout``, of a core
    that takes other networks: as of `quant.serial_link.reload.layout`, in hexadecimal.
    """
    load = {"layout": core.core.layout.hex()} if core.core.layout else {}
    ports = {name: {"direction": "input" if member.flow == In else "output", "width": Shape.cast(member.shape).width}
             for name, member in core.signature.members.items()}
    return {"top": top, "ports": ports, "result": [], "bus": core.kind,
            "registers": [asdict(row) for row in core.registers.rows], **load}
