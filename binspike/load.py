"""``binspike load``: another network of the same shape into a board, over its serial line."""

import time
from argparse import Namespace

from .arguments import Parser, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike load", description="Give a board another network over its serial line, without "
                                                 "synthesis: one that differs from the board's in nothing but weights "
                                                 "and thresholds. The bitstream must be built with --reload.")
    parser.add_argument("network", help="a shipped network's name (binspike zoo), or a file, with its test vectors "
                                        "beside it")
    parser.add_argument("--port", required=True, help="serial port of the board, as /dev/ttyUSB1 or COM4")
    parser.add_argument("--baud", type=int, help="baud rate (the one at which the board answers)")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds that the board may be silent (%(default)g)")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Load, have the board test itself, and print what was done."""
    from hw.host.board import Board
    from hw.host.load import load
    from quant.failure import Failure
    from quant.files import artefact, vectors, zoo
    from quant.serial_link import reload

    source, path = artefact.load(zoo.path(options.network)), zoo.vectors_path(options.network)
    held = vectors.load(path, network=source.network) if path.exists() else ()
    with Board(options.port, baud=options.baud, timeout=options.timeout) as board:
        data = reload.load(board.identity, source.network, held)
        start = time.perf_counter()
        load(board, reload.blocks(data, board.identity.capacity))
        seconds, test = time.perf_counter() - start, board.self_test() if board.identity.vectors else None
        digest = board.identity.digest.hex()
    if digest != source.digest or test and test.failed:
        raise Failure("the board did not become this network; load it again, or flash the board")
    loaded = f"{len(data):,} bytes in {seconds:.3f} s"
    record = {"port": options.port, "network_sha256": digest, "bytes": len(data), "seconds": round(seconds, 6),
              "self_test": None if test is None else test.run}
    show(record, [("board", options.port), ("network", digest[:16]), ("loaded", loaded),
                  ("self-test", "none stored" if test is None else f"{test.run} vectors gave their results")],
         options.json)
