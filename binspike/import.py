"""``binspike import``: a network from elsewhere becomes a network file, with a report of the conversion."""

import importlib
import io
import json
import re
from argparse import ArgumentTypeError, Namespace
from fractions import Fraction
from pathlib import Path
from typing import Any

from quant.check import member
from quant.failure import Failure
from quant.files import artefact
from quant.files.container import read
from quant.files.provenance import Provenance
from quant.loading import load, said

from .arguments import Parser, shared
from .command import table

SOURCES = ("nir", "snntorch", "spikingjelly", "arrays", "qonnx")
SUFFIXES = {".nir": "nir", ".h5": "nir", ".hdf5": "nir", ".npz": "arrays", ".safetensors": "arrays",
            ".onnx": "qonnx"}
WEIGHTS = ("sign", "ternary", *(f"int{bits}" for bits in range(2, 9)))
MAX_IMAGES = 2**28  # bytes
EXPONENT = re.compile(r"[eE][+-]?[0-9_]{4}")  # of a number that would fill the memory


def run(options: Namespace) -> None:
    """Convert, print the report, and write the network if both sides agree or inexactness was asked for."""
    kind = _kind(options)
    if Path(options.out).resolve() == Path(options.source).resolve():
        raise ValueError(f"{options.out}: --out must not be the source")
    convert = _CONVERT[kind]
    if options.ticks is None and kind != "qonnx":
        raise ValueError("ticks must be given, as --ticks 8")
    choices = {"coding": options.coding, "pixel": options.pixel, "readout": options.readout,
               "weights": options.weights, "round_leak": options.round_leak,
               "round_amounts": options.round_amounts, "images": _images(options.images)}
    _library(kind)
    data_set = _data_set(options.data_set)
    result = convert(options, {name: value for name, value in choices.items() if value is not None})

    from importers.report import as_json, random_images
    from sim.vectors import VECTORS, write_vectors_of

    asked = options.weights or options.round_leak or options.round_amounts or options.inexact
    if result.equality.exact or asked:
        digest = artefact.save(result.network, options.out, provenance=Provenance(
            data_set=data_set, method=f"imported from {options.source}"[-200:], recipe=""))
        given = choices["images"]
        write_vectors_of(options.out, (random_images(result.network.input_shape) if given is None else given)[:VECTORS])
    if options.json:
        print(json.dumps(as_json(result), indent=2, default=str))
    else:
        print(table(result.rows()) + "\n\n" + table(result.summary()))
    if not result.equality.exact and not asked:
        raise Failure(f"spikes differ on {result.equality.images - result.equality.equal} of {result.equality.images} "
                      f"images: {result.equality.first}; nothing was written (--inexact writes it)")
    if not options.json:
        print(table([("network", str(options.out)), ("digest", digest[:16])]))


def _kind(options: Namespace) -> str:
    found: str | None = options.source_kind or SUFFIXES.get(Path(options.source).suffix.lower())
    if found is None and ":" in options.source:
        raise ValueError("source MODULE:CALLABLE must come with its framework: --from snntorch or --from spikingjelly")
    if found is None:
        raise ValueError(f"source must be a file {', '.join(SUFFIXES)}, or come with --from {', '.join(SOURCES)}, "
                         f"not {options.source!r:.100}")
    return found


def _library(kind: str) -> None:
    """A missing library in one line."""
    needed = {"nir": ("nir",), "snntorch": ("torch", "snntorch"), "spikingjelly": ("torch", "spikingjelly"),
              "arrays": (), "qonnx": ("onnx", "qonnx")}[kind]
    for name in needed:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ValueError(f"import from {kind} needs {error.name or name}: pip install 'binspike[{kind}]'") from None


def _data_set(name: str | None) -> str:
    """Title of a known data set; empty without a name."""
    from image_sets import KNOWN

    return KNOWN[member("data set", name.lower(), tuple(KNOWN))].title if name else ""


def _images(path: Path | None) -> Any:
    if path is None:
        return None
    import numpy as np

    content = io.BytesIO(read(path, MAX_IMAGES))
    try:
        return np.lib.format.read_array(content, allow_pickle=False)
    except Exception as error:  # of NumPy, whatever it is
        raise ValueError(f"{path}: images must be a .npy file of uint8 (n, channels, height, width) "
                         f"({error!s:.100})") from None


def _nir(options: Namespace, choices: dict[str, Any]) -> Any:
    from importers.nir import Dialect, convert

    dialect = Dialect(dt=options.dt, comparator=options.comparator or ">", reset=options.reset or "zero",
                      timing=options.timing)
    return convert(options.source, options.ticks, dialect=dialect, input_shape=options.input_shape, **choices)


def _arrays(options: Namespace, choices: dict[str, Any]) -> Any:
    from importers.arrays import convert

    return convert(options.source, options.ticks, _shape(options), comparator=options.comparator or ">=",
                   reset=options.reset or "zero", timing=options.timing, **choices)


def _snntorch(options: Namespace, choices: dict[str, Any]) -> Any:
    from importers.snntorch import convert

    return convert(_module(options.source), _shape(options), options.ticks, sequence=options.sequence, **choices)


def _spikingjelly(options: Namespace, choices: dict[str, Any]) -> Any:
    from importers.spikingjelly import convert

    return convert(_module(options.source), _shape(options), options.ticks, sequence=options.sequence or None,
                   **choices)


def _qonnx(options: Namespace, choices: dict[str, Any]) -> Any:
    from importers.qonnx import convert

    asked = {**choices, "ticks": options.ticks, "coding": options.coding != "direct"}
    given = sorted(f"--{name.replace('_', '-')}" for name, value in asked.items()
                   if name not in ("images", "pixel") and value)
    if given:
        raise ValueError(f"a QONNX graph says itself what its ticks, weights and outputs are; leave {', '.join(given)} "
                         "out")
    return convert(options.source, **{name: choices[name] for name in ("images", "pixel") if name in choices})


_CONVERT = {"nir": _nir, "snntorch": _snntorch, "spikingjelly": _spikingjelly, "arrays": _arrays, "qonnx": _qonnx}


def _shape(options: Namespace) -> tuple[int, ...]:
    if options.input_shape is None:
        raise ValueError("input shape must be given, as --input-shape 1,28,28")
    shape: tuple[int, ...] = options.input_shape
    return shape


def _module(source: str) -> Any:
    """The module that ``package.module:callable`` makes; the current folder counts, as for ``python -m``."""
    import torch

    place, _, name = source.partition(":")
    if not name or not all(part.isidentifier() for part in [*place.split("."), name]):
        raise ValueError(f"source must be package.module:callable, not {source!r:.100}")
    try:
        made = load(place, name)()
    except (Exception, SystemExit) as error:  # of the user's code, whatever it is
        raise ValueError(f"source {source!r:.100} must name what makes a module without arguments "
                         f"({said(error):.200})") from None
    if not isinstance(made, torch.nn.Module):
        raise ValueError(f"{source} must make an nn.Module, not a {type(made).__name__}")
    return made


def _extents(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"must be integers with commas between, not {text!r:.60}") from None


def _fraction(text: str) -> Fraction:
    try:
        if not EXPONENT.search(text):
            return Fraction(text)
    except (ValueError, ZeroDivisionError):
        pass
    raise ArgumentTypeError(f"must be a number or a fraction, not {text!r:.60}")


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike import", description="A network from elsewhere as a network file: exactly, or refused "
                                                   "with a remedy; and whether both give the same spikes.")
    parser.add_argument("source", help="a file .nir, .npz, .safetensors or .onnx; or package.module:callable, which "
                                       "makes an nn.Module (with --from)")
    parser.add_argument("--from", dest="source_kind", choices=SOURCES, help="without: by the file's suffix")
    shared(parser, "--out", required=True, help="the network file to write, NAME.safetensors")
    parser.add_argument("--ticks", type=int, help="ticks an image, 1..63; QONNX: the bits of its activations")
    parser.add_argument("--input-shape", type=_extents, metavar="C,H,W", help="of an image")
    parser.add_argument("--coding", choices=("direct", "latency"), default="direct",
                        help="pixels as numbers in every tick, or as spike times (%(default)s)")
    parser.add_argument("--pixel", type=_fraction, metavar="VALUE", help="what the source sees for a pixel of 1 "
                                                                        "(direct: 1/255) or for a spike (latency: 1)")
    parser.add_argument("--readout", choices=("count", "potential"))
    parser.add_argument("--images", type=Path, help="a .npy file of uint8 images to compare on; without: random ones")
    parser.add_argument("--data-set", metavar="NAME", help="that it is for, as mnist, by which simulate and report "
                                                           "measure it")
    parser.add_argument("--dt", type=float, help="NIR: seconds a tick (1e-4)")
    parser.add_argument("--comparator", choices=(">", ">="), help="NIR and arrays (NIR: >, arrays: >=)")
    parser.add_argument("--reset", choices=("zero", "subtract", "none"), help="NIR and arrays (zero)")
    parser.add_argument("--timing", choices=("now", "late", "held"), default="now",
                        help="NIR and arrays: when a reset by subtraction comes (%(default)s)")
    parser.add_argument("--sequence", action="store_true", help="modules: they take all ticks at once, tick first")
    parser.add_argument("--weights", choices=WEIGHTS, help="round real weights to such integers times a scale, and say "
                                                           "what it costs")
    parser.add_argument("--round-leak", action="store_true", help="round leaks to 1 - 2**-k, and what they leave of V")
    parser.add_argument("--round-amounts", action="store_true", help="round what resets take, and biases")
    parser.add_argument("--inexact", action="store_true", help="write the network though spikes differ")
    shared(parser, "--json")
    return parser
