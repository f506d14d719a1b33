"""``binspike flash``: a bitstream onto its board."""

from argparse import Namespace
from pathlib import Path

from .arguments import NETWORK, Parser, shared


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike flash", description="Put a bitstream onto its board, by the board's usual programmer.")
    shared(parser, "--board", required=True)
    which = parser.add_mutually_exclusive_group()
    shared(which, "--network", default=NETWORK, help="a shipped network's name (binspike zoo), or a file, that was "
                                                     "built for the board")
    which.add_argument("--bitstream", type=Path, metavar="FILE", help="a bitstream, as build/.../top.bin")
    return parser


def run(options: Namespace) -> None:
    """Flash what was built of the network, or the bitstream that is given."""
    from hw.bitstream import boards
    from hw.bitstream.flash import flash

    board = boards.name_of(boards.lookup(options.board))
    flash(board, options.bitstream or _built(options.network, board))


def _built(network: str, board: str) -> Path:
    from hw import families
    from hw.bitstream import boards, flow, folder
    from quant.files import artefact, zoo

    build = folder.default(board, artefact.load(zoo.path(network)).digest)
    bitstream = build / f"{flow.NAME}{families.of(boards.lookup(board)).bitstream}"
    if not bitstream.exists():
        raise FileNotFoundError(f"{bitstream} does not exist; make it by: binspike build --network {network} "
                                f"--board {board}; or give one by --bitstream")
    return bitstream
