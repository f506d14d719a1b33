"""Arguments of the verbs: a parser whose errors are one line, and what several verbs take."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:  # with Amaranth, which help does not wait for
    from hw.build import Job

AUTO, OSCILLATOR = "auto", "oscillator"  # as in hw.clock, which help does not wait for
NETWORK = "mnist-up5k"  # of verbs that take one unless told otherwise
DATA = "folder of the data sets; without: BINSPIKE_DATA, else ~/.cache/binspike/data or ./data"
SAMPLED = f"{DATA}; where it is in neither: the shipped samples"
RANDOM = f"{DATA}; where it is in neither: random images"
SHARED: dict[str, dict[str, Any]] = {
    "--network": {"help": "a shipped network's name (binspike zoo), or a file"},
    "--board": {"help": "a board, as icebreaker, ulx3s-85f or tangnano9k (a name that is none lists all), or "
                        "one of your own, as package.module:Class"},
    "--fold": {"help": '"channels,synapses,ticks" at once, for each layer with weights, as "8,9,1 4,8,1 10,10,1"; '
                       "binspike explore lists some"},
    "--copies": {"type": int, "help": "whole cores side by side behind one stream, which take images in turn (what "
                                      "--fold says, by x2 at its end; else 1)"},
    "--data": {"type": Path, "help": DATA},
    "--out": {"type": Path},
    "--resize": {"metavar": "PICTURE", "help": "take pictures of a camera, WIDTHxHEIGHT[xCHANNELS][/FACTOR][+LEFT+TOP]"
                                               "[,invert], as 160x120x3/4+24+4: a part of them, grey, mean over boxes"},
    "--reload": {"action": "store_true", "help": "keep weights and thresholds in memories, so that binspike load gives "
                                                 "the design other networks of the same shape"},
    "--json": {"action": "store_true", "help": "print the result as JSON"}}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """Raise what `command.guard` turns into a line.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(f"{message}; see {self.prog} --help")

    def print_help(self, file: Any = None) -> None:
        """Print the help; an error in doing so is one, which argparse does not tell."""
        print(self.format_help(), end="", file=file)


def shared(parser: argparse._ActionsContainer, flag: str, **changes: Any) -> None:
    """Give ``parser``, or a group of it, an argument of `SHARED`, with changes."""
    options = SHARED[flag] | changes
    if "default" in changes:
        options["help"] += " (%(default)s)"
    parser.add_argument(flag, **options)


def positive(text: str) -> float:
    """The positive number in ``text``.

    Raises
    ------
    argparse.ArgumentTypeError
        There is none; the parser's error names the option.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def clock(text: str) -> str | float:
    """A clock as `hw.build.Job.plan` takes it.

    Raises
    ------
    argparse.ArgumentTypeError
        It is none.
    """
    if text in (AUTO, OSCILLATOR):
        return text
    try:
        return positive(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"must be {AUTO}, {OSCILLATOR} or MHz, not {text!r}") from None


def clock_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments that choose a clock."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--clock", type=clock, metavar="auto|MHZ|oscillator",
                       help="the fastest that the routed design holds, by the PLL of the device; the highest up to MHZ "
                            f"that the PLL makes; the board's oscillator (where there is a PLL: {AUTO})")
    group.add_argument("--clock-divider", type=int, help="run at the board's oscillator divided by this; without: the "
                                                         "least that gives a clock that its part reaches")


def design_parser(prog: str, description: str) -> Parser:
    """The arguments that `planned` needs, and ``--json``."""
    parser = Parser(prog, description=description)
    shared(parser, "--network", default=NETWORK)
    shared(parser, "--board", required=True)
    speed = parser.add_mutually_exclusive_group()
    shared(speed, "--fold")
    shared(parser, "--copies")
    speed.add_argument("--target-fps", type=positive, help="images a second to reach with the smallest design; without "
                                                        "--fold and --target-fps: the fastest design that fits")
    clock_arguments(parser)
    shared(parser, "--json")
    return parser


def planned(options: argparse.Namespace, **more: Any) -> "Job":
    """The build that the arguments of `design_parser` ask for; ``more``: as `hw.build.Job.plan` takes it."""
    from hw.build import Job

    return Job.plan(options.network, options.board, fold=options.fold, fps=options.target_fps, copies=options.copies,
                    clock=options.clock, divider=options.clock_divider, **more)
