"""RTLIL and Verilog of a network's core, its port manifest, and the folder that holds them with what tools need."""

import hashlib
import re
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Shape
from amaranth.lib import data, wiring

from quant.dataflow.folding import Folding, text

from .accelerator import Accelerator
from .bitstream import folder, toolchain
from .buses import BUSES, BusAccelerator
from .buses.manifest import manifest as bus_manifest
from .emission import fusesoc, vhdl
from .emission.example import example
from .emission.waivers import waivers
from .names import plain

TOP = "binspike"
KEYWORDS = frozenset("""\
always and assign automatic begin buf case casex casez cell config default defparam design disable edge else end
endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable endtask event for force forever
fork function generate genvar if ifnone include initial inout input instance integer join large liblist library
localparam medium module nand negedge nmos nor noshowcancelled not or output parameter pmos posedge primitive pulldown
pullup real realtime reg release repeat scalared signed small specify specparam strength strong supply table task time
tran tri trior unsigned use uwire vectored wait wand weak while wire wor xnor xor""".split())  # of IEEE 1364-2005
# As `amaranth.back.verilog` writes it, which takes a component alone, and starts Yosys twice.
YOSYS = """\
read_rtlil design.il
proc -nomux -norom
memory_collect
attrmap {attributes}
attrmap -modattr {attributes}
write_verilog -norename design.v
""".format(attributes=" ".join(f"-remove {name}" for name in (
    "generator", "top", "src", "amaranth.hierarchy", "amaranth.decoding")))
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_ASSERT = re.compile(r"(^ +if \(!.*\)\n +\$write\(.*\);\n)?^( +)assert \((.*)\);\n", re.MULTILINE)
_NO_BITS = re.compile(r"^  (wire|reg) \[-1:0\] .*;\n", re.MULTILINE)  # Verilog has no such thing: it would be two


def default_name(digest: str, folding: Folding, *options: str) -> str:
    """Name of the top module of a network, by its digest, in a folding; designs that differ have different names.

    Parameters
    ----------
    digest : str
    folding : Folding
    options : str
        What else makes a design another: the kind of its bus, and that it has a clock of its own.
    """
    return f"{TOP}_{hashlib.sha256(' '.join([digest, text(folding), *options]).encode()).hexdigest()[:8]}"


def check_name(name: str) -> str:
    """``name``, if a Verilog module can be called so.

    Raises
    ------
    ValueError
        It cannot.
    """
    if not _NAME.fullmatch(name) or name in KEYWORDS:
        raise ValueError(f"name must be a Verilog name of letters, digits and underscores, at most 200, not {name!r}")
    return name


def to_rtlil(core: wiring.Component, top: str = TOP) -> str:
    """RTLIL of any core; the same bytes for the same network and folding, on any machine."""
    return plain(rtlil.convert(core, name=top, emit_src=False))


def to_verilog(core: wiring.Component, top: str = TOP) -> str:
    """Verilog, without the banner of the Yosys that wrote it; the same bytes under the same Yosys.

    It is Verilog-2005, which has no assertions: a violated one stops the simulation, by a statement that is hidden from
    tools that define SYNTHESIS, as synthesis tools do.

    Raises
    ------
    ToolchainError
        Yosys is missing, or refuses the design.
    """
    checked = _ASSERT.sub(r"`ifndef SYNTHESIS\n\1\2if (!(\3)) $stop;\n`endif\n",
                          from_rtlil(to_rtlil(core, top)).partition("\n\n")[2])
    return _NO_BITS.sub("", checked)


def from_rtlil(text: str) -> str:
    """Verilog of a design in RTLIL, as Yosys writes it."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "design.il").write_text(text)
        (scratch / "verilog.ys").write_text(YOSYS)
        status, said = toolchain.run("yosys", ["-q", "verilog.ys"], scratch)
        if status:
            raise toolchain.ToolchainError(f"yosys failed with status {status}: {said.strip()[-2000:] or 'no message'}")
        return (scratch / "design.v").read_text()


def _field(name: str, field: data.Field) -> dict[str, Any]:
    shape, length = field.shape, None
    if isinstance(shape, data.ArrayLayout):
        shape, length = shape.elem_shape, shape.length
    bits = Shape.cast(shape)
    return {"name": name, "offset": field.offset, "width": bits.width, "signed": bits.signed, "length": length}


def manifest(core: Accelerator, top: str = TOP) -> dict[str, Any]:
    """Ports of the emitted design and the fields of its result, and of an event where it takes some.

    ``ports``: name to direction and width. ``result``: name, offset of the lowest bit in ``o__payload``, width of one
    number, whether it is signed, how many there are in an array (null: no array). ``event``: the same of
    ``i__payload``.
    """
    result, taken = core.o.payload.shape(), core.signature.members["i"].signature.members["payload"].shape
    widths = {"clk": ("input", 1), "rst": ("input", 1),
              "i__payload": ("input", Shape.cast(taken).width), "i__valid": ("input", 1), "i__ready": ("output", 1),
              "o__payload": ("output", result.size), "o__valid": ("output", 1), "o__ready": ("input", 1)}
    if core.taps:
        for name in core.components:
            tap = getattr(core, f"tap_{name}")
            widths |= {f"tap_{name}__{port}": ("output", len(getattr(tap, port)))
                       for port in ("valid", "ready", "payload")}
    return {"top": top, "ports": {name: {"direction": way, "width": width} for name, (way, width) in widths.items()},
            **({"event": [_field(name, field) for name, field in taken]}
               if isinstance(taken, data.StructLayout) else {}),
            "result": [_field(name, field) for name, field in result]}


def write(core: Accelerator | BusAccelerator, out: Path, name: str, description: str,
          more: Mapping[str, str] | None = None) -> None:
    """Write the core in all forms, and what tools need beside it, into the folder ``out``; everything or nothing.

    Parameters
    ----------
    core : Accelerator or BusAccelerator
    name : str
        Of the top module. The names of all others begin with it and a dot, so designs of different names can be in one.
    description : str
        What the core computes: one line without quotes.
    more : mapping of str to str
        Further files.

    Raises
    ------
    ToolchainError
        Yosys is missing.
    ValueError
        ``out`` holds something else, or no module can be called so.
    """
    check_name(name)
    if isinstance(core, BusAccelerator):
        design = bus_manifest(core, name)
        beside = {suffix: made(design, description) for suffix, made in BUSES[core.kind].beside.items()}
    else:
        design = manifest(core, name)
        beside = {"_example.v": example(design)}
    with folder.replacing(folder.check(out)) as scratch:
        for suffix, content in {
                **beside, ".il": to_rtlil(core, name), ".v": to_verilog(core, name),
                ".vhd": vhdl.package(design, description), ".vlt": waivers(name),
                ".core": fusesoc.core_file(name, version("binspike"), description)}.items():
            (scratch / f"{name}{suffix}").write_text(content, encoding="utf-8")
        for file, content in (more or {}).items():
            (scratch / file).write_text(content, encoding="utf-8")
        folder.write_json(scratch / "ports.json", design)
        folder.write_manifest(scratch, toolchain.versions(["yosys"]))
