import torch
import torch.nn.functional as F

from train_binary.layers.single_spike import SingleSpike
from train_binary.ops.channels import EPSILON


def trained(channels=50):
    """Neurons with random statistics, as if trained."""
    torch.manual_seed(0)
    neurons = SingleSpike(channels)
    neurons.offset.data.normal_()
    neurons.mean.normal_(0, 40)
    neurons.variance.uniform_(0.1, 900)
    neurons.variance[:10] = 0
    neurons.offset.data[:10] *= 50
    return neurons


def test_threshold_is_the_normalisation_folded():
    neurons = trained()
    potentials = torch.arange(-200.0, 200.0).view(-1, 1).expand(-1, 50).double()
    normalised = F.batch_norm(potentials, neurons.mean.double(), neurons.variance.double(),
                              bias=neurons.offset.detach().double(), eps=EPSILON)
    assert torch.equal(normalised >= 0, potentials >= neurons.threshold())


def test_threshold_is_a_whole_number():
    threshold = trained().threshold()
    assert torch.equal(threshold, threshold.round())


def test_a_whole_bound_is_its_own_threshold():
    neurons = SingleSpike(1)
    neurons.offset.data.zero_()
    neurons.mean.fill_(12)
    assert neurons.threshold().tolist() == [12]


def test_evaluation_compares_with_the_threshold():
    neurons = trained(1).eval()
    threshold = neurons.threshold().item()
    potentials = torch.tensor([threshold - 1, threshold, threshold - 3]).view(3, 1, 1, 1)
    assert neurons(potentials, 3).flatten().tolist() == [0, 1, 1]


def test_training_follows_the_statistics():
    neurons = SingleSpike(2)
    neurons.momentum = 1
    potentials = torch.arange(24.0).view(12, 2, 1, 1)
    neurons(potentials, 3)
    assert neurons.mean.tolist() == [11, 12]


def test_training_and_evaluation_compare_alike():
    neurons = SingleSpike(1)
    neurons.momentum = 1
    neurons.offset.data.fill_(-0.7)
    potentials = torch.tensor([0.0, 1.0] * 500).view(1000, 1, 1, 1)
    while_training = neurons(potentials, 1)
    assert torch.equal(while_training, potentials)
    assert torch.equal(while_training, neurons.eval()(potentials, 1))
