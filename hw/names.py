"""Names in RTLIL: of signals, and such that every tool reads alike."""

import re

from amaranth.hdl import Signal

_INDEXED = re.compile(r"\\\S*\[\S*")


def plain(rtlil: str) -> str:
    r"""Turn the brackets inside names into underscores: ``\sum[3]`` becomes ``\sum_3_``.

    Amaranth names the fields of an array so. Yosys 0.70 takes such a name for bit 3 of ``\sum`` when it maps gates: it
    stops on an assertion, or leaves outputs undriven without a word. Bits themselves are written ``\sum [3]``.
    """
    return _INDEXED.sub(lambda name: name[0].replace("[", "_").replace("]", "_"), rtlil)


def flags(names: str) -> list[Signal]:
    """Signals of one bit by these names; of an assignment to several, Amaranth gives them none."""
    return [Signal(name=name) for name in names.split()]
