"""Example of the core in a Verilog design."""

from typing import Any

from .result import slices

EXAMPLE = """\
// {what} in, one result out. Both ends are streams: a word moves in each cycle with valid and ready high; valid
// may not wait for ready, and a payload holds while it is stalled. Images may follow each other with no gap or reset.
module {top}_example (
    input  wire       clk,
    input  wire       rst,          // synchronous, active high
    input  wire {taken}
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


def _taken(design: dict[str, Any]) -> str:
    """What the core takes."""
    if "event" not in design:
        width = design["ports"]["i__payload"]["width"]
        several = f"; {width // 8} at once, the first lowest" if width > 8 else ""
        return f"[{width - 1}:0] pixel,        // row, column, channel{several}"
    ends = [(each["name"], each["offset"], each["width"]) for each in design["event"]]
    fields = ", ".join(f"{name} [{offset + width - 1}:{offset}]" for name, offset, width in ends)
    return f"[{design['ports']['i__payload']['width'] - 1}:0] pixel,  // an event: {fields}"


def example(design: dict[str, Any]) -> str:
    """Verilog module ``<top>_example``, which instantiates the core and takes its result apart.

    Parameters
    ----------
    design : dict
        Port manifest, as by `hw.emit.manifest`.
    """
    fields = slices(design)
    return EXAMPLE.format(
        top=design["top"], taken=_taken(design),
        what="Events of a camera" if "event" in design else "One image",
        top_bit=design["ports"]["o__payload"]["width"] - 1,
        ports="\n".join(f"    output wire [{high - low}:0] {name}," for name, low, high in fields),
        assigns="\n".join(f"    assign {name} = result[{high}:{low}];" for name, low, high in fields))
