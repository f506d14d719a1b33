import pytest
import torch

from train_binary.ops import coding, functions, native

pytestmark = pytest.mark.skipif(native.library() is None, reason="no C compiler: only the plain forms are there")


def both(function, monkeypatch, *shape, seed=0, scale=3):
    """Values and gradients of a function of integers, compiled and plain."""
    torch.manual_seed(seed)
    values = torch.randint(-scale, scale + 1, shape).float()
    outcomes = []
    for library in (native.library, lambda: None):
        with monkeypatch.context() as patch:
            patch.setattr(native, "library", library)
            inputs = values.clone().requires_grad_()
            outputs = function(inputs)
            outputs.backward(torch.randn(outputs.shape, generator=torch.Generator().manual_seed(1)))
            outcomes.append((outputs.detach(), inputs.grad))
    return outcomes


def last(tensor):
    """The same values with channels innermost in memory, as convolutions give them."""
    steps, *shape = tensor.shape
    return tensor.flatten(0, 1).contiguous(memory_format=torch.channels_last).view(steps, *shape)


@pytest.mark.parametrize("shape", [(7, 5, 3, 4, 4), (1, 2, 3, 1, 1), (4, 1500), (3, 2, 1100)])
@pytest.mark.parametrize("function", [functions.fire, lambda x: coding.response(x, 2), lambda x: coding.response(x, 9)],
                         ids=["fire", "response", "ramp"])
def test_compiled_neurons_equal_the_plain_ones(function, shape, monkeypatch):
    compiled, plain = both(function, monkeypatch, *shape)
    assert all(torch.equal(a, b) for a, b in zip(compiled, plain, strict=True))


@pytest.mark.parametrize("function", [functions.fire, lambda x: coding.response(x, 2)], ids=["fire", "response"])
def test_memory_layout_does_not_matter(function, monkeypatch):
    compiled, plain = both(lambda x: function(last(x)), monkeypatch, 5, 4, 6, 3, 3)
    assert all(torch.equal(a, b) for a, b in zip(compiled, plain, strict=True))


def test_the_compiled_form_is_used(monkeypatch):
    called = []
    monkeypatch.setattr(native, "call", lambda name, *rest: called.append(name))
    fired = functions.fire(torch.zeros(2, 3, requires_grad=True))
    coding.response(fired, 2).backward(torch.ones(2, 3))
    assert called == ["fire_forward", "response", "response", "fire_backward"]


@pytest.mark.parametrize("tensor", [torch.zeros(3, 4).T, torch.zeros(4, 3, dtype=torch.bfloat16), torch.zeros(0, 3)])
def test_what_does_not_fit_is_left_to_torch(tensor):
    assert not native.fits(tensor)


def test_without_a_compiler_there_is_no_library(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    native.library.cache_clear()
    try:
        assert native.library() is None
    finally:
        native.library.cache_clear()


def test_a_failed_build_is_told_and_survived(monkeypatch, tmp_path):
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "FLAGS", ("-no-such-flag",))
    native.library.cache_clear()
    try:
        with pytest.warns(UserWarning, match="training goes on without compiled functions, slower: .*no-such-flag"):
            assert native.library() is None
    finally:
        native.library.cache_clear()
    assert not list((tmp_path / "native").iterdir())


def test_plain_forms_on_request(monkeypatch):
    monkeypatch.setenv("BINSPIKE_PLAIN", "1")
    native.library.cache_clear()
    try:
        assert native.library() is None
    finally:
        native.library.cache_clear()
