"""Example of the core in a Verilog design."""

from typing import Any

from .result import slices

EXAMPLE = """\
// One image in, one result out. Both ends are streams: a word moves in each cycle with valid and ready high; valid
// may not wait for ready, and a payload holds while it is stalled. Images may follow each other with no gap or reset.
module {top}_example (
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


def example(design: dict[str, Any]) -> str:
    """Verilog module ``<top>_example``, which instantiates the core and takes its result apart.

    Parameters
    ----------
    design : dict
        Port manifest, as by `hw.emit.manifest`.
    """
    fields = slices(design)
    return EXAMPLE.format(
        top=design["top"], top_bit=design["ports"]["o__payload"]["width"] - 1,
        ports="\n".join(f"    output wire [{high - low}:0] {name}," for name, low, high in fields),
        assigns="\n".join(f"    assign {name} = result[{high}:{low}];" for name, low, high in fields))
