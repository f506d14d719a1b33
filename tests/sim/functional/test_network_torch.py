import numpy as np
import pytest
import torch

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike, Step
from quant.files import samples, zoo
from sim.data import arrays
from sim.functional import network as functional
from train_binary.model.integer import integer_forward, layer_times


@pytest.fixture(autouse=True)
def one_thread():
    """The threads of torch wait for each other when anything else runs on the machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def network(psp, readout):
    generator = np.random.default_rng(6)

    def synapses(threshold, *shape):
        return {"weights": generator.choice([-1, 1], shape),
                "neurons": SingleSpike(threshold=generator.integers(1, threshold, shape[0]),
                                       bias=generator.integers(-1, 2, shape[0]), psp=psp)}
    return Network(input_shape=(1, 28, 28), steps=8, readout=readout, layers=(
        Conv2d(**synapses(12, 6, 1, 5, 5), padding=2), FirstSpikePool(size=3),
        Conv2d(**synapses(16, 8, 6, 3, 3), stride=2), Flatten(), Dense(**synapses(40, 10, 128))))


@pytest.mark.parametrize("data_set", ["MNIST", pytest.param("Fashion-MNIST", marks=pytest.mark.long)])
@pytest.mark.parametrize("readout", ["first_spike", "potential"])
@pytest.mark.parametrize("psp", [Step(), Ramp(), Ramp(length=3)])
def test_equals_torch_on_real_images(psp, readout, data_set):
    images = arrays(samples.load(zoo.samples_path(data_set)))[0][:100]
    described = network(psp, readout)
    outcome = functional.run(described, images, times=True)
    class_index, tick, potentials = integer_forward(described, torch.tensor(images))
    assert outcome.class_index.tolist() == class_index.tolist()
    assert outcome.tick.tolist() == tick.tolist()
    assert outcome.potentials.tolist() == potentials.tolist()
    for ours, theirs in zip(outcome.times, layer_times(described, torch.tensor(images))[0], strict=True):
        assert ours.tolist() == theirs.tolist()
