"""The record of a finished build, and its rows as text; `hw.build_report` makes it a page."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quant.serial_link.contents import Contents
from quant.serial_link.protocol import CRC_BYTES, HEAD_BYTES, IMAGES, MAX_IMAGES

from ..families import Family
from ..serial_link.response import result_bytes
from ..serial_link.uart import BYTE_BITS
from .flow import REPORT, STATISTICS, Usage, fmax_mhz

FRAME_BYTES = 2 + HEAD_BYTES + CRC_BYTES  # around a payload: the flags, kind and tag, CRC


@dataclass(frozen=True, kw_only=True)
class Implementation:
    """Figures of nextpnr and Yosys for a placed and routed design.

    Parameters
    ----------
    luts, luts_available : int
        Sites in use that hold a 4-input LUT, for whatever they are used, and all of the device.
    flip_flops : int
        Flip-flops after synthesis.
    block_rams, block_rams_available : int
    fmax_mhz, clock_mhz : float
        Highest clock frequency after routing, by nextpnr's timing model for the slowest silicon; the board's clock.
    """

    luts: int
    luts_available: int
    flip_flops: int
    block_rams: int
    block_rams_available: int
    fmax_mhz: float
    clock_mhz: float


def implementation(folder: Path, family: Family, clock_mhz: float) -> Implementation:
    """Read the reports that the tools left in ``folder``."""
    report = json.loads((folder / REPORT).read_text())
    cells = json.loads((folder / STATISTICS).read_text())["design"]["num_cells_by_type"]
    sites = family.sites
    luts, block_rams = (Usage(**report["utilization"][site]) for site in (sites.lut, sites.block_ram))
    used = {site: use["used"] for site, use in report["utilization"].items()}
    flip_flops = (count for cell, count in cells.items() if cell.startswith(sites.flip_flop_cells))
    return Implementation(luts=sites.luts(used), luts_available=luts.available,
                          block_rams=sites.block_rams(used, cells), block_rams_available=block_rams.available,
                          flip_flops=sum(flip_flops),
                          fmax_mhz=round(fmax_mhz(report, clock_mhz), 3), clock_mhz=clock_mhz)


def link_images_per_second(contents: Contents) -> float:
    """Images that the serial line carries in a second: the slower of its two directions, without stuffing.

    Images are as long as the stored ones on average; without any, as those of which no pixel is silent.
    """
    code, identity = contents.coding, contents.identity
    lengths = [len(code.pack(vector.pixels)) for vector in contents.stored] or [-(-contents.pixels // code.in_a_byte)]
    length = sum(lengths) / len(lengths)
    images = max(1, min(MAX_IMAGES, int(identity.capacity / length)))
    longest = max(IMAGES.size + images * length, images * result_bytes(identity.classes))
    return images * identity.baud / (BYTE_BITS * (FRAME_BYTES + longest))


def rows(record: dict[str, Any]) -> list[tuple[str, str]]:
    """A report as pairs of label and text, in reading order."""
    accuracy = record["accuracy"]
    return [
        ("network", f"{record['network']} ({record['network_sha256'][:16]})"),
        ("accuracy", f"{accuracy:.2%} ({record['measured_on']})" if accuracy is not None else "not measured"),
        ("board", f"{record['board']} ({record['device']})"),
        ("folding", record["folding"]),
        ("ticks", str(record["ticks"])),
        ("cycles an image", f"{record['cycles_per_image']:,}"),
        ("latency", f"{record['latency_cycles']:,} cycles"),
        ("clock", f"{record['clock_mhz']:g} MHz"),
        *([("clock source", record["clock_source"])] if "clock_source" in record else []),
        ("clock reached", f"{record['fmax_mhz']:.1f} MHz"),
        ("images a second at clock", f"{record['images_per_second']:,.1f}"),
        ("images a second at clock reached", f"{record['images_per_second_at_fmax']:,.1f}"),
        ("images a second over UART", f"about {record['images_per_second_over_uart']:,.1f}; {_line(record)}"),
        ("LUTs", _share(record["luts"], record["luts_available"])),
        ("flip-flops", f"{record['flip_flops']:,}"),
        ("block RAMs", _share(record["block_rams"], record["block_rams_available"])),
        ("test vectors stored", str(record["vectors"])),
        *([("pictures", record["resize"])] if "resize" in record else []),
        *([("reload", f"{record['reload_bytes']:,} bytes")] if "reload_bytes" in record else []),
        ("seed", _seed(record)),
        ("bitstream", f"{record['bitstream']} ({record['bitstream_sha256'][:16]})"),
        *((f"tool {name}", version) for name, version in record["tools"].items()),
    ]


def _line(record: dict[str, Any]) -> str:
    """The serial line's rate, and the USB bridge that it comes from."""
    return f"{record['baud']:,} baud" + (f" of {record['bridge']}" if record.get("bridge") else "")


def _seed(record: dict[str, Any]) -> str:
    """The seed, and where several were tried, what each of them reached."""
    tried = record.get("fmax_mhz_by_seed", {})
    reached = ", ".join(f"{seed}: {mhz:.1f} MHz" for seed, mhz in tried.items())
    return f"{record['seed']}, the best of {record['seeds']}: {reached}" if tried else str(record["seed"])


def _share(used: int, available: int) -> str:
    return f"{used:,} of {available:,}" + (f" ({used / available:.0%})" if available else "")


def implementation_fields(found: Implementation, cycles_per_image: int) -> dict[str, Any]:
    """The record's part that follows from the implementation."""
    return asdict(found) | {"images_per_second": round(found.clock_mhz * 1e6 / cycles_per_image, 3),
                            "images_per_second_at_fmax": round(found.fmax_mhz * 1e6 / cycles_per_image, 3)}
