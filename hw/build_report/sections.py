"""The sections of a build's page, each from the build's record to a chart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .attribution import BOARD, LINK, SHARED
from .charts import Bar, Panel, Segment, chart
from .colours import stage_of

Record = Mapping[str, Any]
PLAIN = "#4e79a7"
WORDS = {LINK: "serial link", BOARD: "pins, clock, reset", SHARED: "between cores"}
QUANTITIES = {"luts": "LUTs", "flip_flops": "flip-flops", "block_rams": "block RAMs"}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A chart with its words.

    Parameters
    ----------
    name : str
        Of the record's entry that it shows; a page without one has no such section.
    title : str
    text : callable
        From the record to what stands above the chart.
    draw : callable
        From the record and the colours to the chart.
    """

    name: str
    title: str
    text: Callable[[Record], str]
    draw: Callable[[Record, Mapping[str, str]], str]


def word(part: str) -> str:
    """Name of a part of the design, for people."""
    return WORDS.get(part, part)


def _stages(record: Record, colours: Mapping[str, str]) -> str:
    works = record["stages"]
    busiest = max(work["busy_cycles"] for work in works)
    names = [work["name"] for work in works]
    bars = [Bar(segments=(Segment(0, work["busy_cycles"], _stage_colour(work["name"], names, colours)),),
                text=f"{work['busy_cycles']:,}{': ' * bool(work['folding'])}{work['folding']}",
                strong=work["busy_cycles"] == busiest) for work in works]
    most = max(busiest, record["cycles_per_image"])
    return chart("Busy cycles of each stage", names, [Panel(bars=bars, most=most, text=420, track=True)])


def _stage_colour(stage: str, stages: Sequence[str], colours: Mapping[str, str]) -> str:
    own = [colour for core, colour in colours.items() if stage_of(core, stages) == stage.partition(" ")[0]]
    return own[len(own) // 2] if own else PLAIN


def _area(record: Record, colours: Mapping[str, str]) -> str:
    cores = [core for core in record["cores"] if any(core[key] for key in QUANTITIES) or core["name"] not in WORDS]
    panels = [Panel(title=title, bars=[
        Bar(segments=(Segment(0, core[key], colours[core["name"]]),), text=f"{core[key]:,}",
            mark=core[f"estimated_{key}"] or None) for core in cores]) for key, title in QUANTITIES.items()]
    return chart("Area of each core", [word(core["name"]) for core in cores], panels)


def _utilisation(record: Record, colours: Mapping[str, str]) -> str:
    bars = [Bar(segments=(Segment(0, site["used"] / site["available"], PLAIN),),
                text=f"{site['used']:,} of {site['available']:,} ({site['used'] / site['available']:.0%})")
            for site in record["utilisation"]]
    return chart("Utilisation of the device", [site["site"] for site in record["utilisation"]],
                 [Panel(bars=bars, most=1, text=220, track=True)])


def _path(record: Record, colours: Mapping[str, str]) -> str:
    bars, at = [], 0.0
    for hop in record["critical_path"]["hops"]:
        middle, end = at + hop["routing_ns"], at + hop["routing_ns"] + hop["logic_ns"]
        colour = colours[hop["part"]]
        cells = f"{hop['cells']} cell{'s' * (hop['cells'] > 1)}"
        bars.append(Bar(segments=(Segment(at, middle, colour, pale=True), Segment(middle, end, colour)),
                        text=f"{hop['routing_ns']:.1f} + {hop['logic_ns']:.1f} ns, {cells}"))
        at = end
    return chart("Critical path", [word(hop["part"]) for hop in record["critical_path"]["hops"]],
                 [Panel(bars=bars, text=170)])


def _path_text(record: Record) -> str:
    path = record["critical_path"]
    total = path["logic_ns"] + path["routing_ns"]
    source, sink = (f"{path[end]['signal']} ({word(path[end]['part'])})" for end in ("source", "sink"))
    return (f"The slowest path from register to register: from {source} to the {path['enters']} of {sink}, "
            f"{total:.1f} ns, of which {path['logic_ns']:.1f} ns logic and {path['routing_ns']:.1f} ns routing "
            f"({path['routing_ns'] / total:.0%}); the clock's period is {1000 / record['clock_mhz']:.1f} ns. Each line "
            "is a stretch within one core, pale while on wires. Logic between cores stands with the core that "
            "synthesis named it after.")


def _stages_text(record: Record) -> str:
    return (f"Cycles in which each stage is busy with one image, of {record['cycles_per_image']:,} from image to "
            "image; for the rest of them it waits. Bold: the busiest. A converter changes the width of the words in "
            "front of a stage. Behind each, what it computes at once.")


SECTIONS = (
    Section(name="stages", title="Busy cycles of each stage", text=_stages_text, draw=_stages),
    Section(name="cores", title="Area of each core",
            text=lambda record: (
                "Bars: as placed. Lines: as estimated before synthesis. Synthesis flattens the design; a register is "
                "counted where the design drives it, a LUT with the core that alone reads it, or whose registers alone "
                "it reads. What several cores share, as the handshakes that run through them, stands between cores."),
            draw=_area),
    Section(name="utilisation", title="Use of the device",
            text=lambda record: f"Sites of the {record['device']} that the design takes.", draw=_utilisation),
    Section(name="critical_path", title="Critical path", text=_path_text, draw=_path),
)
