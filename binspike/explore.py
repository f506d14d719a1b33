"""``binspike explore``: the foldings of a network that are worth building, from the fastest to the smallest."""

from argparse import Namespace
from typing import Any

from .arguments import NETWORK, Parser, shared
from .command import show

HEADER = ("cycles an image", "images a second", "LUTs", "block RAMs", "fits", "folding")


def _row(point: dict[str, Any]) -> tuple[str, ...]:
    return (f"about {point['cycles_per_image']:,}", f"{point['images_per_second']:,.0f}", f"about {point['luts']:,}",
            str(point["block_rams"]), "yes" if point["fits"] else "no", point["folding"])


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike explore", description="The foldings of a network than which none is both faster and "
                                                    "smaller, on a board, at the clock that its part is expected to "
                                                    "reach. Cycles are those of the busiest stage; "
                                                    "binspike estimate --fold gives them exactly.")
    shared(parser, "--network", default=NETWORK)
    shared(parser, "--board", required=True)
    shared(parser, "--copies", default=1, help="list designs of up to so many whole cores side by side, too")
    shared(parser, "--json", help="print the list as JSON")
    return parser


def run(options: Namespace) -> None:
    """Explore and print."""
    from hw import clock, families
    from hw.bitstream import boards
    from hw.cost import explore, fit
    from quant.check import integer
    from quant.dataflow import folding
    from quant.files import artefact, zoo

    platform = boards.board(options.board)
    network = artefact.load(zoo.path(options.network)).network
    family, capacity = families.of(platform), boards.capacity(platform)
    link, clock_hz = fit.surroundings(network, family), clock.asked(platform, clock.usual(platform), None).hz
    points = []
    for point in explore.frontier(network, family, integer("copies", options.copies, 1, folding.MAX_COPIES)):
        luts, block_rams = point.luts + link.luts, point.block_rams + link.block_rams
        points.append({"folding": folding.text(point.folding), "cycles_per_image": point.cycles,
                       "images_per_second": round(clock_hz / point.cycles, 3), "luts": luts, "block_rams": block_rams,
                       "fits": (point.luts <= (1 - explore.MARGIN) * (capacity.luts - link.luts)
                                and block_rams <= capacity.block_rams)})
    show(points, [HEADER, *map(_row, points)], options.json)
