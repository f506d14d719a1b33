"""Names in RTLIL that every tool reads alike."""

import re

_INDEXED = re.compile(r"\\\S*\[\S*")


def plain(rtlil: str) -> str:
    r"""Turn the brackets inside names into underscores: ``\sum[3]`` becomes ``\sum_3_``.

    Amaranth names the fields of an array so. Yosys 0.70 takes such a name for bit 3 of ``\sum`` when it maps gates: it
    stops on an assertion, or leaves outputs undriven without a word. Bits themselves are written ``\sum [3]``.
    """
    return _INDEXED.sub(lambda name: name[0].replace("[", "_").replace("]", "_"), rtlil)
