"""Figures as rows of text, for the page and for the command line; every share with its n of N."""

from collections.abc import Mapping

import numpy as np

from .figures import Deadline, Summary
from .noise import Noise

Rows = list[tuple[str, ...]]
TICKS = 16  # of a table by tick, at most


def share(count: int, total: int) -> str:
    """Text of a count out of a total: "97.82% (9,782 of 10,000)"."""
    return f"{count / total:.2%} ({count:,} of {total:,})"


def summary(found: Summary) -> Rows:
    """Rows of the summary: label and text."""
    rows = [("network", f"{found.network} ({found.network_sha256[:16]})"),
            ("images", f"{found.images:,} of {found.data}"),
            ("accuracy", share(found.correct, found.images)),
            ("ties counted as right", f"{share(found.correct_if_ties_count, found.images)}, for comparison"),
            ("ties", f"{share(found.tied, found.images)}, broken by {_breaker(found.readout)}")]
    if found.readout == "first_spike":
        rows += [("no output spike", f"{share(found.undecided, found.images)}, decided by the potential"),
                 ("mean decision tick", f"{found.mean_decision_tick:.2f} of {found.ticks}")]
    rows += [("ticks", f"{found.ticks:,}"), ("weights", f"{found.weights:,}"),
             ("readout", found.readout.replace("_", " "))]
    for layer in found.layers:
        rows.append((f"spikes an image, {layer.layer}", f"{layer.spikes_per_image:,.1f} of {layer.neurons:,}" + (
            f"; {layer.silent_channels:,} of {layer.channels:,} channels never do" if layer.silent_channels else "")))
    return [*rows, *_provenance(found)]


def _breaker(readout: str) -> str:
    return "the larger potential, then the lower class" if readout == "first_spike" else "the lower class"


def _provenance(found: Summary) -> Rows:
    known = found.provenance
    rows: Rows = []
    if known.get("images"):
        where = f"{known['data_set']} {known['split']}".strip()
        rows.append(("stated accuracy", f"{share(known['correct'], known['images'])}, {where}"))
        if known.get("float_correct") is not None:
            rows.append(("before quantisation", share(known["float_correct"], known["images"])))
    texts = {"recipe": known.get("recipe"), "method": known.get("method"), "seed": known.get("seed")}
    return rows + [(name, str(text)) for name, text in texts.items() if text not in (None, "")]


def deadline(found: Deadline) -> Rows:
    """Rows of the deadline table: a header, and a row a tick with right answers and decided images."""
    curves = np.stack([found.correct, found.correct_by_potential, found.decided])
    ticks = sorted({round(tick) for tick in np.linspace(0, len(found.correct) - 1, min(len(found.correct), TICKS))})
    return [("stopped after tick", "by its readout", "by the largest potential", "decided"),
            *((str(tick), *(share(int(count), found.images) for count in curves[:, tick])) for tick in ticks)]


def noise(found: Mapping[str, Noise]) -> Rows:
    """Rows of the noise table: a header, and a row a kind and level; a column a network, empty without a figure."""
    places = list(dict.fromkeys((row.kind, row.level, row.unit) for each in found.values() for row in each.rows))
    shares = [{(row.kind, row.level): share(row.correct, each.images) for row in each.rows} for each in found.values()]
    clean = (share(each.clean, each.images) for each in found.values())
    return [("noise", "level", "", *found), ("none", "", "", *clean),
            *((kind, f"{level:g}", unit, *(each.get((kind, level), "") for each in shares))
              for kind, level, unit in places)]
