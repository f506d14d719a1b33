"""``binspike estimate``: what a build would give, without synthesis."""

from argparse import Namespace
from typing import Any

from .arguments import Parser, design_parser, planned, shared
from .command import show


def _rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [("network", f"{result['network']} ({result['network_sha256'][:16]})"), ("board", result["board"]),
            ("folding", result["folding"]), ("cycles an image", f"{result['cycles_per_image']:,}"),
            ("latency", f"{result['latency_cycles']:,} cycles"),
            ("images a second", f"{result['images_per_second']:,.1f} at {result['clock_mhz']:g} MHz"),
            ("LUTs", f"about {result['luts']:,} of {result['luts_available']:,}"),
            ("block RAMs", f"about {result['block_rams']:,} of {result['block_rams_available']:,}")]


def parser() -> Parser:
    """The arguments."""
    parser = design_parser("binspike estimate", "Cycles, speed and area of a network on a board, without synthesis. "
                                                "The cycles are exact.")
    shared(parser, "--reload")
    shared(parser, "--resize")
    return parser


def run(options: Namespace) -> None:
    """Estimate and print."""
    from hw.bitstream import boards
    from quant.dataflow import folding

    job = planned(options, reload=options.reload, resize=options.resize)
    guess = job.expected
    capacity = boards.capacity(boards.lookup(job.board))
    result = {"network": job.name, "network_sha256": job.source.digest, "board": job.board,
              "folding": folding.text(job.folding), "cycles_per_image": guess.cycles_per_image,
              "latency_cycles": guess.latency_cycles, "clock_mhz": job.clock_hz / 1e6,
              "images_per_second": round(job.clock_hz / guess.cycles_per_image, 3),
              "luts": guess.luts, "luts_available": capacity.luts,
              "block_rams": guess.block_rams, "block_rams_available": capacity.block_rams}
    show(result, _rows(result), options.json)
