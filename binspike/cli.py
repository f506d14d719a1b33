"""The command line: finds the verb, and loads only what that verb needs."""

import difflib
import importlib
import sys
from collections.abc import Sequence
from importlib import metadata

from hw.command import guard, table

VERBS = {
    "zoo": ("binspike.zoo", "list the networks that are shipped"),
    "data": ("binspike.data", "data sets: those known, whether what lies here is whole, and fetching them"),
    "train": ("binspike.train", "train a network from a recipe and quantise it"),
    "simulate": ("binspike.simulate", "classify images by the golden model and print the accuracy"),
    "report": ("binspike.report", "pictures and figures of a network or a training, on one page"),
    "noise": ("binspike.noise", "accuracy of a network when its input is disturbed"),
    "convert": ("binspike.convert", "phase neurons and plain rate conversion of one network, against ticks"),
    "estimate": ("binspike.estimate", "cycles, speed and area of a network under a folding, without synthesis"),
    "explore": ("binspike.explore", "foldings of a network, from the fastest to the smallest"),
    "emit": ("hw.emit", "write the core of a network as RTLIL and Verilog"),
    "verify": ("binspike.verify", "prove that the emitted Verilog equals the golden model, image by image"),
    "levels": ("binspike.levels", "accuracy at every level, from float training to the netlist, in one table"),
    "build": ("hw.build", "make the bitstream of a network for a board"),
    "flash": ("hw.bitstream.flash", "put a bitstream onto its board"),
    "infer": ("binspike.infer", "classify images by a board, or by its simulation"),
}
HELP = f"""\
usage: binspike VERB ...

From a labelled image set to an FPGA bitstream of a binary-weight, temporal-coded spiking network.

{table([(f"  {verb}", line) for verb, (_, line) in VERBS.items()])}

binspike VERB --help says more; --version prints the version."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        The exit status: 0; 1 if what was asked for could not be done; 2 for wrong input, which is one line on standard
        error.
    """
    verb, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if verb in ("-h", "--help"):
        return guard(lambda: print(HELP))
    if verb == "--version":
        return guard(lambda: print(f"binspike {_version()}"))
    if verb not in VERBS:
        near = difflib.get_close_matches(verb[:80], VERBS) or VERBS
        return guard(lambda: _refuse(f"verb must be one of {', '.join(near)}, not {verb!r:.80}; see binspike --help"))
    return importlib.import_module(VERBS[verb][0]).main(rest)


def _version() -> str:
    try:
        return metadata.version("binspike")
    except metadata.PackageNotFoundError:
        return "from a source tree that is not installed"


def _refuse(message: str) -> None:
    raise ValueError(message)
