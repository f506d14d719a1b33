import pytest
import torch

from train_binary.ops.times import crossing, first_tick, slope


def column(*values):
    """V of one neuron, shape (steps, 1, 1, 1, 1)."""
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1, 1).requires_grad_()


def back(potentials, bound, floor=0.0, revive=0.0):
    """Gradients of V and of the bound, when the planes' are 16, 32, 64, ..."""
    bound = torch.tensor(float(bound)).view(1, 1, 1).requires_grad_()
    fired = crossing(potentials, bound, floor, revive)
    fired.backward((16 * 2.0 ** torch.arange(len(fired))).view(-1, 1, 1, 1, 1))
    return fired.flatten().tolist(), potentials.grad.flatten().tolist(), bound.grad.item()


def test_first_tick_is_marked_once():
    fired, first = first_tick(torch.tensor([1.0, 3.0, 2.0, 5.0]), torch.tensor(3.0))
    assert (fired.tolist(), first.tolist()) == ([0, 1, 1, 1], [0, 1, 0, 0])


def test_slope_starts_from_rest():
    assert slope(torch.tensor([3.0, 5.0, 4.0])).tolist() == [3, 2, -1]


def test_spike_time_moves_by_one_over_the_slope():
    assert back(column(1, 5, 7), 4) == ([0, 1, 1], [0, 32 / 4, 0], -32 / 4)


def test_small_slopes_count_as_the_floor():
    assert back(column(2, 4, 12), 3, floor=1.0) == ([0, 1, 1], [0, 32 / 4, 0], -32 / 4)  # mean of the slopes is 4


def test_silent_neuron_has_no_derivative():
    assert back(column(1, 2, 3), 9) == ([0, 0, 0], [0, 0, 0], 0)


def test_silent_neuron_is_revived_at_the_last_tick():
    fired, gradient, bound = back(column(2, 4, 6), 10, revive=2.0)  # mean slope 2: 4 below the bound is one distance
    assert (gradient, bound) == ([0, 0, 64 / 2 / 4], -64 / 2 / 4)


@pytest.mark.parametrize("method", [slope, lambda x: first_tick(x, torch.tensor(0.0))[1]])
def test_one_tick(method):
    assert method(torch.ones(1, 2)).tolist() == [[1, 1]]


def test_nothing_that_reaches_a_layer_leaves_its_weights_numbers():
    _, gradient, bound = back(column(0, 0, 0), 4, floor=3.0, revive=2.0)
    assert gradient[:2] == [0, 0]
    assert abs(bound) < float("inf")
