import pytest
import torch

from train_binary.layers.heads import TimeLikelihood
from train_binary.layers.spike_times import OutputTimes, Timed


def output_times(values, bound, floor=0.0):
    """Times and gradient of their sum, for V of shape (steps, outputs) and a fixed bound."""
    head = OutputTimes(floor)
    head.neurons.observe = lambda potentials: torch.tensor(float(bound)).view(1, 1, 1)
    potentials = torch.tensor(values, dtype=torch.float32)[:, None].requires_grad_()
    times = head(potentials)
    times.sum().backward()
    return times.flatten().tolist(), potentials.grad[:, 0].T.tolist()


def test_output_time_is_where_the_line_meets_the_bound():
    times, gradient = output_times([[2], [6]], 3)
    assert (times, gradient) == ([0.25], [[0, -1 / 4]])


def test_silent_output_goes_on_with_the_mean_slope():
    assert output_times([[2], [4]], 7)[0] == [1 + 3 / 2]


def test_bound_follows_the_statistics():
    neurons = Timed(2)
    neurons.momentum = 1.0
    potentials = torch.randn(60, 2, 3, 3, generator=torch.Generator().manual_seed(0)) * 5 + 2
    bound = neurons.observe(potentials)
    assert torch.allclose(bound.flatten(), potentials.mean((0, 2, 3)) + 0.5 * potentials.std((0, 2, 3)), atol=1e-2)
    assert torch.allclose(neurons.mean, potentials.mean((0, 2, 3)))
    assert torch.allclose(neurons.variance, potentials.var((0, 2, 3)))


def test_logits_are_minus_the_times():
    head, potentials = TimeLikelihood(1.0, 0.5), torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(0)) * 9
    logits, times = head(potentials), OutputTimes(1.0)(potentials)
    assert logits.shape == (1, 6, 3)
    assert torch.equal(logits[0], -0.5 * times)


def test_bound_of_one_value():
    neurons = Timed(2)
    bound = neurons.observe(torch.tensor([3.0, 5.0]).view(1, 2, 1, 1))
    assert bound.flatten().tolist() == pytest.approx([3, 5], abs=0.1)
