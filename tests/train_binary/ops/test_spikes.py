import pytest
import torch
import torch.nn.functional as F

from train_binary.ops import native
from train_binary.ops.functions import fire
from train_binary.ops.spikes import spikes

STEPS = 5
SHAPES = [(STEPS * 4, 3, 6, 6), (STEPS * 3, 40, 1, 1), (STEPS, 7, 5, 3)]


def inputs(shape, seed=0):
    torch.manual_seed(seed)
    potentials = torch.randint(-30, 31, shape).float().unflatten(0, (STEPS, -1)).cumsum(0).flatten(0, 1)
    return potentials.contiguous(memory_format=torch.channels_last), torch.randn(shape[1]), torch.randn(shape)


def learned(function, potentials, offset, gradient):
    potentials, offset = potentials.clone().requires_grad_(), offset.clone().requires_grad_()
    fired, *rest = function(potentials, offset)
    fired.backward(gradient)
    return [fired.detach(), *rest, potentials.grad, offset.grad]


def ours(potentials, offset):
    return spikes(potentials, offset, STEPS, 1e-3)


def reference(potentials, offset):
    """Reference by the batch normalisation of torch, in double precision."""
    mean, variance = torch.zeros_like(offset.detach()), torch.ones_like(offset.detach())
    excess = F.batch_norm(potentials, mean, variance, bias=offset, training=True, momentum=1, eps=1e-3)
    return fire(excess.unflatten(0, (STEPS, -1))).flatten(0, 1), mean, variance


@pytest.mark.parametrize("plain", [False, True], ids=["compiled", "plain"])
@pytest.mark.parametrize("shape", SHAPES)
def test_spikes_are_those_of_a_batch_normalisation(shape, plain, monkeypatch):
    if plain:
        monkeypatch.setattr(native, "library", lambda: None)
    given = inputs(shape)
    found, expected = learned(ours, *given), learned(reference, *(each.double() for each in given))
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a.double(), b, atol=1e-5 * b.abs().max().item())


@pytest.mark.skipif(native.library() is None, reason="no C compiler: only the plain form is there")
@pytest.mark.parametrize("shape", SHAPES)
def test_compiled_equals_plain_bit_for_bit(shape, monkeypatch):
    given, outcomes = inputs(shape), []
    for library in (native.library, lambda: None):
        monkeypatch.setattr(native, "library", library)
        outcomes.append(learned(ours, *given))
    assert all(torch.equal(a, b) for a, b in zip(*outcomes, strict=True))


def test_threads_change_nothing():
    given, outcomes, before = inputs((STEPS * 30, 40, 9, 9)), [], torch.get_num_threads()
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            outcomes.append(learned(ours, *given))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(*outcomes, strict=True))


def test_a_channel_that_never_changes_has_no_deviation():
    potentials = torch.full((STEPS * 2, 1, 2, 2), 7.0)
    fired, mean, variance = spikes(potentials, torch.zeros(1), STEPS, 1e-3)
    assert (fired.unique().tolist(), mean.tolist(), variance.tolist()) == ([1], [7], [0])


def test_what_is_kept_is_v():
    potentials, offset, _ = inputs(SHAPES[0])
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda each: kept.append(each.numel()) or each, lambda each: each):
        ours(potentials.requires_grad_(), offset)
    assert sum(kept) <= potentials.numel() + 3 * len(offset)
