"""From output potentials to a class, and the output threshold that decides early and well."""

import torch
from torch import Tensor


def decide(potentials: Tensor, threshold: Tensor, readout: str) -> tuple[Tensor, Tensor]:
    """Class and decision tick under the rules of `quant.Network`.

    ``first_spike``: earliest output with V >= threshold; a tie goes to the larger V at that tick, then to the lower
    index; if none fires, largest V at the last tick, then lower index, and the tick is ``steps``. ``potential``:
    largest V at the last tick, then lower index; the tick is always ``steps - 1``.

    Parameters
    ----------
    potentials : Tensor
        Shape (steps, batch, classes).
    threshold : Tensor
        Shape (classes,), or one for all.
    readout : str
        "first_spike" or "potential".

    Returns
    -------
    class_index, tick : int64 of shape (batch,)
    """
    steps, batch = potentials.shape[:2]
    if readout == "potential":
        return potentials[-1].argmax(1), torch.full((batch,), steps - 1)
    fired = (potentials >= threshold).cumsum(0) > 0
    times = steps - fired.sum(0)
    tick = times.amin(1)
    rivals = potentials[tick.clamp(max=steps - 1), torch.arange(batch)].double()
    return rivals.masked_fill(times > tick[:, None], -torch.inf).argmax(1), tick


def calibrate(potentials: Tensor, labels: Tensor, slack: float) -> int:
    """One threshold for all outputs: the lowest, so the earliest to decide, that costs next to no accuracy.

    Of all integer thresholds those are kept that classify at most the share ``slack`` of the images worse than the best
    one, under readout ``first_spike``; the lowest of them is returned. Give it training images, never test images.

    Parameters
    ----------
    potentials : Tensor
        Integers of any type, shape (steps, images, classes).
    labels : Tensor
        int64, shape (images,).
    slack : float
        0..1.
    """
    right = (potentials.argmax(2) == labels).long()
    peak = potentials.amax(2).cummax(0).values.long()
    # a threshold above peak[t], and not above peak[t + 1], lets tick t + 1 decide: between these nothing changes
    values, where = torch.unique(peak[:-1], return_inverse=True)
    changes = torch.zeros_like(values).index_add_(0, where.flatten(), (right[1:] - right[:-1]).flatten())
    scores = right[0].sum() + torch.cat([changes.new_zeros(1), changes.cumsum(0)])
    candidates = torch.cat([peak.min().view(1), values + 1])
    good = scores >= scores.max() - int(slack * len(labels))
    return int(candidates[good.int().argmax()])
