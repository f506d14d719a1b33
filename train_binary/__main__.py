"""Train the network of a recipe: ``python -m train_binary --recipe FILE --out DIR``."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path


def add_arguments(parser: ArgumentParser) -> None:
    """Give ``parser`` the arguments of a training."""
    parser.description = "Train a binary-weight network and quantise it."
    parser.add_argument("--recipe", required=True, help="a TOML file, or the name of a shipped recipe")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoint, log and network artefact")
    parser.add_argument("--data", type=Path, help="folder that holds mnist/ and fashion-mnist/ (or BINSPIKE_DATA)")
    parser.add_argument("--method", help="train by this method, with its default options, and not by the recipe's")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")


def run(options: Namespace) -> None:
    """Train as the arguments ask. Needs torch, which the help of the command does not."""
    from .recipe import find, load, method
    from .run import train

    recipe = load(find(options.recipe))
    if options.method:
        recipe = replace(recipe, method=method(options.method))
    train(recipe, options.out, options.data, resume=options.resume)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status, 2 for wrong input."""
    parser = ArgumentParser("train_binary")
    add_arguments(parser)
    try:
        run(parser.parse_args(arguments))
    except (OSError, TypeError, ValueError) as error:
        print(f"train_binary: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
