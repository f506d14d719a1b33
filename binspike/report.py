"""``binspike report``: pictures and figures of a network or a training, on one page."""

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from quant.failure import Failure

from .arguments import SAMPLED, Parser, shared
from .command import table


def need_pictures() -> None:
    """Tell how to get what draws pictures, if it is not there."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise Failure("pictures need Matplotlib; install it with: pip install binspike[report]") from None


def check_picture(place: Path | None) -> None:
    """Refuse a picture that cannot be drawn, or not be written, before anything takes time; None: none is asked for."""
    if place:
        if place.suffix.lower() != ".png":
            raise ValueError(f"name of a picture must end in .png, not as {place.name}; give {place.stem}.png")
        need_pictures()
        if not place.absolute().parent.is_dir():
            raise ValueError(f"folder of the picture must exist: {place.parent}")


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar over the images of a report, as `reports.write` moves it."""
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    with tqdm(desc="report", unit=" images", disable=None, leave=False) as shown:
        def step(count: int, total: int) -> None:
            shown.total = total
            shown.update(count)
        yield step


def run(options: Namespace) -> None:
    """Compute the figures, then draw them or print them."""
    from reports import tables, writing
    from reports.figures import plain
    from reports.source import find

    if not options.json:
        need_pictures()
    source = find(options.path)
    with bar() as step:
        found = writing.collect(source, data=options.data, images=options.images, with_noise=options.noise,
                                progress=step)
    if options.json:
        print(json.dumps(plain(found), indent=2, allow_nan=False))
    else:
        page = writing.draw(found, options.out or source.out)
        print(table([*tables.summary(found.summary), ("report", str(page))]))


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike report", description="Classify test images by the golden model, and draw what there is "
                                                   "to see of a network or a training: PNG files and one HTML page.")
    parser.add_argument("path", help="a shipped network's name (binspike zoo), a network file, or the folder that a "
                                     "training left")
    shared(parser, "--data", help=SAMPLED)
    shared(parser, "--out", help="folder for the report (report in a training's folder; else build/report/NAME)")
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set only")
    parser.add_argument("--noise", action="store_true", help="also measure accuracy under noise: slow")
    shared(parser, "--json", help="print the figures as JSON, and draw nothing")
    return parser
