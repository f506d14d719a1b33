"""What one spike costs: one shape with different neurons in the same folding, ``python -m benchmarks.spike_cost``.

Of each network given, a shipped one's name or a file, the cycles an image, the estimated LUTs of an ECP5, the spikes of
hidden neurons an image, and the right answers on the first test images. Of phase neurons the same network with latency
neurons is a further row, and the other way round. Then cycles and LUTs alone of what was not trained: in as few ticks,
latency neurons, and neurons that fire tick by tick, as soon as they can.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hw.cost.estimate import estimate
from hw.families import ECP5
from quant import Latency, Network, Phase, SingleSpike
from quant.dataflow.folding import Folding, parse
from quant.description.conversion import digits, latencies
from quant.description.layers import Synaptic
from quant.description.neurons import Neurons
from quant.files import artefact, zoo
from sim.data import labelled
from sim.functional.network import run
from train_binary.model.integer import spike_count

NETWORKS = ("mnist-up5k",)
TICKS = 7  # few
FOLDING = "4,25,1 3,12,1 10,12,1"


def with_neurons(network: Network, neurons: Callable[[Any], Neurons], **changes: Any) -> Network:
    """The network with other hidden neurons, made of those that it has."""
    hidden = [replace(layer, neurons=neurons(layer.neurons)) if isinstance(layer, Synaptic) else layer
              for layer in network.layers[:-1]]
    return replace(network, layers=(*hidden, network.layers[-1]), **changes)


def phases(network: Network) -> Network:
    """A network of latency neurons with phase neurons, which give the same numbers digit by digit."""
    return with_neurons(network, lambda old: Phase(threshold=old.threshold, bias=old.bias, fraction=old.fraction),
                        steps=network.steps.bit_length())


def in_few_ticks(network: Network) -> Iterator[Network]:
    """A network of phase neurons, not trained for it, with neurons that fire once, late and as soon as they can."""
    yield latencies(digits(network, TICKS.bit_length()))
    yield with_neurons(network, lambda old: SingleSpike(threshold=old.threshold), steps=TICKS, coding="latency")


def alike(network: Network) -> Iterator[Network]:
    """A network, and what it is with other neurons that give the same numbers."""
    yield network
    other = {Phase.kind: latencies, Latency.kind: phases}.get(network.synaptic[0].neurons.kind)
    if other:
        yield other(network)


def untrained(name: str, network: Network, folding: Folding) -> str:
    """Beginning of a line of the table: what depends on the shape alone."""
    guess = estimate(network, folding, ECP5)
    return (f"| {name} | {network.synaptic[0].neurons.kind} | {network.steps} | {guess.cycles_per_image:,} | "
            f"{guess.luts:,} |")


def measured(network: Network, images: torch.Tensor, labels: torch.Tensor) -> str:
    """End of a line of the table: spikes and right answers."""
    outcome = run(network, images.numpy(), times=True)
    assert outcome.times is not None
    spikes = sum(float(spike_count(network.signals[place], torch.tensor(outcome.times[place])))
                 for place, layer in enumerate(network.layers[:-1], 1) if isinstance(layer, Synaptic))
    right = (torch.tensor(outcome.class_index) == labels).double().mean().item()
    return f" {spikes / len(images):,.0f} | {right:.2%} |"


def main(networks: tuple[str, ...], folding: str, data: Path | None, count: int) -> None:
    """Print the rows of all networks, as Markdown."""
    print("| network | neurons | ticks | cycles an image | LUTs | spikes an image | right |\n|" + "---|" * 7)
    for name in networks:
        source, stem, folds = artefact.load(zoo.path(name)), Path(name).stem, parse(folding)
        _, images, labels = labelled(source, data)
        for network in alike(source.network):
            end = measured(network, torch.tensor(images[:count]), torch.tensor(labels[:count]))
            print(untrained(stem, network, folds) + end, flush=True)
        for network in in_few_ticks(source.network) if source.network.synaptic[0].neurons.kind == Phase.kind else ():
            print(untrained(stem, network, folds) + " | |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--fold", default=FOLDING)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--images", type=int, default=1000)
    options = parser.parse_args()
    main(tuple(options.networks), options.fold, options.data, options.images)
