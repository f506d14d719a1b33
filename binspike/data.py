"""``binspike data``: the data sets that are known or at hand, whether they are whole, and fetching them."""

import json
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from quant.failure import Failure

from .arguments import Parser, shared
from .command import counted, show, table
from .report import check_picture

Rows = list[tuple[str, ...]]
COLOURS = {1: "grey", 3: "rgb"}
OPTIONS = ("size", "colour", "invert", "ticks", "window", "count", "factor", "sensor", "code",
           "learned")


def _list(options: Namespace) -> list[dict[str, Any]]:
    from image_sets import KNOWN
    from image_sets.folders import folders

    looked, found = folders(options.data), []
    if options.data and not options.data.is_dir():
        raise FileNotFoundError(f"data folder must exist, not {options.data}")
    for name, known in KNOWN.items():
        here = [str(folder / place.path) for folder in looked for place in known.places if place.lies_in(folder)]
        found.append({"name": name, "images": known.images, "classes": known.classes,
                      "place": here[0] if here else None, "published": bool(known.downloads)})
    return found


def _listing(found: list[dict[str, Any]]) -> Rows:
    return [("data set", "train", "test", "place"), *(
        (each["name"], f"{each['images']['train']:,}", f"{each['images']['test']:,}",
         each["place"] or ("not here; binspike data download fetches it" if each["published"] else "not here"))
        for each in found)]


def _check(options: Namespace) -> Iterator[Any]:
    from image_sets.overview import overview, within

    given = {key: value for key in OPTIONS if (value := getattr(options, key)) is not None}
    if not options.folder.exists():
        raise FileNotFoundError(f"folder to check must exist, not {options.folder}")
    places = list(within(options.folder))
    if not places:
        raise ValueError(f"{options.folder}: must hold a data set: IDX files, batches of CIFAR-10, or pictures in "
                         "CLASS/NAME, or in train/CLASS/NAME and test/CLASS/NAME; see binspike data check --help")
    if options.picture and len(places) > 1:
        raise ValueError(f"{options.folder}: must be one data set to draw, not a folder of {len(places)}; name one")
    for place in places:
        yield overview(place, **given)


def _record(found: Any) -> dict[str, Any]:
    return {"path": str(found.path), "kind": found.kind, "name": found.known and found.known.name,
            "shape": list(found.shape), "images": found.images, "class_names": list(found.class_names),
            "changes": found.changes, "ticks": found.ticks,
            "checksums": found.checked, "differences": found.differences}


def _rows(found: Any) -> Rows:
    channels, height, width = found.shape
    names = found.class_names or [str(number) for number in range(len(found.images["train"]))]
    few = [f"{name} {train:,} + {test:,}" for name, train, test in zip(names, *found.images.values(), strict=True)]
    train, test = (f"{sum(counts):,} to {split}" for split, counts in found.images.items())
    sums = f"{sum(found.checked.values())} of {len(found.checked)} are the known ones"
    return [("data set", f"{found.path} ({found.known.title if found.known else found.kind})"),
            ("images", f"{train}, {test}, {width} x {height}, {COLOURS.get(channels, f'{channels} channels')}"),
            *([("events", found.ticks)] if found.ticks else []),
            *([("pictures", counted(found.changes) or "as they are")] if found.pictures else []),
            ("classes", ", ".join(few[:10]) + (f", and {len(few) - 10} more" if len(few) > 10 else "")),
            ("checksums", sums if found.checked else "none known")]


def _download(options: Namespace) -> Iterator[dict[str, str]]:
    from tqdm import tqdm

    from image_sets import KNOWN
    from image_sets.download import fetch
    from image_sets.folders import folders
    from quant.check import member

    known = KNOWN[member("data set", options.name.lower(), tuple(KNOWN))]
    folder = folders(options.data)[0]
    with tqdm(unit="B", unit_scale=True, disable=None, leave=False) as bar:
        def progress(name: str, have: int, whole: int | None) -> None:
            bar.set_description(name, refresh=False)
            bar.total, bar.n = whole, have
            bar.update(0)
        for name, what in fetch(known, folder, progress):
            yield {"file": name, "what": what, "folder": str(folder / known.places[0].path)}


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike data", description="Labelled image sets: those known by name, what lies in a folder, and "
                                                 "fetching what is published.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    listing = actions.add_parser("list", help="data sets known by name, and where they lie")
    check = actions.add_parser("check", help="read a data set whole, and compare its checksums")
    check.add_argument("folder", type=Path, metavar="FOLDER",
                       help="a data set: IDX files, batches of CIFAR-10 or CIFAR-100, pictures or recordings of event "
                            "cameras in CLASS/NAME, or in train/CLASS/NAME and test/CLASS/NAME, or an archive of "
                            "these; or a folder that holds some")
    check.add_argument("--size", type=int, help="scale pictures to fit SIZE x SIZE; without: they must be of one size")
    check.add_argument("--colour", choices=("grey", "rgb"), help="take pictures as grey (grey) or as rgb")
    check.add_argument("--invert", action="store_true", default=None, help="for pictures drawn dark on light")
    check.add_argument("--ticks", type=int, help="ticks of a recording of an event camera (8)")
    check.add_argument("--window", type=int, metavar="US", help="microseconds of a tick; without: equal parts of each "
                                                                "recording")
    check.add_argument("--count", type=int, metavar="EVENTS", help="events of a tick, in place of a window")
    check.add_argument("--factor", type=int, help="rows and columns of a sensor that become one (1)")
    check.add_argument("--code", help="of the ticks of a pixel: trains, first event or rates (trains)")
    check.add_argument("--sensor", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"),
                       help="of the camera, where its files do not say it (34 34)")
    check.add_argument("--learned", type=int, metavar="NUMBER", help="numbered recordings up to this one are learned")
    check.add_argument("--picture", type=Path, metavar="PNG", help="also draw some images of each class, as a network "
                                                                   "gets them, into this file")
    download = actions.add_parser("download", help="fetch a data set that is published")
    download.add_argument("name", metavar="NAME", help="as binspike data list has it")
    shared(listing, "--data")
    shared(download, "--data", help="folder to fetch into; without: BINSPIKE_DATA, else "
                                    "~/.cache/binspike/data, where it is found")
    for each in (listing, check, download):
        shared(each, "--json")
    return parser


def run(options: Namespace) -> None:
    """Do what the action says."""
    {"list": _print_list, "check": _print_check, "download": _print_download}[options.action](options)


def _print_list(options: Namespace) -> None:
    found = _list(options)
    show(found, _listing(found), options.json)


def _print_check(options: Namespace) -> None:
    """Raise a Failure if a known data set differs."""
    check_picture(options.picture)
    overviews = list(_check(options))
    if options.picture:
        _draw(options.picture, overviews[0])
    print(json.dumps([_record(each) for each in overviews], indent=2) if options.json
          else "\n\n".join(table(_rows(each)) for each in overviews))
    for each in overviews:
        if each.differences:
            raise Failure(f"{each.path} is not {each.known.title} as it is known: {', '.join(each.differences)}")


def _draw(place: Path, found: Any) -> None:
    """Write the contact sheet of a data set."""
    from quant.files import scratch
    from reports.canvas import png
    from reports.image_grids import contact_sheet

    names = found.class_names or [str(number) for number in range(len(found.examples))]
    scratch.write(place, png(partial(contact_sheet, names=names), found.examples))


def _print_download(options: Namespace) -> None:
    found = []
    for each in _download(options):
        found.append(each)
        if not options.json:
            print(f"{each['file']}: {each['what']}", flush=True)
    print(json.dumps(found, indent=2) if options.json else f"in {found[0]['folder']}")
