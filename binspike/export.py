"""``binspike export``: a network as a file of another program."""

import importlib
import tempfile
from argparse import Namespace
from pathlib import Path

from quant.files import artefact, scratch, zoo

from .arguments import Parser, shared
from .command import show


def run(options: Namespace) -> None:
    """Write the file."""
    source = artefact.load(zoo.path(options.network))
    try:
        importlib.import_module("nir")
    except ImportError as error:
        raise ValueError(f"export as NIR needs {error.name}: pip install 'binspike[nir]'") from None
    import nir

    from importers.export import graph

    made = graph(source.network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.nir"
        nir.write(path, made)
        scratch.write(options.nir, path.read_bytes())
    result = {"network_sha256": source.digest, "nir": str(options.nir), "nodes": len(made.nodes)}
    show(result, [("network", source.digest[:16]), ("NIR graph", f"{options.nir}, {len(made.nodes)} nodes")],
         options.json)


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike export", description="A network of rate neurons that are reset to zero as a NIR graph.")
    shared(parser, "--network", required=True)
    parser.add_argument("--nir", type=Path, required=True, help="the NIR file to write")
    shared(parser, "--json")
    return parser
