import torch

from benchmarks import ticks
from quant.description.conversion import rates

IMAGES = torch.randint(0, 256, (40, 1, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
LABELS = torch.arange(40) % 10


def test_each_way_trains_rate_neurons_of_so_many_ticks():
    for way in ("proxy", "surrogate"):
        network = ticks.trained(way, 3, 1, (IMAGES, LABELS), 1).model.export()
        assert (network.steps, {layer.neurons.kind for layer in network.synaptic}) == (3, {"rate"})


def shapes(network):
    return [layer.weights.shape for layer in network.synaptic]


def test_all_ways_train_one_shape():
    networks = [ticks.trained(way, 2, 1, (IMAGES, LABELS), 1).model.export() for way in ("proxy", "surrogate")]
    networks.append(rates(ticks.trained("conversion", ticks.DIGITS, 1, (IMAGES, LABELS), 1).model.export(), 2))
    assert shapes(networks[0]) == shapes(networks[1]) == shapes(networks[2])


def test_conversion_trains_once(monkeypatch):
    trained, calls = ticks.trained, []
    monkeypatch.setattr(ticks, "trained", lambda *how: calls.append(how[:2]) or trained(*how))
    found = ticks.accuracies("conversion", [1, 4], 1, (IMAGES, LABELS), (IMAGES, LABELS), 1)
    assert calls == [("conversion", ticks.DIGITS)]
    assert len(found) == 2
    assert all(0 <= share <= 1 for share in found)


def test_right_answers():
    network = ticks.trained("proxy", 2, 1, (IMAGES, LABELS), 1).model.export()
    answers = torch.tensor(ticks.classify(network, IMAGES.numpy())[0])
    assert ticks.right(network, IMAGES, answers) == 1
    assert ticks.right(network, IMAGES, (answers + 1) % 10) == 0


def test_the_picture(tmp_path):
    ticks.draw(tmp_path / "ticks.png", [1, 2], {"proxy": [0.5, 0.6]})
    assert (tmp_path / "ticks.png").read_bytes()[:4] == b"\x89PNG"
