import pytest
import torch

from benchmarks import equilibrium as benchmark
from train_binary.layers.equilibrium import EquilibriumNeurons
from train_binary.recipe import find, load
from train_binary.run.trainer import Trainer

IMAGES = torch.arange(4 * 784).view(4, 1, 28, 28).mul(37).remainder(256).to(torch.uint8)


@pytest.fixture
def trained(monkeypatch):
    """Rates of the hidden layer, and the gradient of its weights, by a method."""
    def run(method):
        monkeypatch.setattr(EquilibriumNeurons, "_rates", EquilibriumNeurons._rates)  # put back in the end
        if method == "time":
            benchmark.patched()
        model = Trainer(load(find("fashion-equilibrium"))).model.train()
        seen = []
        model.hidden[0].register_forward_hook(lambda layer, given, rates: seen.append(rates))
        model(IMAGES)[..., 0].sum().backward()
        return seen[0].detach(), model.hidden[0].weight.grad
    return run


def test_both_ways_have_the_same_rates_and_each_its_gradient(trained):
    rates, gradient = trained("equilibrium")
    others, other = trained("time")
    assert torch.equal(rates, others)
    assert rates.count_nonzero() > 100
    assert gradient.abs().sum() > 0 < other.abs().sum()
    assert not torch.allclose(gradient, other)


def test_a_picture_is_drawn(tmp_path):
    rows = {method: [{"megabytes": ticks, "seconds": 1 / ticks} for ticks in (5, 10)] for method in benchmark.METHODS}
    benchmark.drawn(rows, [5, 10], tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"
