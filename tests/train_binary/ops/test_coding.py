import pytest
import torch

from train_binary.ops.coding import planes, response, spike_times


@pytest.mark.parametrize("steps", [1, 5, 7, 256])
def test_bright_pixels_spike_early_and_black_never(steps):
    pixels = torch.arange(256, dtype=torch.uint8)
    assert spike_times(pixels, steps).tolist() == [steps, *(((255 - p) * steps) >> 8 for p in range(1, 256))]


def test_planes_hold_what_has_fired():
    assert planes(torch.tensor([0, 2, 3]), 3).tolist() == [[1, 0, 0], [1, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize("length", [1, 2, 3, 6, 9])
def test_response_counts_ticks_since_the_spike(length):
    steps = 6
    times = torch.arange(steps + 1)
    expected = [[min(length, max(0, tick + 1 - t)) for t in times.tolist()] for tick in range(steps)]
    assert response(planes(times, steps), length).tolist() == expected


@pytest.mark.parametrize("length", [1, 2, 3, 6, 9])
def test_gradient_of_response_is_its_transpose(length):
    identity = torch.eye(6, requires_grad=True)
    matrix = response(identity, length)
    gradient = torch.arange(36.0).view(6, 6)
    matrix.backward(gradient)
    assert torch.equal(identity.grad, matrix.detach().T @ gradient)


def test_response_leaves_its_input_alone():
    fired = planes(torch.tensor([0, 1]), 4)
    before = fired.clone()
    response(fired, 2)
    assert torch.equal(fired, before)
