"""Colours of the parts of a design: one for each stage, a shade of it for each of the stage's cores."""

from collections.abc import Sequence

from .attribution import BOARD, LINK, SHARED

STAGES = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1", "#d9b53c", "#9c755f", "#e889a0", "#7fbf6f")
OTHERS = {LINK: "#858b95", BOARD: "#b4b8bf", SHARED: "#c4a2d6"}
DARKEST, LIGHTEST = -.25, .45  # of a stage's shades


def colours(cores: Sequence[str], stages: Sequence[str]) -> dict[str, str]:
    """Colour of each core and of what else the design has.

    Parameters
    ----------
    cores : sequence of str
        In the order of the chain.
    stages : sequence of str
        Their names; those of their cores begin with them.
    """
    groups: dict[str, list[str]] = {}
    for core in cores:
        groups.setdefault(stage_of(core, stages), []).append(core)
    found = {core: _shade(STAGES[place % len(STAGES)], _step(at, len(group)))
             for place, group in enumerate(groups.values()) for at, core in enumerate(group)}
    return found | OTHERS


def stage_of(core: str, stages: Sequence[str]) -> str:
    """The stage of a core: the longest of ``stages`` that its name begins with, or else all but its last part."""
    known = [stage for stage in stages if f"{core}_".startswith(f"{stage}_")]
    return max(known, key=len, default=core.rpartition("_")[0] or core)


def _step(at: int, count: int) -> float:
    return DARKEST + (LIGHTEST - DARKEST) * at / (count - 1) if count > 1 else 0


def _shade(colour: str, step: float) -> str:
    """A colour mixed with white (step above 0) or black (below)."""
    target = 255 if step > 0 else 0
    channels = (int(colour[at:at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(channel + (target - channel) * abs(step)):02x}" for channel in channels)
