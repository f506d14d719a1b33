"""``binspike load``: another network of the same shape into a board, or for a core behind a bus."""

import re
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import Parser, shared
from .command import show

if TYPE_CHECKING:
    from quant.files.artefact import Artefact

LAYOUT = re.compile(r"[0-9a-f]{64}([2-7][0-9a-f])+")  # a digest, then printable ASCII


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike load", description="Give a board, or a core behind a bus, another network without "
                                                 "synthesis: one that differs from its own in nothing but weights and "
                                                 "thresholds. It must be built or emitted with --reload.")
    parser.add_argument("network", help="a shipped network's name (binspike zoo), or a file; for a board with its test "
                                        "vectors beside it")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", help="serial port of the board, as /dev/ttyUSB1 or COM4")
    where.add_argument("--core", type=Path, help="folder of a core, by binspike emit; its load is written to --out")
    parser.add_argument("--baud", type=int, help="baud rate (the one at which the board answers)")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds that the board may be silent (%(default)g)")
    shared(parser, "--out", help="file to write: words of 32 bits, little endian, for the registers of the core")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Load, and print what was done.

    Raises
    ------
    ValueError
        The core takes no other network, or there is no file to write.
    """
    from quant.files import artefact, zoo

    source = artefact.load(zoo.path(options.network))
    if options.core is None:
        _board(options, source)
    else:
        _core(options, source)


def _board(options: Namespace, source: "Artefact") -> None:
    """Load over the serial line, and have the board test itself."""
    if options.out is not None:
        raise ValueError("--out is of a core: give --core in place of --port, or leave it out")
    from hw.host.board import Board
    from hw.host.load import load
    from quant.failure import Failure
    from quant.files import vectors, zoo
    from quant.serial_link import reload

    path = zoo.vectors_path(options.network)
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


def _layout(core: Path) -> bytes:
    """Layout of an emitted core, as of `quant.serial_link.reload.layout`."""
    from hw.bitstream import folder

    file = core / "ports.json"
    layout = folder.read_json(file).get("layout")
    if layout is None:
        raise ValueError(f"core in {core} takes no other network; emit it with --reload")
    if not isinstance(layout, str) or not LAYOUT.fullmatch(layout):
        raise ValueError(f"{file}: layout must be that of a core, in hexadecimal, not {layout!r:.40}; emit it again")
    return bytes.fromhex(layout)


def _core(options: Namespace, source: "Artefact") -> None:
    """Write what a host gives to the registers of a core."""
    from quant import bus_load
    from quant.files import scratch, zoo

    if options.out is None:
        raise ValueError("--core needs --out, the file to write")
    if options.baud is not None:
        raise ValueError("--baud is of a board: leave it out")
    if options.out.resolve() == zoo.path(options.network).resolve():
        raise ValueError(f"{options.out}: --out must not be the network")
    data = bus_load.load(_layout(options.core), source.network)
    scratch.write(options.out, data)
    core, file = str(options.core), str(options.out)
    record = {"core": core, "network_sha256": source.digest, "bytes": len(data), "file": file}
    show(record, [("core", core), ("network", source.digest[:16]), ("file", file),
                  ("bytes", f"{len(data):,}")], options.json)
