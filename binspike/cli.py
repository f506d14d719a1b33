"""The command line: finds the verb, and loads only what that verb needs.

Each verb is a module of this package with `parser`, which makes its argument parser, and `run`, which takes the options
that it parsed, prints results on standard output and raises what `command.guard` turns into an exit status.
"""

import difflib
import importlib
import sys
from collections.abc import Sequence
from importlib import metadata

from .command import guard, table

GROUPS = {
    "networks": {
        "zoo": "list the networks that are shipped",
        "data": "data sets: those known, whether what lies here is whole, and fetching them",
        "train": "train a network from a recipe and quantise it",
        "vectors": "write the test vectors of a network, by which boards test themselves",
        "import": "a network of NIR, snnTorch, SpikingJelly or plain arrays as a network file, and its report",
        "export": "a network as a NIR graph"},
    "accuracy": {
        "simulate": "classify images by the golden model and print the accuracy",
        "report": "pictures and figures of a network or a training, on one page",
        "noise": "accuracy of a network when its input is disturbed",
        "convert": "phase neurons and plain rate conversion of one network, against ticks",
        "levels": "accuracy at every level, from float training to the netlist, in one table"},
    "hardware": {
        "estimate": "cycles, speed and area of a network under a folding, without synthesis",
        "explore": "foldings of a network, from the fastest to the smallest",
        "emit": "write the core of a network as RTLIL and Verilog",
        "build": "make the bitstream of a network for a board",
        "flash": "put a bitstream onto its board",
        "load": "give a board another network of the same shape, without synthesis",
        "infer": "classify images by a board, or by its simulation"},
    "proof": {
        "verify": "prove that the emitted Verilog equals the golden model, image by image",
        "netlist": "replay the test vectors of a network on its netlist after synthesis",
        "demo": "build a shipped network, and prove it on its test vectors",
        "bitstreams": "make the shipped bitstreams again, and compare every byte"},
    "this machine": {
        "gpu": "every training method on a GPU beside the CPU, and its images a second",
        "doctor": "versions of all tools, and how to get what is missing"},
}
VERBS = [verb for verbs in GROUPS.values() for verb in verbs]
WIDTH = max(map(len, VERBS))
HELP = """\
usage: binspike VERB ...

From a labelled image set to an FPGA bitstream of a binary-weight, temporal-coded spiking network.

{}

binspike VERB --help says more; --version prints the version.""".format("\n\n".join(
    f"{title}:\n{table([(f'  {verb:{WIDTH}}', line) for verb, line in verbs.items()])}"
    for title, verbs in GROUPS.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        The exit status: 0; 1 if what was asked for could not be done; 2 for wrong input, which is one line on standard
        error.
    """
    verb, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    return guard(lambda: _run(verb, rest))


def _run(verb: str, arguments: list[str]) -> None:
    if verb in ("-h", "--help"):
        print(HELP)
    elif verb == "--version":
        print(f"binspike {_version()}")
    elif verb in VERBS:
        module = importlib.import_module(f"binspike.{verb}")
        module.run(module.parser().parse_args(arguments))
    else:
        near = difflib.get_close_matches(verb[:80], VERBS) or VERBS
        raise ValueError(f"verb must be one of {', '.join(near)}, not {verb!r:.80}; see binspike --help")


def _version() -> str:
    try:
        return metadata.version("binspike")
    except metadata.PackageNotFoundError:
        return "from a source tree that is not installed"
