"""``binspike estimate``: what a build would give, without synthesis."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .arguments import Parser, design_parser, planned, shared
from .command import show

if TYPE_CHECKING:
    from hw.build import Job
    from hw.cost.estimate import Estimate


def _rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [("network", f"{result['network']} ({result['network_sha256'][:16]})"), ("board", result["board"]),
            ("folding", result["folding"]), ("cycles an image", f"{result['cycles_per_image']:,}"),
            ("latency", f"{result['latency_cycles']:,} cycles"),
            ("images a second", f"{result['images_per_second']:,.1f} at {result['clock_mhz']:g} MHz"),
            ("LUTs", f"about {result['luts']:,} of {result['luts_available']:,}"),
            ("block RAMs", f"about {result['block_rams']:,} of {result['block_rams_available']:,}")]


def _core(job: "Job", picture: str) -> "Estimate":
    """Estimate of the core alone that takes pictures."""
    from hw.cost.estimate import estimate
    from quant.dataflow.cores.resize import parse

    network = job.source.network
    return estimate(network, job.folding, job.family, reload=job.reload, resize=parse(picture, network.input_shape))


def parser() -> Parser:
    """The arguments."""
    parser = design_parser("binspike estimate", "Cycles, speed and area of a network on a board, without synthesis. "
                                                "The cycles are exact.")
    shared(parser, "--reload")
    shared(parser, "--resize", help="cycles and area of the core alone, with pictures of a camera in front, as of "
                                    "binspike emit --resize")
    return parser


def run(options: Namespace) -> None:
    """Estimate and print."""
    from hw.bitstream import boards
    from quant.dataflow import folding

    job = planned(options, reload=options.reload)
    guess = _core(job, options.resize) if options.resize is not None else job.expected
    capacity = boards.capacity(boards.lookup(job.board))
    result = {"network": job.name, "network_sha256": job.source.digest, "board": job.board,
              "folding": folding.text(job.folding), "cycles_per_image": guess.cycles_per_image,
              "latency_cycles": guess.latency_cycles, "clock_mhz": job.clock_hz / 1e6,
              "images_per_second": round(job.clock_hz / guess.cycles_per_image, 3),
              "luts": guess.luts, "luts_available": capacity.luts,
              "block_rams": guess.block_rams, "block_rams_available": capacity.block_rams}
    show(result, _rows(result), options.json)
