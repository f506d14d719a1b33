import pytest
import torch
import torch.nn.functional as F

from train_binary.ops import native, spike_sums
from train_binary.ops.spike_sums import LARGEST, connect, convolve

pytestmark = pytest.mark.skipif(native.library() is None, reason="no C compiler: only torch's form is there")

CONVOLUTIONS = [  # planes, channels, height, width, outputs, size, padding
    (1, 1, 1, 1, 1, 1, 0), (3, 33, 8, 8, 3, 2, 0), (5, 7, 9, 5, 6, 5, 2), (2, 12, 14, 14, 10, 3, 1),
    (2, 64, 16, 16, 9, 3, 1), (4, 2, 3, 40, 5, 3, 2)]
ROWS = [((1, 1, 1), 1), ((3, 7, 13), 5), ((2, 70, 129), 10), ((4, 3, 3136), 6)]


def signs(*shape):
    return torch.randint(0, 2, shape).float() * 2 - 1


def spikes(*shape, rate=0.4):
    return (torch.rand(shape) < rate).float()


def results(function, inputs, weights, **options):
    """Values, and gradients of integers, which no order of summing changes."""
    inputs, weights = inputs.clone().requires_grad_(), weights.clone().requires_grad_()
    values = function(inputs, weights, **options)
    values.backward(torch.randint(-3, 4, values.shape, generator=torch.Generator().manual_seed(1)).float())
    return values.detach(), inputs.grad, weights.grad


def assert_alike(ours, torchs):
    for one, other in zip(ours, torchs, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


def calls(monkeypatch):
    """Names of the compiled functions that are called from here on."""
    names, call = [], native.call
    monkeypatch.setattr(native, "call", lambda name, *rest: (names.append(name), call(name, *rest)))
    return names


@pytest.mark.parametrize("rate", [0.1, 0.6])
@pytest.mark.parametrize("maps", CONVOLUTIONS, ids=str)
def test_convolutions_are_those_of_torch(maps, rate):
    *shape, outputs, size, padding = maps
    torch.manual_seed(outputs)
    inputs, weights = spikes(*shape, rate=rate), signs(outputs, shape[1], size, size)
    assert_alike(results(convolve, inputs, weights, padding=padding), results(F.conv2d, inputs, weights,
                                                                            padding=padding))


@pytest.mark.parametrize(("shape", "outputs"), ROWS, ids=str)
def test_rows_are_those_of_torch(shape, outputs):
    torch.manual_seed(outputs)
    inputs, weights = spikes(*shape), signs(outputs, shape[-1])
    assert_alike(results(connect, inputs, weights), results(F.linear, inputs, weights))


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_sums_do_not_overflow(sign):
    rows, maps = torch.ones(2, 3, LARGEST), torch.ones(1, 64, 8, 8)
    assert torch.equal(connect(rows, sign * torch.ones(5, LARGEST)), torch.full((2, 3, 5), sign * float(LARGEST)))
    assert torch.equal(convolve(maps, sign * torch.ones(4, 64, 8, 8)), torch.full((1, 4, 1, 1), sign * 4096.0))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_compiled_form_is_used_by_any_number_of_threads(threads, monkeypatch):
    if not spike_sums._known():
        pytest.skip("spike_sums.c is not written for this processor")
    before, names = torch.get_num_threads(), calls(monkeypatch)
    torch.set_num_threads(threads)
    try:
        inputs, weights = spikes(5, 6, 7, 7), signs(9, 6, 3, 3)
        assert torch.equal(convolve(inputs, weights), F.conv2d(inputs, weights))
    finally:
        torch.set_num_threads(before)
    assert names == ["spike_numbers", "spike_tables", "spike_sums"]


@pytest.mark.parametrize("value", [255.0, 0.5, -1.0, 2.0, 1.5, 1e30])
def test_of_other_values_torch_takes_the_sums(value, monkeypatch):
    names = calls(monkeypatch)
    inputs, weights = spikes(2, 5, 4, 4), signs(3, 5, 3, 3)
    inputs[1, 4, 3, 3] = value
    assert_alike(results(convolve, inputs, weights, padding=1), results(F.conv2d, inputs, weights, padding=1))
    rows = inputs.view(1, 2, -1)
    assert_alike(results(connect, rows, signs(3, 80).abs()), results(F.linear, rows, torch.ones(3, 80)))
    assert "spike_sums" not in names


@pytest.mark.parametrize(("weights", "options"), [
    (torch.tensor([[[[0.5]], [[-2.0]]]]), {"real": True}), (signs(3, 2, 3, 3), {"stride": 2, "padding": 1})],
    ids=["real", "stride"])
def test_what_is_not_compiled_is_left_to_torch(weights, options, monkeypatch):
    names, inputs = calls(monkeypatch), spikes(2, 2, 6, 6)
    known = {name: value for name, value in options.items() if name != "real"}
    assert torch.equal(convolve(inputs, weights, **options), F.conv2d(inputs, weights, **known))
    assert names == []


def test_fan_in_that_could_overflow_is_left_to_torch(monkeypatch):
    names = calls(monkeypatch)
    assert torch.equal(connect(torch.ones(1, 1, LARGEST + 1), torch.ones(1, LARGEST + 1)),
                       torch.full((1, 1, 1), LARGEST + 1.0))
    assert names == []


def test_nothing_is_learned_of_what_needs_no_gradient():
    weights = signs(3, 2, 3, 3).requires_grad_()
    convolve(spikes(2, 2, 5, 5), weights).sum().backward()
    assert weights.grad.shape == weights.shape


def test_derivatives_are_taken_in_the_numbers_of_autocast():
    torch.manual_seed(0)
    inputs, weights = spikes(2, 4, 6, 6).requires_grad_(), signs(3, 4, 3, 3).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        sums = convolve(inputs, weights)
    assert sums.dtype == torch.float32
    taught = torch.randn(sums.shape)
    sums.backward(taught)
    expected = torch.nn.grad.conv2d_weight(inputs.detach(), weights.shape, taught)
    assert weights.grad.dtype == torch.float32
    assert 0 < (weights.grad - expected).abs().max() < 0.2
