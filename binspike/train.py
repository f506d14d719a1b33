"""``binspike train``: a recipe to a quantised network, its test vectors, and its report."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quant.failure import Failure

from .arguments import Parser, shared
from .report import bar, need_pictures


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike train", description="Train a binary-weight network and quantise it.")
    parser.add_argument("--recipe", required=True, help="a TOML file, or the name of a shipped recipe")
    shared(parser, "--out", required=True, help="folder for checkpoint, log, network artefact and its test vectors")
    shared(parser, "--data")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    parser.add_argument("--no-report", action="store_true", help="leave no report folder with pictures of the training")
    changes = parser.add_argument_group("in place of what the recipe says")
    changes.add_argument("--method", help="train by this method, with its default options")
    changes.add_argument("--weights", help="sign, or real: for a network to learn from, or to compare with")
    changes.add_argument("--teacher", help="a recipe to learn from too, or none: from labels alone")
    changes.add_argument("--epochs", type=int, help="epochs of all schedules together")
    changes.add_argument("--seed", type=int)
    changes.add_argument("--validation", type=int, metavar="IMAGES",
                         help="training images to choose settings by, which are not learned; 0: none")
    running = parser.add_argument_group("how to run", "Under torchrun all processes share one training.")
    running.add_argument("--device", default="auto", help="auto, cpu or cuda (%(default)s)")
    running.add_argument("--threads", type=int, help="threads of a process (as many as there are processors)")
    shared(running, "--json", help="print a JSON line after each epoch, and no bar")
    running.add_argument("--tensorboard", type=Path, metavar="DIR", help="write the log for TensorBoard too")
    return parser


def run(options: Namespace) -> None:
    """Train; of several processes, the first writes what is made of the network."""
    first = os.environ.get("RANK", "0") == "0"
    if first and not options.no_report:
        need_pictures()
    train(options)
    if first:
        _describe(options)


@contextmanager
def needing_torch() -> Iterator[None]:
    """Imports of what trains; a `Failure` that says how to install PyTorch where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Failure("training needs PyTorch; install it with: pip install binspike[train]") from None


def train(options: Namespace) -> None:
    """Train as the options ask.

    Raises
    ------
    Failure
        PyTorch is not installed.
    """
    with needing_torch():
        from train_binary.run.pipeline import Options
        from train_binary.run.pipeline import train as trained
    from train_binary.recipe.overrides import changed
    from train_binary.recipe.toml import find, load

    recipe = changed(load(find(options.recipe)), method=options.method, weights=options.weights, epochs=options.epochs,
                     seed=options.seed, teacher=options.teacher, validation=options.validation)
    trained(recipe, options.out, Options(folder=options.data, resume=options.resume, device=options.device,
                                         threads=options.threads, lines=options.json, tensorboard=options.tensorboard))


def _describe(options: Namespace) -> None:
    """Files beside the network: its test vectors, and what `binspike report` makes of the training's folder."""
    import reports
    from reports.source import networks
    from sim.vectors import write_vectors

    files = networks(options.out)
    for file in files:
        write_vectors(file, options.data)
    if options.no_report:
        return
    if not files:
        print("report: none, since this training leaves no network", file=sys.stderr)
        return
    with bar() as step:
        page = reports.write(options.out, data=options.data, progress=step)
    print(f"report: {page}", file=sys.stderr)
