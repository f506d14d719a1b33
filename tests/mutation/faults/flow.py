"""Faults on the way from a network to its design."""

from tests.mutation.source import Patch

FLOW = (
    Patch("pipe checks nothing", "hw/cores/streams/stream.py", "if a != b:", "if False:", "hw/cores/streams/stream"),
    Patch("lowering: flatten order", "quant/dataflow/lowering.py",
          "for pixel in pixels for channel in place.arrival)", "for channel in place.arrival for pixel in pixels)",
          "quant/dataflow/lowering sim/cycle/payload"),
    Patch("lowering: sum pool shares other weights", "quant/dataflow/stage.py", "[y // summed * side + x // summed",
          "[y % side * side + x // summed", "quant/dataflow/lowering sim/cycle/payload"),
    Patch("chain: pool lanes", "quant/dataflow/chain.py", "lanes = stage.given_lanes(fold.channels, fold.columns)",
          "lanes = 1", "quant/dataflow/chain"),
    Patch("folding: ticks in last layer", "quant/dataflow/folding.py", "stage.is_output and fold.ticks > 1",
          "stage.is_output and fold.ticks > 2", "quant/dataflow/folding"),
    Patch("membrane one bit short", "quant/dataflow/cores/computing.py",
          "max((high + 1).bit_length(), (-low - 1).bit_length()) + 1",
          "max((high).bit_length(), (-low - 1).bit_length()) + 1", "hw/cores/cores"),
    Patch("emit: source names", "hw/emit.py", "rtlil.convert(core, name=top, emit_src=False)",
          "rtlil.convert(core, name=top)", "hw/emit"),
    Patch("emit: example width", "hw/emission/example.py", '[{width - 1}:0] pixel,        //',
          '[{width}:0] pixel,        //', "hw/emission/example"),
    Patch("emit: manifest offset", "hw/emit.py", '"offset": field.offset', '"offset": field.offset + 1', "hw/emit"),
    Patch("families: of an unknown device", "hw/families/__init__.py", '    raise ValueError(f"device must be',
          '    return family\n    raise ValueError(f"device must be', "hw/families/family"),
    Patch("families: costs by name alone", "hw/cost/explore.py", "Space(network, family.fabric)",
          'Space(network, __import__("hw.families").families.lookup(family.name).fabric)', "hw/families/family"),
)
