"""Conversion of a chain with its report: what became of each layer, and whether both sides give the same spikes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quant import Network
from quant.description.layers import Synaptic
from sim.functional import network as functional

from .form import Array, Chain
from .lowering import Conversion, lower
from .settings import Settings

IMAGES = 16  # random ones, where none are given
BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Equality:
    """Comparison of the source's spikes with those of the golden model.

    Attributes
    ----------
    images, equal : int
        Compared, and those of which every spike of every layer is the same.
    spikes, differing : int
        Places and ticks compared, and those that differ.
    fired : int
        Spikes of the source.
    random : bool
        The images are random.
    first : str
        The first difference in words; empty if there is none.
    classes : int
        Images that both put into the same class, by most spikes; of outputs without spikes 0.
    by_class : bool
        The outputs have spikes that can be counted.
    """

    images: int
    equal: int
    spikes: int
    differing: int
    fired: int
    random: bool
    first: str
    classes: int
    by_class: bool

    @property
    def exact(self) -> bool:
        """True if no spike differs."""
        return self.equal == self.images


@dataclass(frozen=True, kw_only=True)
class Converted:
    """An imported network with the report of its conversion."""

    network: Network
    source: str
    layers: tuple[Conversion, ...]
    equality: Equality
    notes: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, ...]]:
        """Table of the layers: source, what it became, range and width of V, what was rounded."""
        return [("source", "became", "range of V", "bits", "loss"), *(
            (each.source, each.became, "{}..{}".format(*each.bounds) if each.bounds else "",
             str(each.width) if each.width else "", each.loss or "exact") for each in self.layers)]

    def summary(self) -> list[tuple[str, str]]:
        """Lines of the comparison."""
        same, kind = self.equality, "random" if self.equality.random else "given"
        network = self.network
        found = (f"{same.equal:,} of {same.images:,} {kind} images ({same.differing:,} of {same.spikes:,} places and "
                 f"ticks differ, {same.fired:,} fire)")
        lines = [("source", self.source), ("same spikes", found),
                 ("ticks, coding, readout", f"{network.steps}, {network.coding}, {network.readout}")]
        lines += [("same class by most spikes", f"{same.classes:,} of {same.images:,}")] if same.by_class else []
        lines += [("first difference", same.first)] if same.first else []
        return lines + [("assumed", note) for note in self.notes]


def inputs(images: Array, settings: Settings) -> Array:
    """What a source sees of 8-bit images in each tick, float64, axes (image, tick, channel, height, width)."""
    scale = float(settings.pixel)
    if settings.coding == "direct":
        return np.repeat(images[:, None].astype(np.float64) * scale, settings.ticks, axis=1)
    times = functional.encode(images, settings.ticks)
    return np.stack([(times == tick) * scale for tick in range(settings.ticks)], axis=1)


def random_images(shape: tuple[int, int, int]) -> Array:
    """`IMAGES` random images, uint8 of shape (n, channels, height, width), the same each time."""
    return np.random.default_rng(0).integers(0, 256, (IMAGES, *shape), np.uint8)


def converted(chain: Chain, settings: Settings, reference: Callable[[Array], list[Array]],
              images: Array | None = None) -> Converted:
    """Lower a chain, and compare it with its source.

    Parameters
    ----------
    chain : Chain
    settings : Settings
    reference : callable
        8-bit images to the spikes of every layer of neurons of the source, axes (image, tick, neuron).
    images : uint8 array (n, channels, height, width), optional
        Without: `IMAGES` random ones.

    Raises
    ------
    ValueError
        A layer has no exact form, no layer spikes, or the images are of another shape.
    """
    network, layers = lower(chain, settings)
    random = images is None
    images = np.asarray(random_images(chain.input_shape) if images is None else images)
    if images.dtype != np.uint8 or images.shape[1:] != chain.input_shape or not len(images):
        raise ValueError(f"images must be uint8 of shape (n, {', '.join(map(str, chain.input_shape))}) with n >= 1, "
                         f"not {images.dtype} of {images.shape}")
    return Converted(network=network, source=chain.source, layers=layers, notes=chain.notes,
                     equality=compare(network, images, reference, random=random))


def trains(network: Network, images: Array) -> list[Array]:
    """Spikes of every layer of neurons by the golden model, bool, axes (image, tick, neuron)."""
    times = functional.run(network, images, times=True).times
    assert times is not None
    ticks = np.arange(network.steps)[None, :, None]
    return [(values.reshape(len(images), 1, -1) >> ticks & 1).astype(bool)
            for layer, values in zip(network.layers, times[1:], strict=True) if isinstance(layer, Synaptic)]


def compare(network: Network, images: Array, reference: Callable[[Array], list[Array]], *, random: bool) -> Equality:
    """Both sides on ``images``, batch by batch."""
    equal = spikes = differing = fired = classes = 0
    first, by_class = "", False
    for start in range(0, len(images), BATCH):
        batch = images[start:start + BATCH]
        pairs = list(zip(reference(batch), trains(network, batch), strict=False))
        if not pairs:
            raise ValueError("source must have a layer of neurons that spike; without one there is nothing to compare")
        wrong = [theirs != ours for theirs, ours in pairs]
        equal += int((~np.any([each.any((1, 2)) for each in wrong], axis=0)).sum())
        spikes, differing = spikes + sum(each.size for each in wrong), differing + sum(int(w.sum()) for w in wrong)
        fired += sum(int(theirs.sum()) for theirs, _ in pairs)
        first = first or _first(wrong, pairs, start)
        by_class = len(pairs) == len(network.synaptic)
        if by_class:
            classes += int((pairs[-1][0].sum(1).argmax(1) == pairs[-1][1].sum(1).argmax(1)).sum())
    return Equality(images=len(images), equal=equal, spikes=spikes, differing=differing, fired=fired, random=random,
                    first=first, classes=classes, by_class=by_class)


def _first(wrong: list[Array], pairs: list[tuple[Array, Array]], start: int) -> str:
    """The first difference: the earliest layer, then image, tick and neuron."""
    for index, (each, (theirs, _)) in enumerate(zip(wrong, pairs, strict=True)):
        if each.any():
            image, tick, neuron = (int(at) for at in np.argwhere(each)[0])
            source, made = ("fires", "does not") if theirs[image, tick, neuron] else ("does not fire", "does")
            return (f"layer {index} of neurons, image {start + image}, tick {tick}, neuron {neuron}: the source "
                    f"{source}, the network {made}")
    return ""


def as_json(result: Converted) -> dict[str, Any]:
    """The report for programs."""
    return {"source": result.source, "ticks": result.network.steps, "coding": result.network.coding,
            "readout": result.network.readout, "layers": [asdict(each) for each in result.layers],
            "equality": asdict(result.equality), "notes": list(result.notes)}
