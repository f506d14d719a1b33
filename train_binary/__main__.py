"""Train the network of a recipe: ``python -m train_binary --recipe FILE --out DIR [--data DIR] [--resume]``."""

import argparse
import sys
from pathlib import Path

from .recipe import find, load
from .run import train


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status, 2 for wrong input."""
    parser = argparse.ArgumentParser("train_binary", description="Train a binary-weight network and quantise it.")
    parser.add_argument("--recipe", required=True, help="a TOML file, or the name of a shipped recipe")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoint, log and network artefact")
    parser.add_argument("--data", type=Path, help="folder that holds mnist/ and fashion-mnist/ (or BINSPIKE_DATA)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    options = parser.parse_args(arguments)
    try:
        train(load(find(options.recipe)), options.out, options.data, resume=options.resume)
    except (OSError, TypeError, ValueError) as error:
        print(f"train_binary: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
