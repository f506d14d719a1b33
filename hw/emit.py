"""RTLIL and Verilog of a network's core, its port manifest and an example of its use in a Verilog design."""

import os
import re
from pathlib import Path
from typing import Any

from amaranth.back import rtlil, verilog
from amaranth.hdl import Shape
from amaranth.lib import data, wiring

from .accelerator import Accelerator
from .bitstream import folder, toolchain
from .names import plain

TOP = "binspike"
_ASSERT = re.compile(r"(^ +if \(!.*\)\n +\$write\(.*\);\n)?^ +assert \(.*\);\n", re.MULTILINE)


def to_rtlil(core: wiring.Component, top: str = TOP) -> str:
    """RTLIL of any core; the same bytes for the same network and folding, on any machine."""
    return plain(rtlil.convert(core, name=top, emit_src=False))


def to_verilog(core: Accelerator, top: str = TOP) -> str:
    """Verilog, without the banner of the Yosys that wrote it; the same bytes under the same Yosys.

    Its assertions are hidden from tools that define SYNTHESIS, as synthesis tools do; so it is Verilog-2005 for them.

    Raises
    ------
    ToolchainError
        Yosys is missing.
    """
    os.environ.update(toolchain.environment())
    # verilog.convert takes no RTLIL; this is what it calls
    text = verilog._convert_rtlil_text(to_rtlil(core, top), strip_internal_attrs=True)
    return _ASSERT.sub(r"`ifndef SYNTHESIS\n\g<0>`endif\n", text.partition("\n\n")[2])


def _field(name: str, field: data.Field) -> dict[str, Any]:
    shape, length = field.shape, None
    if isinstance(shape, data.ArrayLayout):
        shape, length = shape.elem_shape, shape.length
    bits = Shape.cast(shape)
    return {"name": name, "offset": field.offset, "width": bits.width, "signed": bits.signed, "length": length}


def manifest(core: Accelerator, top: str = TOP) -> dict[str, Any]:
    """Ports of the emitted design and the fields of its result.

    ``ports``: name to direction and width. ``result``: name, offset of the lowest bit in ``o__payload``, width of one
    number, whether it is signed, how many there are in an array (null: no array).
    """
    result = core.o.payload.shape()
    widths = {"clk": ("input", 1), "rst": ("input", 1),
              "i__payload": ("input", 8), "i__valid": ("input", 1), "i__ready": ("output", 1),
              "o__payload": ("output", result.size), "o__valid": ("output", 1), "o__ready": ("input", 1)}
    if core.taps:
        for name in core.components:
            tap = getattr(core, f"tap_{name}")
            widths |= {f"tap_{name}__{port}": ("output", len(getattr(tap, port)))
                       for port in ("valid", "ready", "payload")}
    return {"top": top, "ports": {name: {"direction": way, "width": width} for name, (way, width) in widths.items()},
            "result": [_field(name, field) for name, field in result]}


EXAMPLE = """\
// One image in, one result out. Both ends are streams: a word moves in each cycle with valid and ready high; valid
// may not wait for ready, and a payload holds while it is stalled. Images may follow each other with no gap or reset.
module example (
    input  wire       clk,
    input  wire       rst,          // synchronous, active high
    input  wire [7:0] pixel,        // row, column, channel
    input  wire       pixel_valid,
    output wire       pixel_ready,
{ports}
    output wire       result_valid,
    input  wire       result_ready
);
    wire [{top_bit}:0] result;
    {top} core (
        .clk(clk), .rst(rst),
        .i__payload(pixel), .i__valid(pixel_valid), .i__ready(pixel_ready),
        .o__payload(result), .o__valid(result_valid), .o__ready(result_ready)
    );
{assigns}
endmodule
"""


def example(core: Accelerator, top: str = TOP) -> str:
    """A Verilog module that instantiates the emitted core and takes its result apart."""
    fields = manifest(core, top)["result"]
    sizes = [(field["name"], field["width"] * (field["length"] or 1), field["offset"]) for field in fields]
    ports = "\n".join(f"    output wire [{width - 1}:0] {name}," for name, width, _ in sizes)
    assigns = "\n".join(f"    assign {name} = result[{offset + width - 1}:{offset}];" for name, width, offset in sizes)
    width = manifest(core, top)["ports"]["o__payload"]["width"]
    return EXAMPLE.format(top=top, top_bit=width - 1, ports=ports, assigns=assigns)


def write(core: Accelerator, out: Path) -> None:
    """Write RTLIL, Verilog, port manifest and example into the folder ``out``, all or none of them.

    Raises
    ------
    ToolchainError
        Yosys is missing.
    ValueError
        ``out`` holds something else.
    """
    with folder.replacing(folder.check(out)) as scratch:
        (scratch / f"{TOP}.il").write_text(to_rtlil(core))
        (scratch / f"{TOP}.v").write_text(to_verilog(core))
        (scratch / "example.v").write_text(example(core))
        folder.write_json(scratch / "ports.json", manifest(core))
        folder.write_manifest(scratch, toolchain.versions(["yosys"]))
