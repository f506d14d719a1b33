"""``binspike estimate``: what a build would give, without synthesis."""

import json
from typing import Any

from hw.command import guard, table


def _rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [("network", f"{result['network']} ({result['network_sha256'][:16]})"), ("board", result["board"]),
            ("folding", result["folding"]), ("cycles an image", f"{result['cycles_per_image']:,}"),
            ("latency", f"{result['latency_cycles']:,} cycles"),
            ("images a second", f"{result['images_per_second']:,.1f} at {result['clock_mhz']:g} MHz"),
            ("LUTs", f"about {result['luts']:,} of {result['luts_available']:,}"),
            ("block RAMs", f"about {result['block_rams']:,} of {result['block_rams_available']:,}")]


def _run(arguments: list[str]) -> None:
    from hw import build
    from hw.bitstream import boards
    from quant.dataflow import folding

    parser = build.job_parser("binspike estimate", "Cycles, speed and area of a network on a board, without "
                                                   "synthesis. The cycles are exact.")
    options = parser.parse_args(arguments)
    job = build.job(options)
    guess = job.expected
    capacity = boards.capacity(boards.lookup(job.board))
    result = {"network": job.name, "network_sha256": job.source.digest, "board": job.board,
              "folding": folding.text(job.folding), "cycles_per_image": guess.cycles_per_image,
              "latency_cycles": guess.latency_cycles, "clock_mhz": job.clock_hz / 1e6,
              "images_per_second": round(job.clock_hz / guess.cycles_per_image, 3),
              "luts": guess.luts, "luts_available": capacity.luts,
              "block_rams": guess.block_rams, "block_rams_available": capacity.block_rams}
    print(json.dumps(result, indent=2) if options.json else table(_rows(result)))


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
