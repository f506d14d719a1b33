"""From a network to its design."""

from .source import Patch

FLOW = (
    Patch("pipe checks nothing", "hw/cores/stream.py", "if a != b:", "if False:", "stream"),
    Patch("lowering: flatten order", "quant/lowering.py",
          "for pixel in pixels for channel in arrival)", "for channel in arrival for pixel in pixels)",
          "lowering payload"),
    Patch("lowering: sum pool shares other weights", "quant/lowering.py", "[y // summed * side + x // summed",
          "[y % side * side + x // summed", "lowering payload"),
    Patch("chain: pool lanes", "quant/chain.py", "lanes = fold.channels", "lanes = 1", "chain"),
    Patch("folding: ticks in last layer", "quant/folding.py", "stage.is_output and fold.ticks > 1",
          "stage.is_output and fold.ticks > 2", "folding"),
    Patch("membrane one bit short", "quant/cores/computing.py",
          "max((high + 1).bit_length(), (-low - 1).bit_length()) + 1",
          "max((high).bit_length(), (-low - 1).bit_length()) + 1", "cores"),
    Patch("emit: source names", "hw/emit.py", "rtlil.convert(core, name=top, emit_src=False)",
          "rtlil.convert(core, name=top)", "emit"),
    Patch("emit: example width", "hw/emit.py", "input  wire [7:0] pixel", "input  wire [8:0] pixel", "emit"),
    Patch("emit: manifest offset", "hw/emit.py", '"offset": field.offset', '"offset": field.offset + 1', "emit"),
)
