"""A board's whole design at its pins in the compiled simulation, with models of iCE40's pins and PLL."""

import re

from hw.emit import from_rtlil
from sim.compiled.compiler import compiled
from sim.compiled.serial_link import PINS
from tests.cocotb.runner import CACHE

LOCK_CYCLES = 1000
INPUTS = ("clk12_0__io", "uart_0__rx__io")
MODELS = """
module SB_I #(parameter PIN_TYPE = 0, IO_STANDARD = "", PULLUP = 0) (input PACKAGE_PIN, output D_IN_0);
    assign D_IN_0 = PACKAGE_PIN;
endmodule
module SB_O #(parameter PIN_TYPE = 0, IO_STANDARD = "", PULLUP = 0)
             (output PACKAGE_PIN, input D_OUT_0, input OUTPUT_ENABLE);
    assign PACKAGE_PIN = D_OUT_0;
endmodule
// The simulated clock is the output; the oscillator has no cycles of its own.
module SB_PLL40_PAD #(parameter FEEDBACK_PATH = "", parameter [3:0] DIVR = 0, parameter [6:0] DIVF = 0,
                      parameter [2:0] DIVQ = 0, parameter [2:0] FILTER_RANGE = 0)
                     (input PACKAGEPIN, input RESETB, input BYPASS, output PLLOUTGLOBAL, output LOCK);
    reg [15:0] waited = 0;
    always @(posedge PACKAGEPIN) if (!LOCK) waited <= waited + 1;
    assign PLLOUTGLOBAL = PACKAGEPIN;
    assign LOCK = waited == %d;
endmodule
module board (input clk, input rst, input rx, output tx);
    top top (.clk12_0__io(clk), .uart_0__rx__io(rx), .uart_0__tx__io(tx));
endmodule
"""


def directed(text):
    """Verilog whose pins are inputs or outputs: the simulator knows no others."""
    def one_way(cell):
        return cell[0].replace("SB_IO", "SB_I" if "D_IN_0" in cell[0] else "SB_O")
    text = re.sub(r"\bSB_IO #\(.*?;", one_way, text, flags=re.DOTALL)
    return re.sub(r"\binout (\w+)", lambda found: f"{'input' if found[1] in INPUTS else 'output'} {found[1]}", text)


def program(rtlil, folder):
    """The program of a design for icebreaker with a PLL; its reset pin does nothing."""
    path = folder / "board.v"
    path.write_text(directed(from_rtlil(rtlil)) + MODELS % LOCK_CYCLES)
    return compiled(path, "board", CACHE, PINS)
