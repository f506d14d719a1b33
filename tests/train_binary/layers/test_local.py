"""Neurons that learn from displacements, against loops over single neurons, ticks and synapses."""

import pytest
import torch

from quant import Ramp, Step
from train_binary.layers.local import LocalNeurons, displaced
from train_binary.layers.single_spike import Conv2d, Dense
from train_binary.ops import native
from train_binary.ops.channels import EPSILON

STEPS, BATCH = 5, 3


def column(*values):
    """V of one neuron, shape (steps, 1, 1, 1, 1)."""
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1, 1).requires_grad_()


def back(potentials, bound, reach):
    """Planes, and the gradients of V and of the bound when the planes' are 1, 2, 4, ..."""
    bound = torch.tensor(float(bound)).view(1, 1, 1).requires_grad_()
    fired = displaced(potentials, bound, reach)
    fired.backward((2.0 ** torch.arange(len(fired))).view(-1, 1, 1, 1, 1))
    return fired.flatten().tolist(), potentials.grad.flatten().tolist(), bound.grad.item()


def test_displacement_reaches_the_ticks_near_the_bound():
    assert back(column(2, 4, 6, 8), 5, 1.0) == ([0, 0, 1, 1], [0, 2, 4, 0], -6)  # the mean slope is 2: 3..7 is near


def test_reach_is_counted_in_ticks():
    assert back(column(2, 4, 6, 8), 5, 1.5)[1] == [1, 2, 4, 8]


def test_silent_neuron_near_the_bound_learns():
    assert back(column(2, 4, 6), 7, 0.5) == ([0, 0, 0], [0, 0, 4], -4)


def test_silent_neuron_far_below_the_bound_does_not():
    assert back(column(2, 4, 6), 20, 2.0)[1] == [0, 0, 0]


def test_displacement_goes_to_the_tick_of_the_largest_potential():
    assert back(column(4, 2, 3), 5, 1.0)[1] == [1 + 2 + 4, 0, 0]  # mean slope 7/3


def layer(psp, reach, kind=Dense):
    torch.manual_seed(1)
    return kind((4, 1, 1), STEPS, channels=6, psp=psp, neurons=lambda channels: LocalNeurons(channels, reach))


def spikes(*shape, seed=0):
    """Times, and the planes of them."""
    times = torch.randint(0, STEPS + 1, (BATCH, *shape), generator=torch.Generator().manual_seed(seed))
    planes = (times <= torch.arange(STEPS).view(-1, 1, 1, 1, 1)).float()
    return times, planes.flatten(0, 1).requires_grad_()


def expected(dense, times, wish, reach, length):
    """Planes, then gradients of weights and of the input planes, by the equations of STiDi, neuron by neuron.

    ``wish`` is minus D, shape (steps, batch, outputs).
    """
    signs = dense.linear.weight.detach().sign().double()
    kernel = torch.tensor([[min(max(s - t + 1, 0), length) for s in range(STEPS)] for t in range(STEPS + 1)])
    eps = kernel[times.flatten(1)].permute(2, 0, 1).double()  # tick, image, input
    potentials = eps @ signs.T
    mean, spread = potentials.mean((0, 1)), (potentials.var((0, 1)) + EPSILON).sqrt()
    bound = mean + 0.5 * spread
    learned, below = torch.zeros_like(signs), torch.zeros(STEPS, BATCH, 4).double()
    moved = torch.zeros(STEPS, BATCH, 6).double()
    for j in range(6):
        rises = [abs(potentials[t, b, j] - (potentials[t - 1, b, j] if t else 0))
                 for t in range(STEPS) for b in range(BATCH)]
        for b in range(BATCH):
            for t in range(STEPS):
                peak = potentials[:t + 1, b, j].max()
                if abs(peak - bound[j]) <= reach * sum(rises) / len(rises):
                    first = next(s for s in range(STEPS) if potentials[s, b, j] == peak)
                    moved[first, b, j] += wish[t, b, j]
        total, count = moved[:, :, j].sum(), STEPS * BATCH
        for b in range(BATCH):
            for t in range(STEPS):  # the bound is mean + 0.5 spread, and follows V
                moved_bound = (1 + 0.5 * (potentials[t, b, j] - mean[j]) / spread[j] * count / (count - 1)) / count
                wanted = moved[t, b, j] - total * moved_bound
                learned[j] += wanted * eps[t, b]
                below[max(0, t - length + 1):t + 1, b] += wanted * signs[j]
    return potentials >= bound, learned, below


@pytest.mark.parametrize(("psp", "length"), [(Step(), 1), (Ramp(), STEPS), (Ramp(length=2), 2)])
@pytest.mark.parametrize("reach", [0.5, 1.5])
def test_dense_layer_learns_by_the_stated_equations(reach, psp, length):
    dense, (times, planes) = layer(psp, reach), spikes(4, 1, 1)
    wish = torch.randn(STEPS * BATCH, 6, 1, 1, generator=torch.Generator().manual_seed(2))
    outputs = dense(planes)
    outputs.backward(wish)
    reached, learned, below = expected(dense, times, wish.view(STEPS, BATCH, 6).double(), reach, length)
    assert torch.equal(outputs.view(STEPS, BATCH, 6) > 0, reached.cummax(0).values)
    assert torch.allclose(dense.linear.weight.grad.double(), learned, atol=1e-4)
    assert torch.allclose(planes.grad.view(STEPS, BATCH, 4).double(), below, atol=1e-4)


def test_what_raises_every_potential_teaches_nothing():
    neurons, potentials = LocalNeurons(2, 1.0), torch.randn(STEPS * BATCH, 2, 3, 3).mul(9).round().requires_grad_()
    neurons(potentials, STEPS).backward(torch.ones_like(potentials))
    assert potentials.grad.abs().max() > 0
    assert torch.allclose(potentials.grad.sum((0, 2, 3)), torch.zeros(2), atol=1e-3)


def test_displacement_is_passed_down_by_signs_and_not_by_derivatives():
    grown = [spikes(4, 1, 1) for _ in range(2)]
    for factor, (_, planes) in zip((1.0, 0.01), grown, strict=True):
        dense = layer(Ramp(), 1.0)
        with torch.no_grad():
            dense.linear.weight.mul_(factor)
        dense(planes).backward(torch.ones(STEPS * BATCH, 6, 1, 1))
    assert torch.equal(grown[0][1].grad, grown[1][1].grad)


def test_evaluation_is_that_of_any_neuron():
    local, plain = LocalNeurons(3, 1.0), torch.randn(STEPS * BATCH, 3, 2, 2).mul(9).round()
    local(plain, STEPS)
    local.eval()
    assert torch.equal(local(plain, STEPS), super(LocalNeurons, local).forward(plain, STEPS))


def test_convolution_over_its_whole_input_is_the_dense_layer():
    outcomes = []
    for kind in (Dense, Conv2d):
        torch.manual_seed(1)
        options = {"neurons": lambda channels: LocalNeurons(channels, 1.0), "psp": Ramp(), "channels": 4}
        conv = {"size": 3, "stride": 1, "padding": 0, "pool": 1} if kind is Conv2d else {}
        built, (_, planes) = kind((2, 3, 3), STEPS, **options, **conv), spikes(2, 3, 3)
        built(planes).backward(torch.randn(STEPS * BATCH, 4, 1, 1, generator=torch.Generator().manual_seed(2)))
        weight = next(p for name, p in built.named_parameters() if name.endswith("weight"))
        outcomes.append(torch.cat([each.flatten() for each in (weight.grad, planes.grad, built.neurons.offset.grad)]))
    assert torch.allclose(*outcomes, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 7, 3, 5), (4, 16, 1, 1), (1, 3, 40, 40)], ids=str)
def test_compiled_and_plain_neurons_are_the_same(shape, monkeypatch):
    generator, outcomes, expected = torch.Generator().manual_seed(1), [], []
    if native.library():
        expected = ["rises", "spikes_forward", "displaced_backward"]
    batch, count, height, width = shape
    maps = [torch.randn(STEPS * batch, count, height, width, generator=generator).mul(5) for _ in range(2)]
    planes = [each.contiguous(memory_format=torch.channels_last).unflatten(0, (STEPS, batch)) for each in maps]
    bound, called, call = torch.randn(count, generator=generator).mul(4)[:, None, None], [], native.call
    monkeypatch.setattr(native, "call", lambda name, *rest: called.append(name) or call(name, *rest))
    for library in (native.library, lambda: None):
        monkeypatch.setattr(native, "library", library)
        given = [each.clone().requires_grad_() for each in (planes[0].round(), bound)]
        fired = displaced(*given, 0.7)
        fired.backward(planes[1])
        outcomes.append([fired, *(each.grad for each in given)])
    assert all(torch.equal(a, b) for a, b in zip(*outcomes, strict=True))
    assert 0.02 < (outcomes[0][1] == 0).float().mean() < 0.98
    assert [name for name in called if name != "largest"] == expected
