"""``binspike train``: a recipe to a quantised network."""

from hw.command import Failure, Parser, guard


def _run(arguments: list[str]) -> None:
    from train_binary.__main__ import add_arguments, run

    parser = Parser("binspike train")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        run(options)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Failure("training needs PyTorch; install it with: pip install binspike[train]") from None


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
