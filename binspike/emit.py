# amaranth: UnusedElaboratable=no
# (a bus may refuse a core that is made)
"""``binspike emit``: the core of a network as RTLIL and Verilog, for a design of the user's own."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .arguments import Parser, positive, shared
from .command import show

if TYPE_CHECKING:
    from hw.accelerator import Accelerator
    from hw.buses import BusAccelerator
    from quant.dataflow.cores import EventFrames, Resize
    from quant.dataflow.folding import Folding
    from quant.files.artefact import Artefact


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike emit", description="Write a network's core as RTLIL and Verilog, for a design of yours.")
    shared(parser, "--network", required=True)
    shared(parser, "--fold", required=True)
    shared(parser, "--copies")
    shared(parser, "--out", required=True, help="folder to make")
    parser.add_argument("--name", help="of the top module; the names of all others begin with it (default: binspike_ "
                        "and a digest of network and folding)")
    parser.add_argument("--bus", metavar="KIND", help="put the core behind a bus: axi (AXI4-Stream with AXI4-Lite "
                        "registers), or wishbone")
    parser.add_argument("--cdc", action="store_true", help="give the core behind a bus a clock of its own")
    shared(parser, "--reload")
    shared(parser, "--resize")
    parser.add_argument("--events", metavar="CAMERA", help="take events of a camera, WIDTHxHEIGHT[/FACTOR][+LEFT+TOP]"
                        ",time=LENGTH or ,count=EVENTS of a tick, as 34x34/2,time=50000: a part of the sensor, as "
                        "spike trains")
    parser.add_argument("--project", metavar="TOOL", help="write a project of the core behind AXI4-Stream too: vivado "
                        "(also an IP and a PYNQ overlay), quartus or efinity; none of these tools has run on one")
    parser.add_argument("--part", help="part of the project, as its vendor names it, or a board, as pynq-z2 or "
                                         "de10-nano")
    parser.add_argument("--clock", type=positive, metavar="MHZ", help="clock of the project (100)")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Write, and print what was written.

    Raises
    ------
    ValueError
        The bus needs a library that is missing, or a clock or other networks are asked for without a bus.
    """
    from hw import emit
    from hw.bitstream import folder
    from quant.dataflow import folding
    from quant.files import artefact, zoo

    source = artefact.load(zoo.path(options.network))
    folds = folding.check(source.network, folding.parse(options.fold, options.copies))
    flags = [flag for flag in ("cdc", "reload") if getattr(options, flag)]
    kind = [*filter(None, [options.bus, options.resize, options.events]), *flags]
    name = emit.default_name(source.digest, folds, *kind) if options.name is None else emit.check_name(options.name)
    more: dict[str, Any] = {"reload": options.reload, "resize": _resize(options, source)}
    pictures = f", pictures {options.resize}" if options.resize else ""
    description = f"spiking network {source.digest[:16]}, folding {folding.text(folds)}{pictures}"
    if options.reload and not (options.bus or options.project):
        raise ValueError("--reload is of a core behind a bus: give --bus or --project too")
    project = _project(options, source, folds, name=name, description=description, **more)
    emit.write(_core(options, source, folds, **more), folder.check(options.out), name, description, project)
    record = {"network_sha256": source.digest, "folding": folding.text(folds), "top": name, "folder": str(options.out),
              "files": folder.manifest(options.out)["files"]}
    show(record, [("network", source.digest[:16]), ("folding", record["folding"]), ("top module", name),
                  ("folder", record["folder"]), ("files", ", ".join(record["files"]))], options.json)


def _resize(options: Namespace, source: "Artefact") -> "Resize | None":
    from quant.dataflow.cores.resize import parse

    return None if options.resize is None else parse(options.resize, source.network.input_shape)


def _events(options: Namespace, source: "Artefact") -> "EventFrames | None":
    from quant.dataflow.cores.event_frames import parse

    if options.events is None:
        return None
    if options.bus or options.project:
        raise ValueError("--events is of the core alone: leave --bus and --project out")
    if options.resize:
        raise ValueError("--resize and --events are of two cameras: leave one out")
    if source.network.coding != "events":
        raise ValueError(f"--events is for networks of coding events, not of {source.network.coding}")
    return parse(options.events, source.network.input_shape, source.network.steps)


def _core(options: Namespace, source: "Artefact", folds: "Folding", *, reload: bool,
          resize: "Resize | None") -> "Accelerator | BusAccelerator":
    from hw.accelerator import Accelerator
    from hw.buses import bus

    core = Accelerator(source.network, folds, resize=resize, events=_events(options, source),
                       reload=reload and options.bus is not None, narrow=options.bus is not None)
    if options.bus is None:
        if options.cdc:
            raise ValueError("--cdc is for a core behind a bus: give --bus axi or wishbone too")
        return core
    try:
        return bus.wrap(options.bus, core, source.digest, crossing=options.cdc)
    except ImportError as error:
        raise ValueError(f"--bus {options.bus} needs {error.name}: pip install 'binspike[{options.bus}]'") from None


def _project(options: Namespace, source: "Artefact", folds: "Folding", **more: Any) -> dict[str, str]:
    """Files of the project that is asked for."""
    if options.project is None:
        if options.part is not None or options.clock is not None:
            raise ValueError("--part and --clock are of a project: give --project too")
        return {}
    from importlib.metadata import version

    from hw import project
    from hw.emission.projects import PROJECTS

    if options.project not in PROJECTS:
        raise ValueError(f"project must be one of {', '.join(PROJECTS)}, not {options.project!r:.40}")
    return project.files(options.project, source, folds, part=options.part, version=version("binspike"),
                         clock_mhz=options.clock or project.CLOCK_MHZ, **more)
