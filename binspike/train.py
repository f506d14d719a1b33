"""``binspike train``: a recipe to a quantised network, and its report."""

import os
import sys
from argparse import Namespace

from hw.command import Failure, Parser, guard

from .report import bar, need_pictures


def _report(options: Namespace) -> None:
    """What `binspike report` makes of the training's folder."""
    import reports
    from reports.source import networks
    from sim.data import folder

    if not networks(options.out):
        print("report: none, since this training leaves no network", file=sys.stderr)
        return
    with bar() as step:
        page = reports.write(options.out, data=folder(options.data), progress=step)
    print(f"report: {page}", file=sys.stderr)


def _run(arguments: list[str]) -> None:
    from train_binary.__main__ import add_arguments, run

    parser = Parser("binspike train")
    add_arguments(parser)
    parser.add_argument("--no-report", action="store_true", help="leave no report folder with pictures of the training")
    options = parser.parse_args(arguments)
    reporting = not options.no_report and os.environ.get("RANK", "0") == "0"  # of several processes, the first
    if reporting:
        need_pictures()
    try:
        run(options)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Failure("training needs PyTorch; install it with: pip install binspike[train]") from None
    if reporting:
        _report(options)


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
