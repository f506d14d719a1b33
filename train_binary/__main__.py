"""Train the network of a recipe: ``python -m train_binary --recipe FILE --out DIR``."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from quant.check import integer


def add_arguments(parser: ArgumentParser) -> None:
    """Give ``parser`` the arguments of a training."""
    parser.description = "Train a binary-weight network and quantise it."
    parser.add_argument("--recipe", required=True, help="a TOML file, or the name of a shipped recipe")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoint, log and network artefact")
    parser.add_argument("--data", type=Path, help="folder that holds the data sets (or BINSPIKE_DATA)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    changes = parser.add_argument_group("in place of what the recipe says")
    changes.add_argument("--method", help="train by this method, with its default options")
    changes.add_argument("--weights", help="sign, or real: for a network to learn from, or to compare with")
    changes.add_argument("--teacher", help="a recipe to learn from too, or none: from labels alone")
    changes.add_argument("--epochs", type=int, help="epochs of all schedules together")
    changes.add_argument("--seed", type=int)
    running = parser.add_argument_group("how to run", "Under torchrun all processes share one training.")
    running.add_argument("--device", default="auto", help="auto, cpu or cuda (%(default)s)")
    running.add_argument("--threads", type=int, help="threads of a process (as many as there are processors)")
    running.add_argument("--json", action="store_true", help="print a JSON line after each epoch, and no bar")
    running.add_argument("--tensorboard", type=Path, metavar="DIR", help="write the log for TensorBoard too")


def run(options: Namespace) -> None:
    """Train as the arguments ask. Needs torch, which the help of the command does not."""
    import torch

    from .recipe.overrides import changed
    from .recipe.recipe import find, load
    from .run.run import Options, train

    recipe = changed(load(find(options.recipe)), method=options.method, weights=options.weights,
                     epochs=options.epochs, seed=options.seed, teacher=options.teacher)
    if options.threads is not None:
        torch.set_num_threads(integer("threads", options.threads, 1, 1024))
    train(recipe, options.out, Options(folder=options.data, resume=options.resume, device=options.device,
                                       lines=options.json, tensorboard=options.tensorboard))


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
