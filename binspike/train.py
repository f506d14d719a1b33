"""``binspike train``: a recipe to a quantised network."""

from pathlib import Path

from hw.command import Failure, Parser, guard


def _run(arguments: list[str]) -> None:
    parser = Parser("binspike train", description="Train a binary-weight network and quantise it.")
    parser.add_argument("--recipe", required=True, help="a TOML file, or the name of a shipped recipe")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoint, log and network artefact")
    parser.add_argument("--data", type=Path, help="folder that holds mnist/ and fashion-mnist/ (or BINSPIKE_DATA)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    options = parser.parse_args(arguments)
    try:
        from train_binary.recipe import find, load
        from train_binary.run import train
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Failure("training needs PyTorch; install it with: pip install binspike[train]") from None
    train(load(find(options.recipe)), options.out, options.data, resume=options.resume)


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
