from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from train_binary.ops import coding, native
from train_binary.ops.synapses import Convolution, connect, convolve

COMPILED = pytest.mark.skipif(native.library() is None, reason="no C compiler: only the plain forms are there")
# batch, channels, extent, outputs, size, how
CASES = [
    (3, 1, 9, 5, 5, Convolution(steps=7, length=7, pool=2)),
    (2, 12, 8, 24, 5, Convolution(steps=7, length=9, pool=2)),
    (5, 3, 9, 10, 3, Convolution(steps=5, length=1, padding=1)),
    (2, 3, 9, 10, 3, Convolution(steps=5, length=2, padding=1, stride=2)),
    (2, 9, 10, 7, 3, Convolution(steps=6, length=3, padding=1, stride=2, pool=2)),
    (2, 20, 11, 33, 3, Convolution(steps=6, length=9, padding=2, stride=3, pool=3)),
    (2, 20, 1, 33, 1, Convolution(steps=1, length=1)),
    (3, 6, 10, 20, 5, Convolution(steps=7, length=1, padding=2, pool=2)),
    *((3, 2, 6, outputs, 3, Convolution(steps=5, length=5)) for outputs in (1, 2, 3)),
]


def inputs(batch, channels, extent, outputs, size, how, seed=0):
    """Planes, signs, and a gradient that is on no grid."""
    torch.manual_seed(seed)
    times = torch.randint(0, how.steps + 3, (batch, channels, extent, extent)).clamp(max=how.steps)
    signs = torch.randint(0, 2, (outputs, channels, size, size)) * 2.0 - 1
    fired = coding.planes(times, how.steps).flatten(0, 1)
    return fired, signs, torch.randn(how.steps * batch, outputs, extent, extent)


def learned(function, fired, signs, gradient):
    """Values, and the gradients of planes and signs."""
    fired, signs = fired.clone().requires_grad_(), signs.clone().requires_grad_()
    values = function(fired, signs)
    values.backward(gradient[tuple(map(slice, values.shape))])
    return values.detach(), fired.grad, signs.grad


def reference(fired, signs, how):
    """As torch convolves in double precision; V is a sum of what has come in the last `length` ticks."""
    ticks = fired.unflatten(0, (how.steps, -1))
    response = torch.stack([ticks[max(0, t + 1 - how.length):t + 1].sum(0) for t in range(how.steps)]).flatten(0, 1)
    values = F.conv2d(response, signs, stride=how.stride, padding=how.padding)
    return F.max_pool2d(values, how.pool) if how.pool > 1 else values


@pytest.mark.parametrize("plain", [pytest.param(False, marks=COMPILED), True], ids=["compiled", "plain"])
@pytest.mark.parametrize("case", CASES)
def test_potentials_and_gradients_are_those_of_a_convolution(case, plain, monkeypatch):
    if plain:
        monkeypatch.setattr(native, "library", lambda: None)
    how, given = case[-1], inputs(*case)
    found = learned(lambda fired, signs: convolve(fired, signs, how), *given)
    expected = learned(lambda fired, signs: reference(fired, signs, how), *(each.double() for each in given))
    assert torch.equal(found[0].double(), expected[0])
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert (ours - theirs).abs().max() < 3e-4 * theirs.abs().max()


@pytest.mark.parametrize("how", [Convolution(steps=5, length=5, pool=2, padding=1),
                                 Convolution(steps=4, length=1, stride=2), Convolution(steps=4, length=2, real=True)])
def test_depthwise_is_a_convolution_with_no_weights_between_channels(how):
    fired, signs, gradient = inputs(3, 6, 9, 6, 3, how)
    own, apart = torch.eye(6)[:, :, None, None], signs[:, :1]
    found = learned(lambda fired, signs: convolve(fired, signs, replace(how, depthwise=True)), fired, apart, gradient)
    expected = learned(lambda fired, signs: reference(fired, signs * own, how),
                       *(each.double() for each in (fired, apart, gradient)))
    assert torch.equal(found[0].double(), expected[0])
    assert found[2].shape == (6, 1, 3, 3)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert (ours - theirs).abs().max() < 3e-4 * theirs.abs().max()


@COMPILED
@pytest.mark.parametrize("case", CASES)
def test_compiled_equals_plain_bit_for_bit(case, monkeypatch):
    how, given, outcomes = case[-1], inputs(*case), []
    for library in (native.library, lambda: None):
        monkeypatch.setattr(native, "library", library)
        outcomes.append(learned(lambda fired, signs: convolve(fired, signs, how), *given))
    assert all(torch.equal(a, b) for a, b in zip(*outcomes, strict=True))


@COMPILED
def test_threads_change_nothing():
    how, given, outcomes = CASES[1][-1], inputs(7, *CASES[1][1:]), []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            outcomes.append(learned(lambda fired, signs: convolve(fired, signs, how), *given))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in outcomes[1:] for a, b in zip(outcomes[0], other, strict=True))


def test_order_of_images_changes_no_weight():
    how, (fired, signs, gradient) = CASES[0][-1], inputs(6, *CASES[0][1:])
    fired, gradient = (each.unflatten(0, (how.steps, -1)) for each in (fired, gradient))
    changes = [learned(lambda fired, signs: convolve(fired, signs, how), fired[:, order].flatten(0, 1), signs,
                       gradient[:, order].flatten(0, 1)[:, :5, :2, :2].contiguous())[2]
               for order in (torch.arange(6), torch.tensor([3, 5, 1, 0, 4, 2]))]
    assert torch.equal(*changes)


def test_a_gradient_of_nothing_changes_nothing():
    how, (fired, signs, gradient) = CASES[0][-1], inputs(*CASES[0])
    found = learned(lambda fired, signs: convolve(fired, signs, how), fired, signs, torch.zeros_like(gradient))
    assert not found[1].any()
    assert not found[2].any()


@pytest.mark.parametrize("length", [1, 3, 9])
def test_dense_layer_is_a_convolution_over_everything(length):
    how = Convolution(steps=5, length=length)
    fired, signs, gradient = inputs(4, 11, 1, 6, 1, how)
    dense = learned(lambda fired, signs: connect(fired, signs, how), fired[..., 0, 0], signs[..., 0, 0],
                    gradient[..., 0, 0])
    conv = learned(lambda fired, signs: convolve(fired, signs, how), fired, signs, gradient)
    assert torch.equal(dense[0], conv[0][..., 0, 0])
    for ours, theirs in zip(dense[1:], conv[1:], strict=True):
        assert torch.allclose(ours, theirs[..., 0, 0], atol=1e-3 * theirs.abs().max().item())


@pytest.mark.parametrize("plain", [pytest.param(False, marks=COMPILED), True], ids=["compiled", "plain"])
@pytest.mark.parametrize("case", CASES)
def test_real_weights_act_as_they_are(case, plain, monkeypatch):
    if plain:
        monkeypatch.setattr(native, "library", lambda: None)
    how, (fired, signs, gradient) = replace(case[-1], real=True), inputs(*case)
    given = fired, signs * torch.rand(signs.shape), gradient
    found = learned(lambda fired, weights: convolve(fired, weights, how), *given)
    expected = learned(lambda fired, weights: reference(fired, weights, how), *(each.double() for each in given))
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() < 3e-4 * theirs.abs().max()


def test_other_devices_have_the_same_shapes():
    how = Convolution(steps=5, length=5, pool=2, padding=1)
    fired, signs, _ = inputs(*CASES[2][:-1], how)
    expected = convolve(fired, signs, how)
    found = convolve(fired.to("meta"), signs.to("meta"), how)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
