"""``binspike emit``: the core of a network as RTLIL and Verilog, for a design of the user's own."""

from argparse import Namespace

from .arguments import Parser, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike emit", description="Write a network's core as RTLIL and Verilog, for a design of yours.")
    shared(parser, "--network", required=True)
    shared(parser, "--fold", required=True)
    shared(parser, "--copies")
    shared(parser, "--out", required=True, help="folder to make")
    parser.add_argument("--name", help="of the top module; the names of all others begin with it (default: binspike_ "
                        "and a digest of network and folding)")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Write, and print what was written."""
    from hw import emit
    from hw.accelerator import Accelerator
    from hw.bitstream import folder
    from quant.dataflow import folding
    from quant.files import artefact, zoo

    source = artefact.load(zoo.path(options.network))
    folds = folding.check(source.network, folding.parse(options.fold, options.copies))
    name = emit.default_name(source.digest, folds) if options.name is None else emit.check_name(options.name)
    description = f"spiking network {source.digest[:16]}, folding {folding.text(folds)}"
    emit.write(Accelerator(source.network, folds), folder.check(options.out), name, description)
    record = {"network_sha256": source.digest, "folding": folding.text(folds), "top": name, "folder": str(options.out),
              "files": folder.manifest(options.out)["files"]}
    show(record, [("network", source.digest[:16]), ("folding", record["folding"]), ("top module", name),
                  ("folder", record["folder"]), ("files", ", ".join(record["files"]))], options.json)
