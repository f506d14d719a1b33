# amaranth: UnusedElaboratable=no
# (a bus may refuse a core that is made)
"""``binspike emit``: the core of a network as RTLIL and Verilog, for a design of the user's own."""

from argparse import Namespace
from typing import TYPE_CHECKING

from .arguments import Parser, shared
from .command import show

if TYPE_CHECKING:
    from hw.accelerator import Accelerator
    from hw.buses import BusAccelerator
    from quant.dataflow.folding import Folding
    from quant.files.artefact import Artefact


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike emit", description="Write a network's core as RTLIL and Verilog, for a design of yours.")
    shared(parser, "--network", required=True)
    shared(parser, "--fold", required=True)
    shared(parser, "--copies")
    shared(parser, "--out", required=True, help="folder to make")
    parser.add_argument("--name", help="of the top module; the names of all others begin with it (default: binspike_ "
                        "and a digest of network and folding)")
    parser.add_argument("--bus", metavar="KIND", help="put the core behind a bus: axi (AXI4-Stream with AXI4-Lite "
                        "registers), or wishbone")
    parser.add_argument("--cdc", action="store_true", help="give the core behind a bus a clock of its own")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Write, and print what was written.

    Raises
    ------
    ValueError
        The bus needs a library that is missing, or a clock is asked for without a bus.
    """
    from hw import emit
    from hw.bitstream import folder
    from quant.dataflow import folding
    from quant.files import artefact, zoo

    source = artefact.load(zoo.path(options.network))
    folds = folding.check(source.network, folding.parse(options.fold, options.copies))
    kind = [*filter(None, [options.bus]), *(["cdc"] if options.cdc else [])]
    name = emit.default_name(source.digest, folds, *kind) if options.name is None else emit.check_name(options.name)
    description = f"spiking network {source.digest[:16]}, folding {folding.text(folds)}"
    core = _core(options, source, folds)
    emit.write(core, folder.check(options.out), name, description)
    record = {"network_sha256": source.digest, "folding": folding.text(folds), "top": name, "folder": str(options.out),
              "files": folder.manifest(options.out)["files"]}
    show(record, [("network", source.digest[:16]), ("folding", record["folding"]), ("top module", name),
                  ("folder", record["folder"]), ("files", ", ".join(record["files"]))], options.json)


def _core(options: Namespace, source: "Artefact", folds: "Folding") -> "Accelerator | BusAccelerator":
    from hw.accelerator import Accelerator
    from hw.buses import bus

    core = Accelerator(source.network, folds)
    if options.bus is None:
        if options.cdc:
            raise ValueError("--cdc is for a core behind a bus: give --bus axi or wishbone too")
        return core
    try:
        return bus.wrap(options.bus, core, source.network, source.digest, crossing=options.cdc)
    except ImportError as error:
        raise ValueError(f"--bus {options.bus} needs {error.name}: pip install 'binspike[{options.bus}]'") from None
