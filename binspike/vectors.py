"""``binspike vectors``: the test vectors of networks, written beside them; `binspike train` leaves them by itself."""

from argparse import Namespace
from pathlib import Path

from .arguments import SAMPLED, Parser, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike vectors", description="Write what networks make of a few images into NAME.vectors."
                                                    "safetensors beside them: a board stores it and tests itself by "
                                                    "it. Of a trained network it is there already.")
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE",
                        help="pictures (scaled to fit), NumPy .npy or IDX; without: test images of the network's data "
                             "set")
    what = parser.add_mutually_exclusive_group(required=True)
    shared(what, "--network", help="a shipped network's name (binspike zoo), or a file")
    what.add_argument("--samples", metavar="DATASET", help="write the samples of a data set that are shipped")
    shared(parser, "--data", help=SAMPLED)
    shared(parser, "--json")
    return parser


def _write(options: Namespace) -> Path:
    from quant.files import artefact, zoo
    from sim import vectors

    from .images import camera, load

    if options.samples:
        return vectors.write_samples(options.samples, options.data)
    if not options.images:
        return vectors.write_vectors(options.network, options.data)
    source = artefact.load(zoo.path(options.network))
    found = load(options.images, source.network.input_shape, events=camera(source))
    return vectors.write_vectors_of(options.network, found.pixels)


def run(options: Namespace) -> None:
    """Write and say where."""
    path = _write(options)
    size = path.stat().st_size
    show({"file": str(path), "bytes": size}, [("file", str(path)), ("bytes", f"{size:,}")], options.json)
