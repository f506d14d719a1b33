import torch

from train_binary.ops.functions import fire, sign


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
