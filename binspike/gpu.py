"""``binspike gpu``: every training method on a GPU beside the CPU, and its images a second."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from quant.failure import Failure

from .arguments import Parser, shared
from .command import show
from .train import needing_torch


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike gpu", description="Train a little by every method on a GPU and on the CPU, from the same "
                                                "start and on made-up images; compare, and measure the speed. Takes at "
                                                "most five minutes.")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu: beside itself (%(default)s)")
    parser.add_argument("--batches", type=int, default=468, help="batches of 128 images to measure the speed by, at "
                                                                 "most (%(default)s, an epoch of MNIST)")
    parser.add_argument("--seconds", type=float, default=15, help="time for these, for each method (%(default)s)")
    shared(parser, "--json")
    return parser


def compared(options: Namespace) -> Iterator[Any]:
    """A comparison for each method that runs on the device.

    Raises
    ------
    Failure
        PyTorch is not installed.
    ValueError
        There is no such device, or a number is out of range.
    """
    with needing_torch():
        from train_binary.methods import METHODS
        from train_binary.run.device_check import compare
        from train_binary.run.trainer import find_device
    from quant.check import integer, member, number

    member("device", options.device, ("cuda", "cpu"))
    find_device(options.device)
    integer("batches", options.batches, 1, 2**16)
    number("seconds", options.seconds, 0, 3600)
    for kind, method in METHODS.items():
        if options.device in method().rule.devices:
            yield compare(kind, options.device, options.batches, options.seconds)


def _row(found: Any) -> tuple[str, ...]:
    exact = {True: "exact", False: "DIFFERENT", None: "real"}[found.exact]
    return (found.method, f"{found.images_per_second:,.0f}", f"{found.cpu_images_per_second:,.0f}",
            f"{found.cost_difference:.1e}", f"{found.same_signs:.2%}", exact)


def run(options: Namespace) -> None:
    """Print a row a method; a Failure if one differs from the CPU where it must not."""
    found = list(compared(options))
    show([asdict(each) for each in found],
         [("method", "images/s", "of the CPU", "cost differs by", "same signs", "potentials"), *map(_row, found)],
         options.json)
    wrong = [each.method for each in found if not each.agrees]
    if wrong:
        raise Failure(f"{options.device} must compute what the CPU does, and does not by {', '.join(wrong)}")
