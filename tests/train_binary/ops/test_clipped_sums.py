import pytest
import torch
import torch.nn.functional as F

from train_binary.layers.phase import PhaseNeurons
from train_binary.ops import clipped_sums, native
from train_binary.ops.channels import EPSILON
from train_binary.ops.clipped_sums import fits, normalised, ones
from train_binary.ops.functions import clipped, digits

pytestmark = pytest.mark.skipif(native.library() is None, reason="no C compiler: only the plain forms are there")
SHAPES = [(3, 5, 7, 6), (2, 1, 3, 3), (5, 3000, 2, 1), (2, 48, 33, 40)]
LAST = torch.channels_last


def halves(*shape, scale=50.0):
    return (torch.randn(shape) * scale + 7).round().bfloat16().contiguous(memory_format=LAST)


def plain(sums, gain, offset, shortcut, top, rounds):
    """The numbers by torch's operations, in float32."""
    values = F.batch_norm(sums.float(), None, None, gain, offset, training=True, eps=EPSILON)
    values = values if shortcut is None else values + shortcut
    return digits(values, top) if rounds else clipped(values, top + 1)


def outcome(function, sums, gain, offset, shortcut, rounds, gradient):
    """What a function gives, and all gradients."""
    given = [None if each is None else each.clone().requires_grad_() for each in (sums, gain, offset, shortcut)]
    found = function(*given, 7, rounds)
    found = found[0] if isinstance(found, tuple) else found
    found.backward(gradient.to(found.dtype))
    return [found.detach().float(), *(each.grad.float() for each in given if each is not None)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rounds", [True, False])
@pytest.mark.parametrize("joined", [True, False])
def test_compiled_and_plain_form_agree(shape, rounds, joined):
    torch.manual_seed(1)
    sums, gain, offset = halves(*shape), torch.rand(shape[1]) * 3 + 5, torch.rand(shape[1]) + 2.5
    shortcut = torch.randint(0, 8, shape).bfloat16().contiguous(memory_format=LAST) if joined else None
    gradient = halves(*shape, scale=0.1)
    ours, theirs = (outcome(each, sums, gain, offset, shortcut, rounds, gradient) for each in (normalised, plain))
    assert theirs[0].min() == 0
    assert theirs[0].max() == 7 + (not rounds)
    for found, due in zip(ours, theirs, strict=True):  # a bfloat16 has 8 bits
        assert torch.allclose(found, due, rtol=2**-8, atol=2**-8 * due.abs().max().item())
    same = ours[0] == theirs[0].bfloat16()
    assert same.all() if rounds else same.float().mean() > 0.99  # the last bit of a float may round another way


def test_moments_are_those_of_the_sums():
    sums = halves(4, 6, 5, 9)
    _, mean, variance = normalised(sums, torch.ones(6), torch.zeros(6), None, 7, True)
    exact = sums.double().transpose(0, 1).flatten(1)
    assert torch.allclose(mean.double(), exact.mean(1), rtol=1e-6)
    assert torch.allclose(variance.double(), exact.var(1), rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_share_the_work(threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        test_compiled_and_plain_form_agree((9, 48, 20, 20), True, True)
        test_moments_are_those_of_the_sums()
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("edge", [0.0, 7.0, 8.0, torch.nextafter(torch.tensor(8.0), torch.tensor(0.0)).item()])
@pytest.mark.parametrize("rounds", [True, False])
def test_edges_of_the_clip(edge, rounds):
    """Two sums, of which the one that is not 0 comes to ``edge`` by its shortcut alone."""
    sums = torch.zeros(1, 16, 2, 2, dtype=torch.bfloat16).contiguous(memory_format=LAST)
    shortcut = torch.full_like(sums, edge)
    outcomes = [outcome(each, sums, torch.ones(16), torch.zeros(16), shortcut, rounds, torch.ones_like(sums))
                for each in (normalised, plain)]
    assert all(torch.equal(found, due) for found, due in zip(*outcomes, strict=True))


def test_what_is_not_taken():
    good = halves(2, 3, 4, 4)
    assert fits(good)
    assert not fits(good.float())
    assert not fits(good.contiguous())
    assert not fits(good[:0])


@pytest.mark.parametrize("steps", [1, 3, 6])
@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (3, 40, 17, 11)], ids=str)
def test_ones_of_both_forms(steps, shape):
    numbers = (torch.rand(shape) * (2**steps + 0.5)).clamp(max=2**steps).bfloat16().contiguous(memory_format=LAST)
    top = 2**steps - 1
    due = sum(min(int(number), top).bit_count() for number in numbers.flatten().tolist())
    assert ones(numbers, steps) == ones(numbers.float(), steps) == due


def test_neurons_learn_the_same_statistics_by_both(monkeypatch):
    torch.manual_seed(0)
    sums, found = halves(6, 8, 5, 5), []
    for taken in (True, False):
        neurons = PhaseNeurons(8, 4, True).train()
        neurons.begin(3)
        if not taken:
            monkeypatch.setattr(clipped_sums, "fits", lambda sums: False)
        numbers = neurons.numbers(sums, 3, None)
        assert (numbers.dtype == torch.bfloat16) == taken
        found.append((numbers.float(), neurons.mean, neurons.variance))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.allclose(found[0][1], found[1][1], rtol=1e-5)
    assert torch.allclose(found[0][2], found[1][2], rtol=1e-5)
    assert found[0][1].abs().max() > 0
