# amaranth: UnusedElaboratable=no
# (a part may be refused once the core is made)
"""Files of a vendor's project around a network's core behind AXI4-Stream."""

from typing import Any

from amaranth.hdl import Shape

from quant.dataflow.cores import Resize
from quant.dataflow.folding import Folding, text
from quant.files.artefact import Artefact

from . import emit
from .accelerator import Accelerator
from .buses import bus
from .buses.bus import BusAccelerator
from .emission.projects import PROJECTS, Design

CLOCK_MHZ = 100.0  # that the overlay's processor gives, and all of these families reach


def design(kind: str, source: Artefact, folding: Folding, *, name: str, description: str, version: str,
           part: str | None = None, clock_mhz: float = CLOCK_MHZ, reload: bool = False,
           resize: Resize | None = None) -> tuple[Design, BusAccelerator]:
    """A core behind AXI4-Stream for a project, and its hardware.

    Parameters
    ----------
    kind : str
        Of `PROJECTS`.
    name : str
        Of the core; the top module is ``<name>_axi``.
    part : str, optional
        A board that the kind knows, or a part as the vendor names it.
    clock_mhz : float
        To which timing is constrained.
    reload, resize
        As of `hw.accelerator.Accelerator`.
    """
    network = source.network
    inside = Accelerator(network, folding, reload=reload, resize=resize, narrow=True)
    core = bus.wrap("axi", inside, source.digest)
    return Design(
        top=f"{name}_axi", description=description, version=version, part=PROJECTS[kind].part(part),
        clock_mhz=clock_mhz, ports={port: Shape.cast(member.shape).width
                                    for port, member in core.signature.members.items()},
        about={"input_shape": inside.input_shape, "classes": network.classes, "class_names": network.class_names,
               "steps": network.steps, "digest": source.digest, "folding": text(folding),
               "layout": inside.layout.hex()}), core


def files(kind: str, source: Artefact, folding: Folding, **options: Any) -> dict[str, str]:
    """Text of each file of a project by its name, the Verilog of its top module among them; options as of `design`.

    Raises
    ------
    ToolchainError
        Yosys is missing.
    ValueError
        The part is of no family that the kind knows.
    """
    made, core = design(kind, source, folding, **options)
    return {**PROJECTS[kind].files(made), f"{made.top}.v": emit.to_verilog(core, made.top)}
