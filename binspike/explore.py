"""``binspike explore``: the foldings of a network that are worth building, from the fastest to the smallest."""

import json
from typing import Any

from hw.command import Parser, guard, table

HEADER = ("cycles an image", "images a second", "LUTs", "block RAMs", "fits", "folding")


def _row(point: dict[str, Any]) -> tuple[str, ...]:
    return (f"about {point['cycles_per_image']:,}", f"{point['images_per_second']:,.0f}", f"about {point['luts']:,}",
            str(point["block_rams"]), "yes" if point["fits"] else "no", point["folding"])


def _run(arguments: list[str]) -> None:
    from hw import build, families
    from hw.bitstream import boards
    from hw.cost import explore, fit
    from quant.dataflow import folding
    from quant.files import artefact, zoo

    parser = Parser("binspike explore", description="The foldings of a network than which none is both faster and "
                                                    "smaller, on a board. Cycles are those of the busiest stage; "
                                                    "binspike estimate --fold gives them exactly.")
    parser.add_argument("--network", default=build.NETWORK, help="a shipped network's name (binspike zoo), or a file "
                                                                 "(%(default)s)")
    parser.add_argument("--board", required=True, help="an iCE40 or ECP5 board of amaranth-boards, as icebreaker or "
                                                       "ulx3s-85f")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    options = parser.parse_args(arguments)
    platform = boards.board(options.board)
    network = artefact.load(zoo.path(options.network)).network
    family, capacity = families.of(platform), boards.capacity(platform)
    link, clock_hz = fit.surroundings(network, family), platform.default_clk_frequency
    points = []
    for point in explore.frontier(network, family):
        luts, block_rams = point.luts + link.luts, point.block_rams + link.block_rams
        points.append({"folding": folding.text(point.folding), "cycles_per_image": point.cycles,
                       "images_per_second": round(clock_hz / point.cycles, 3), "luts": luts, "block_rams": block_rams,
                       "fits": luts <= (1 - explore.MARGIN) * capacity.luts and block_rams <= capacity.block_rams})
    print(json.dumps(points, indent=2) if options.json else table([HEADER, *map(_row, points)]))


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
