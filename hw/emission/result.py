"""Places of the fields of a result in its word."""

from typing import Any


def slices(design: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Name, lowest and highest bit of each field that has bits; the index of an only class has none.

    Parameters
    ----------
    design : dict
        Port manifest, as by `hw.emit.manifest`.
    """
    sizes = [(field["name"], field["offset"], field["width"] * (field["length"] or 1)) for field in design["result"]]
    return [(name, low, low + width - 1) for name, low, width in sizes if width]
