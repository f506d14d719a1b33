"""What passing over ticks without an effect could win in the first layer, ``python -m benchmarks.silent_ticks``.

Of each network given, a shipped one with its reference folding or NAME="FOLDING", whose first layer takes spike times a
tick at a time: the cycles an image of that layer now, and if it passed over every tick that leaves all its neurons as
they are, in the mean and for the worst image; a window takes one cycle for each channel group at least, to say that
nothing fires. Then the LUTs of the design, and of the smallest whose first layer computes fewer channels at once and
still takes, in the mean, no longer than the design does an image; the fold of that layer, and the cycles that it takes
where no tick is passed over, which alone are guaranteed. Last the LUTs that find the ticks: for each tick one for each
input, and the OR of all by LUTs of four inputs. They are not in the others.

A tick has no effect if no input of the window spikes and V stays: with a step kernel in each tick without a spike, with
a ramp only before the first, or once the ramps of all have ended.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.peers import table
from hw import families
from hw.cost.estimate import estimate
from hw.families import Family
from quant import SingleSpike
from quant.dataflow.cores import ceil_div
from quant.dataflow.folding import fold_choices, text
from quant.dataflow.lowering import synaptic
from quant.dataflow.stage import SynapticStage
from quant.description.psp import Ramp
from quant.description.spike_coding import Times
from sim.data import images as images_of
from sim.functional.network import encode
from verify import builds

NETWORKS = ("mnist-up5k", "fashion-ecp5")
HEAD = ("network", "folding", "cycles an image", "first layer", "passing over, mean", "worst", "LUTs",
        "smallest as fast in the mean", "its first fold", "its guaranteed cycles", "LUTs to find the ticks")


def visited(stage: SynapticStage, images: np.ndarray) -> np.ndarray:
    """Ticks that have an effect, of each window of each image.

    Parameters
    ----------
    images : uint8, (n, channels, height, width)

    Returns
    -------
    int array (n, windows), 0..steps

    Raises
    ------
    ValueError
        The neurons of the stage may fire, or V changes, although no input spikes.
    """
    neurons, steps = stage.neurons, stage.steps
    if stage.signal.spike_coding is not Times or not isinstance(neurons, SingleSpike):
        raise ValueError(f"first layer must be of single-spike neurons that take spike times, not of {neurons.kind} "
                         "neurons or of numbers")
    if any(neurons.bias) or min(neurons.threshold) <= 0:
        raise ValueError("neurons must have no bias, and thresholds above 0, to pass over a tick")
    times = encode(images, steps)
    pad = [(0, 0), (0, 0), *[(stage.padding, stage.padding)] * 2]
    times = np.pad(times, pad, constant_values=steps)
    windows = sliding_window_view(times, (stage.size, stage.size), axis=(2, 3))[:, :, ::stage.stride, ::stage.stride]
    reach = 1 if not isinstance(neurons.psp, Ramp) else steps if neurons.psp.length is None else neurons.psp.length
    spikes = np.stack([(windows == tick).any(axis=(1, 4, 5)) for tick in range(steps)])
    acts = [spikes[max(0, tick - reach + 1):tick + 1].any(axis=0) for tick in range(steps)]
    return np.sum(acts, axis=0).reshape(len(images), -1)


def cycles(stage: SynapticStage, channels: int, ticks: np.ndarray) -> np.ndarray:
    """Cycles of a stage, ``channels`` and one tick at once, for each image whose windows visit so many ``ticks``."""
    return stage.shape_out[0] // channels * np.maximum(ticks, 1).sum(axis=1)


def row(target: builds.Target, family: Family, images: np.ndarray) -> tuple[str, ...]:
    """A line of the table.

    Raises
    ------
    ValueError
        The first layer takes several ticks at once, or its ticks cannot be passed over.
    """
    network, folding = target.source.network, target.folding
    stage, first = synaptic(network)[0], folding[0]
    if first.ticks != 1 or first.synapses != stage.fan_in:
        raise ValueError(f"first fold must be of all {stage.fan_in} synapses and one tick at once, not {first}")
    ticks, now = visited(stage, images), estimate(network, folding, family)
    passing = cycles(stage, first.channels, ticks)
    folds = [fold for fold in fold_choices(stage) if (fold.synapses, fold.ticks, fold.columns) == (stage.fan_in, 1, 1)
             and cycles(stage, fold.channels, ticks).mean() <= now.cycles_per_image]
    luts = {fold: estimate(network, (fold, *folding[1:]), family).luts for fold in folds}
    least = min(folds, key=luts.__getitem__)
    every = np.full_like(ticks[:1], stage.steps)
    whole, guaranteed = (cycles(stage, fold.channels, every)[0] for fold in (first, least))
    found = stage.steps * (stage.fan_in + ceil_div(stage.fan_in - 1, 3))
    return (f"`{target.name}`", text(folding), f"{now.cycles_per_image:,}", f"{whole:,}", f"{passing.mean():,.0f}",
            f"{passing.max():,}", f"{now.luts:,}", f"{luts[least]:,}", str(least), f"{guaranteed:,}", f"{found:,}")


def main(networks: list[str], family: Family, count: int, data: Path | None) -> None:
    """Print the rows of all networks, as Markdown."""
    rows = []
    for given in networks:
        name, _, fold = given.partition("=")
        target = builds.target(name, fold or None)
        rows.append(row(target, family, images_of(data, target.source.provenance.data_set, "train")[0][-count:]))
    print(table(HEAD, rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=NETWORKS, metavar="NETWORK[=FOLDING]")
    parser.add_argument("--family", choices=list(families.FAMILIES), default="ice40")
    parser.add_argument("--images", type=int, default=500, help="the last of the training images")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    main(list(options.networks), families.lookup(options.family), options.images, options.data)
