import pytest
import torch
import torch.nn.functional as F

from train_binary.ops import native
from train_binary.ops.spike_trains import Dynamics, live, moments, trains

WAYS = [Dynamics(steps=5, zero=False, leak=None), Dynamics(steps=5, zero=True, leak=None, pool=2),
        Dynamics(steps=6, zero=False, leak=2, pool=3), Dynamics(steps=4, zero=True, leak=1),
        Dynamics(steps=5, zero=False, leak=3, whole=True, pool=2), Dynamics(steps=1, zero=False, leak=None)]


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, excess):
        ctx.save_for_backward(excess)
        return (excess >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * (1 - ctx.saved_tensors[0].abs()).clamp(min=0)


def column(values):
    return values[:, None, None]


def written_out(sums, scale, shift, threshold, how):
    """Tick by tick, and differentiated by torch."""
    spikes, potential, level = [], torch.zeros_like(sums[0]), column(threshold)
    for tick in range(how.steps):
        potential = potential + (sums[tick % len(sums)] * column(scale) + column(shift))
        spikes.append(Spike.apply((potential - level) / level))
        potential = potential - spikes[-1] * (potential if how.zero else level)
        if how.leak is not None:
            part = potential / 2**how.leak
            rounded = part + (torch.floor(part) - part).detach()  # straight through
            potential = potential - (rounded if how.whole else part)
    planes = torch.stack(spikes)
    return F.max_pool2d(planes.flatten(0, 1), how.pool).unflatten(0, planes.shape[:2])


def numbers(ticks, dtype=torch.float32, size=(3, 4, 7, 5)):
    torch.manual_seed(ticks)
    sums = torch.randint(-16, 8, (ticks, *size)).to(dtype)
    return sums, *(torch.rand(size[1]).to(dtype) + low for low in (0.2, -0.5, 0.7))


def outcome(function, how, dtype=torch.float32, ticks=None):
    sums, scale, shift, threshold = numbers(ticks or how.steps, dtype)
    if how.whole:  # integers, so that V is at the threshold here and there
        scale, shift, threshold = (each.round() + low for each, low in ((scale, 1), (shift, 0), (threshold, 1)))
    inputs = [each.requires_grad_() for each in (sums, scale, shift)]
    spikes = function(*inputs, threshold, how)
    weights = torch.randn(spikes.shape, generator=torch.Generator().manual_seed(3)).to(dtype)
    (spikes * weights).sum().backward()
    return [spikes.detach(), *(each.grad for each in inputs)]


@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("constant", [False, True])
def test_spikes_and_gradients_are_those_of_the_ticks_written_out(how, constant):
    found = outcome(trains, how, ticks=1 if constant else None)
    expected = outcome(written_out, how, torch.float64, 1 if constant else None)
    assert 0.1 < found[0].mean() < 0.9
    assert torch.equal(found[0].double(), expected[0])
    for mine, theirs in zip(found[1:], expected[1:], strict=True):
        assert torch.allclose(mine.double(), theirs, rtol=1e-4, atol=1e-4 * theirs.abs().max())


@pytest.mark.skipif(native.library() is None, reason="no C compiler: only the plain form is there")
@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("ticks", [1, None])
def test_compiled_and_plain_form_are_equal(how, ticks, monkeypatch):
    compiled = outcome(trains, how, ticks=ticks)
    monkeypatch.setattr(native, "library", lambda: None)
    assert all(torch.equal(a, b) for a, b in zip(compiled, outcome(trains, how, ticks=ticks), strict=True))


def test_the_compiled_form_is_used(monkeypatch):
    called, call = [], native.call
    monkeypatch.setattr(native, "call", lambda name, *rest: called.append(name) or call(name, *rest))
    outcome(trains, WAYS[0])
    sums = numbers(2)[0]
    moments(sums)
    moments(sums[:1].movedim(2, -1).contiguous().movedim(-1, 2))
    assert called == (["trains_forward", "trains_backward", "map_moments", "moments"] if native.library() else [])


@pytest.mark.parametrize("how", WAYS, ids=str)
def test_live_has_the_same_spikes_and_what_ticks_leave(how):
    given = numbers(how.steps)
    spikes, rest = live(*given, how)
    assert torch.equal(spikes, trains(*given, how))
    sums, scale, shift, threshold = given
    for tick in range(how.steps):
        before = rest[tick - 1] if tick else torch.zeros_like(rest[0])
        grown = before + (sums[tick] * column(scale) + column(shift))
        left = grown - (grown >= column(threshold)) * (grown if how.zero else column(threshold))
        part = left / 2**how.leak if how.leak else torch.zeros(())
        assert torch.equal(rest[tick], left - (torch.floor(part) if how.whole else part))


@pytest.mark.parametrize("library", [native.library, lambda: None], ids=["compiled", "plain"])
def test_moments_are_those_of_torch(library, monkeypatch):
    monkeypatch.setattr(native, "library", library)
    weights = torch.randn(2, 4)
    gradients = []
    for kind, function in ((torch.float32, moments),
                           (torch.float64, lambda x: torch.var_mean(x, (0, 1, 3, 4))[::-1])):
        sums = numbers(3, kind)[0].requires_grad_()
        found = torch.stack(function(sums))
        (found * weights).sum().backward()
        gradients.append((found.detach().double(), sums.grad.double()))
    assert all(torch.allclose(a, b, rtol=1e-5, atol=1e-7) for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize("library", [native.library, lambda: None], ids=["compiled", "plain"])
def test_moments_do_not_depend_on_the_layout(library, monkeypatch):
    monkeypatch.setattr(native, "library", library)
    maps, weights = numbers(8)[0][0], torch.randn(2, 4)
    found = []
    for layout in (torch.contiguous_format, torch.channels_last):
        values = maps.detach().contiguous(memory_format=layout).requires_grad_()
        both = torch.stack(moments(values[None]))
        (both * weights).sum().backward()
        found.append((both, values.grad))
    assert all(torch.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(*found, strict=True))
