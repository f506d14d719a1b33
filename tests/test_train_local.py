"""The layers that learn by themselves, against loops over single synapses."""

import pytest
import torch

from quant import Ramp, Step
from train_binary.local import LocalConv2d, LocalDense, LocalNeurons, Rule

STEPS, BATCH = 5, 3


def spikes(*shape, seed=0):
    """Times, and the planes of them."""
    times = torch.randint(0, STEPS + 1, (BATCH, *shape), generator=torch.Generator().manual_seed(seed))
    planes = (times <= torch.arange(STEPS).view(-1, 1, 1, 1, 1)).float()
    return times, planes.flatten(0, 1).requires_grad_()


def dense(rule, psp):
    torch.manual_seed(1)
    return LocalDense((4, 1, 1), STEPS, channels=6, psp=psp, neurons=lambda channels: LocalNeurons(channels, rule))


def expected(layer, times, gradient, rule, length):
    """Times of the outputs, then gradients of weights and of the input planes at their own spikes."""
    weight = layer.linear.weight.detach().sign()
    eps = (torch.arange(STEPS).view(-1, 1, 1) - times.flatten(1) + 1).clamp(0, length)
    potentials = (eps[:, :, None] * weight).sum(-1)
    spread, mean = torch.var_mean(potentials.float(), (0, 1))
    fired = potentials >= mean + 0.5 * spread.sqrt()
    rise = torch.diff(potentials, dim=0, prepend=torch.zeros_like(potentials[:1]))
    typical = rise.abs().float().mean().item()
    learned, below = torch.zeros_like(weight), torch.zeros(BATCH, 4)
    after = STEPS - fired.cummax(0).values.sum(0)
    for image in range(BATCH):
        moved = [gradient[after[image, k], image, k].item() if after[image, k] < STEPS else 0.0 for k in range(6)]
        norm = sum(d * d for d in moved) ** 0.5 if rule.normalise else 1.0
        for k, i in ((k, i) for k in range(6) for i in range(4) if after[image, k] < STEPS):
            tick, part = after[image, k], times[image, i, 0, 0] <= after[image, k]
            divisor = max(rise[tick, image, k].item(), rule.floor * typical) if rule.slope else typical
            cause = eps[tick, image, i].item() if rule.response else float(part)
            learned[k, i] += moved[k] / norm / divisor * cause
            below[image, i] += moved[k] / norm * weight[k, i] * part
    return after, learned, below


@pytest.mark.parametrize(("psp", "length"), [(Step(), 1), (Ramp(), STEPS), (Ramp(length=2), 2)])
@pytest.mark.parametrize("rule", [
    Rule(revive=0), Rule(revive=0, slope=False), Rule(revive=0, response=False), Rule(revive=0, normalise=True),
    Rule(revive=0, floor=0.1)], ids=str)
def test_dense_layer_learns_by_the_stated_equations(rule, psp, length):
    layer, (times, planes) = dense(rule, psp), spikes(4, 1, 1)
    gradient = torch.randn(STEPS * BATCH, 6, 1, 1, generator=torch.Generator().manual_seed(2))
    outputs = layer(planes)
    outputs.backward(gradient)
    after, learned, below = expected(layer, times, gradient.view(STEPS, BATCH, 6), rule, length)
    assert (STEPS - outputs.view(STEPS, BATCH, 6).sum(0)).tolist() == after.tolist()
    assert torch.allclose(layer.linear.weight.grad, learned, atol=1e-5)
    found = planes.grad.view(STEPS, BATCH, 4)
    spiked = times.flatten(1) < STEPS
    at = times.flatten(1).clamp(max=STEPS - 1)[None]
    assert torch.allclose(found.gather(0, at)[0][spiked], below[spiked], atol=1e-5)


def conv(rule, pool):
    torch.manual_seed(1)
    return LocalConv2d((2, 6, 6), STEPS, channels=3, size=3, stride=1, padding=1, pool=pool, psp=Ramp(),
                       neurons=lambda channels: LocalNeurons(channels, rule))


def test_convolution_over_its_whole_input_is_the_dense_layer():
    rule, outcomes = Rule(), []
    for kind in ("dense", "conv"):
        torch.manual_seed(1)
        neurons = {"neurons": lambda channels: LocalNeurons(channels, rule), "psp": Ramp()}
        layer = LocalDense((2, 3, 3), STEPS, channels=4, **neurons) if kind == "dense" else LocalConv2d(
            (2, 3, 3), STEPS, channels=4, size=3, stride=1, padding=0, pool=1, **neurons)
        _, planes = spikes(2, 3, 3)
        layer(planes).backward(torch.randn(STEPS * BATCH, 4, 1, 1, generator=torch.Generator().manual_seed(2)))
        weight = next(p for name, p in layer.named_parameters() if name.endswith("weight"))
        outcomes.append((weight.grad.flatten().tolist(), planes.grad.tolist(), layer.neurons.offset.grad.tolist()))
    assert outcomes[0] == outcomes[1]


def test_pooled_displacement_goes_to_the_first_spike_of_the_window():
    layer, (_, planes) = conv(Rule(revive=0), 2), spikes(2, 6, 6)
    outputs = layer(planes)
    spike = outputs.unflatten(0, (STEPS, BATCH)).diff(dim=0).nonzero()[0]  # tick before it, image, channel, row, column
    only = torch.zeros_like(outputs).unflatten(0, (STEPS, BATCH))
    only[spike[0] + 1, spike[1], spike[2], spike[3], spike[4]] = 1
    outputs.backward(only.flatten(0, 1))
    moved = planes.grad.unflatten(0, (STEPS, BATCH)).abs().sum((0, 1, 2))
    rows, columns = moved.nonzero().unbind(1)
    assert rows.max() - rows.min() <= 2
    assert columns.max() - columns.min() <= 2


def test_evaluation_is_that_of_the_plain_layer():
    layer, (_, planes) = conv(Rule(), 2), spikes(2, 6, 6)
    layer(planes)
    layer.eval()
    assert torch.equal(layer(planes), super(LocalConv2d, layer).forward(planes))
