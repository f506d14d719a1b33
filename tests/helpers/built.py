"""Properties that the page and record of any build must have."""

import re
from xml.etree import ElementTree


def check_cores(record):
    """Every cell is counted once, nearly all with a core, and about as many as the estimate gives each.

    The estimate is made core by core and knows nothing of the flat design in which cells were told apart.
    """
    for what in ("luts", "flip_flops", "block_rams"):
        assert sum(core[what] for core in record["cores"]) == record[what]
    cores = {core["name"]: core for core in record["cores"]}
    assert cores["shared"]["luts"] < 0.05 * record["luts"]
    assert cores["shared"]["flip_flops"] < 0.05 * record["flip_flops"]
    parts = [core for core in cores.values() if core["estimated_flip_flops"] is not None]
    off = sum(abs(core["flip_flops"] - core["estimated_flip_flops"]) for core in parts)
    assert off < 0.2 * record["flip_flops"]


def check_page(page):
    """Every section has its picture, which is well-formed."""
    pictures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    assert len(pictures) == page.count("<svg ") == 5
    assert all(ElementTree.fromstring(picture).tag == "svg" for picture in pictures)
