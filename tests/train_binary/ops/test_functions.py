import pytest
import torch

from train_binary.ops.functions import clipped, fire, sign


def test_sign_of_zero_is_plus_one():
    assert sign(torch.tensor([-0.5, -0.0, 0.0, 0.5])).tolist() == [-1, 1, 1, 1]


def test_gradient_passes_straight_through_the_sign():
    weights = torch.tensor([-0.5, 0.25], requires_grad=True)
    sign(weights).backward(torch.tensor([3.0, -7.0]))
    assert weights.grad.tolist() == [3, -7]


def test_neurons_fire_at_zero_excess_and_stay_fired():
    assert fire(torch.tensor([-1.0, 0.0, -5.0])).tolist() == [0, 1, 1]


def test_gradient_goes_to_the_tick_that_set_the_maximum():
    excess = torch.tensor([-1.0, -2.0, 1.0, 0.0, 1.0], requires_grad=True)
    fire(excess).backward(torch.tensor([16.0, 32.0, 64.0, 128.0, 256.0]))
    assert excess.grad.tolist() == [1 + 2, 0, 4 + 8 + 16, 0, 0]


@pytest.mark.parametrize("top", [1, 2, 64, 2**20])
@pytest.mark.parametrize("last", [True, False], ids=["values channels last", "gradients channels last"])
def test_clipping_is_clamp_bit_for_bit(top, last):
    torch.manual_seed(0)
    values, gradient = (torch.randn(3, 5, 4, 6) * 2 * top for _ in range(2))
    edges = torch.tensor([0.0, -0.0, 1e-45, -1e-45, 1e-30, -1e-30, top])
    values.view(-1)[:9] = torch.cat([edges, torch.nextafter(torch.tensor([top, top]), torch.tensor([0.0, 3.0 * top]))])
    values, gradient = (each.contiguous(memory_format=torch.channels_last) if first == last else each
                        for each, first in ((values, True), (gradient, False)))
    outcomes = []
    for function in (clipped, lambda values, top: values.clamp(0, top)):
        given = values.clone().requires_grad_()
        found = function(given, top)
        found.backward(gradient)
        outcomes.append((found.detach().view(torch.int32), given.grad.view(torch.int32), given.grad.stride()))
    assert torch.equal(outcomes[0][0], outcomes[1][0])
    assert torch.equal(outcomes[0][1], outcomes[1][1])
    assert outcomes[0][2] == outcomes[1][2]
