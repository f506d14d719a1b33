"""Networks of every source, imported and compared with it: ``python -m benchmarks.imports [--data DATA]``.

A line for each source whose library is here: of so many random networks those of which every spike of every layer is
the same on all images, and the images; then the spikes of the source. With ``--data``, a folder that holds MNIST, one
network is trained in snnTorch, with real weights, and imported by each ``--weights``: how many test images are right in
snnTorch and in the network; and with the rounded weights as those of a snnTorch and a SpikingJelly module, a NIR graph
and a file of arrays, on how many test images every spike is the same.
"""

import argparse
import importlib.util
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from image_sets.known import KNOWN
from importers import arrays
from importers.fold import rounded
from importers.form import Synapses
from importers.report import Converted
from sim.functional import network as functional
from tests.importers.chains import images

PIXEL = Fraction(1, 64)
EACH = 8  # images of a random network
TICKS, HIDDEN, EPOCHS, BATCH = 6, 64, 2, 100  # of the trained network
BETA, LEVEL = 0.5, 1.0
KINDS = ("int8", "int4", "int2", "ternary", "sign")
Make = Callable[[int, Path], Converted]


@dataclass(frozen=True)
class Source:
    """Source of random networks.

    Parameters
    ----------
    name : str
    libraries : tuple of str
    make : callable
        Seed and folder to an imported network.
    """

    name: str
    libraries: tuple[str, ...]
    make: Make


def _nir(seed: int, folder: Path) -> Converted:
    from importers.nir import Dialect, convert
    from tests.importers.test_nir import graph, written

    beta, rest = [(1.0, 0.0), (0.5, 0.0), (0.5, -0.5), (0.75, 0.0)][seed % 4]
    return convert(written(graph(seed, beta, rest), folder), 4 + seed % 3, pixel=PIXEL, images=images(seed, EACH),
                   dialect=Dialect(comparator=(">", ">=")[seed // 4 % 2]))


def _snntorch(seed: int, folder: Path) -> Converted:
    from importers.snntorch import convert
    from tests.importers.modules import SHAPE, network
    from tests.importers.test_snntorch import leaky

    reset, late = [("subtract", True), ("zero", True), ("zero", False), ("none", True)][seed % 4]
    return convert(network(seed, leaky(reset, late, (1.0, 0.5, 0.0)[seed % 3])), SHAPE, 5, pixel=PIXEL,
                   images=images(seed, EACH))


def _spikingjelly(seed: int, folder: Path) -> Converted:
    from spikingjelly.activation_based import functional as whole
    from spikingjelly.activation_based import layer

    from importers.spikingjelly import convert
    from tests.importers.modules import SHAPE, network
    from tests.importers.test_spikingjelly import integrate, leaky

    kinds = (integrate(None), integrate(0.0), integrate(-0.5), leaky(None, True), leaky(0.0, False), leaky(-0.5, True))
    module = network(seed, kinds[seed % len(kinds)], layer)
    whole.set_step_mode(module, "sm"[seed // 6 % 2])
    return convert(module, SHAPE, 5, pixel=PIXEL, images=images(seed, EACH))


def _arrays(seed: int, folder: Path) -> Converted:
    rng = np.random.default_rng(seed)
    scale = float(rng.choice([0.1, 0.25, 1]))
    shapes = {"1": (4, 2, 3, 3), "2": (6, 16), "3": (3, 6)}
    content = {f"{name}.weight": rng.integers(-7, 8, shape) * scale for name, shape in shapes.items()}
    content |= {f"{name}.threshold": rng.uniform(1, 12, shape[0]) * scale for name, shape in shapes.items()}
    content |= {f"{name}.decay": np.array([1.0, 0.5][seed % 2]) for name in shapes}
    np.savez(folder / "net.npz", **content, **{"1.padding": np.array(1), "1.pool": np.array(2)})
    return arrays.convert(folder / "net.npz", 5, (2, 4, 4), comparator=(">=", ">")[seed // 2 % 2], pixel=PIXEL,
                          images=images(seed, EACH))


def _qonnx(seed: int, folder: Path) -> Converted:
    from importers.qonnx import convert
    from tests.importers.graphs import network

    made = network(seed, 1 + seed % 2, (1, 2, 4)[seed % 3]).save(folder / "net.onnx")
    return convert(made, images=images(seed, EACH, (1, 8, 8)))


def _brevitas(seed: int, folder: Path) -> Converted:
    from importers.qonnx import convert
    from tests.importers.test_brevitas import exported

    made = exported(seed, (1, 4)[seed // 2 % 2], 1 + seed % 2, folder / "net.onnx")
    return convert(made, images=images(seed, EACH, (1, 8, 8)))


SOURCES = (Source("NIR", ("nir",), _nir), Source("snnTorch", ("torch", "snntorch"), _snntorch),
           Source("SpikingJelly", ("torch", "spikingjelly"), _spikingjelly), Source("arrays", (), _arrays),
           Source("QONNX", ("onnx", "qonnx"), _qonnx), Source("Brevitas", ("torch", "qonnx", "brevitas"), _brevitas))


def here(libraries: tuple[str, ...]) -> bool:
    """True if all are installed."""
    return all(importlib.util.find_spec(name) for name in libraries)


def random_networks(source: Source, count: int) -> str:
    """Line of a source."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [source.make(seed, Path(folder)).equality for seed in range(count)]
    return (f"{source.name:14} {sum(each.exact for each in found)} of {count} networks, "
            f"{sum(each.equal for each in found)} of {sum(each.images for each in found)} images; of "
            f"{sum(each.spikes for each in found):,} places and ticks {sum(each.fired for each in found):,} fire")


def trained(pixels: np.ndarray, labels: np.ndarray) -> Any:
    """Module of snnTorch, 784-64-10, with real weights, trained on the images."""
    import snntorch as snn
    import torch
    from torch import nn

    torch.manual_seed(1)

    def neurons() -> nn.Module:
        return snn.Leaky(beta=BETA, threshold=LEVEL, reset_mechanism="zero", reset_delay=False, init_hidden=True)

    net = nn.Sequential(nn.Flatten(), nn.Linear(784, HIDDEN, bias=False), neurons(),
                        nn.Linear(HIDDEN, 10, bias=False), neurons())
    steps = EPOCHS * len(pixels) // BATCH
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, steps)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(epoch))
        for chosen in order.split(BATCH):
            given = torch.from_numpy(pixels[chosen]).float() / 255
            cost = nn.functional.cross_entropy(counts(net, given), torch.from_numpy(labels[chosen].astype(np.int64)))
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
            schedule.step()
    return net.eval()


def counts(net: Any, given: Any) -> Any:
    """Output spikes of each class, by snnTorch, of images in every tick."""
    from importers.snntorch import reset

    reset(net)
    return sum(net(given) for _ in range(TICKS))


def right(net: Any, pixels: np.ndarray, labels: np.ndarray) -> int:
    """Images whose class has the most spikes in snnTorch; the first of several."""
    import torch

    with torch.no_grad():
        return sum(int((counts(net, torch.from_numpy(pixels[at:at + 1000]).float() / 255).argmax(1).numpy()
                        == labels[at:at + 1000]).sum()) for at in range(0, len(labels), 1000))


def copies(net: Any, folder: Path, pixels: np.ndarray) -> Iterator[tuple[str, Converted]]:
    """The trained network in each form, imported and compared on images."""
    from importers.snntorch import convert

    first, last = (net[at].weight.detach().numpy().astype(np.float64) for at in (1, 3))
    yield "snnTorch", convert(net, (1, 28, 28), TICKS, images=pixels)
    if here(("spikingjelly",)):
        import torch
        from spikingjelly.activation_based import layer, neuron
        from torch import nn

        from importers import spikingjelly

        other = nn.Sequential(layer.Flatten(), layer.Linear(784, HIDDEN, bias=False),
                              neuron.LIFNode(tau=1 / (1 - BETA), decay_input=False, v_threshold=LEVEL, v_reset=0.0),
                              layer.Linear(HIDDEN, 10, bias=False),
                              neuron.LIFNode(tau=1 / (1 - BETA), decay_input=False, v_threshold=LEVEL, v_reset=0.0))
        for at, weight in ((1, first), (3, last)):
            other[at].weight.data = torch.from_numpy(weight).float()
        yield "SpikingJelly", spikingjelly.convert(other, (1, 28, 28), TICKS, images=pixels)
    if here(("nir",)):
        import nir

        from importers import nir as graphs
        from tests.importers.test_nir import lif

        graph = nir.NIRGraph.from_list(nir.Input(np.array([784])), nir.Linear(first), lif((HIDDEN,), LEVEL, BETA),
                                       nir.Linear(last), lif((10,), LEVEL, BETA), nir.Output(np.array([10])))
        yield "NIR", graphs.convert(graph, TICKS, input_shape=(1, 28, 28), images=pixels)
    np.savez(folder / "net.npz", **{"1.weight": first, "2.weight": last}, **{
        f"{name}.{part}": np.array(value) for name in "12" for part, value in (("threshold", LEVEL), ("decay", BETA))})
    yield "arrays", arrays.convert(folder / "net.npz", TICKS, (1, 28, 28), comparator=">", images=pixels)


def round_weights(net: Any, kind: str) -> None:
    """Round the weights of a module as ``--weights`` does."""
    import torch

    for at in (1, 3):
        weight = net[at].weight.detach().numpy().astype(np.float64)
        layer = Synapses(name=str(at), kind="dense", weight=weight, bias=np.zeros(len(weight)))
        net[at].weight.data = torch.from_numpy(rounded(layer, kind, together=False)[0].weight).float()


def one_trained(data: Path) -> None:
    """Train, import and print."""
    from importers.snntorch import convert

    sets = [KNOWN["mnist"].read(data, split) for split in ("train", "test")]
    net = trained(sets[0].pixels, sets[0].labels)
    pixels, labels = sets[1].pixels, sets[1].labels
    print(f"784-{HIDDEN}-10 trained in snnTorch, real weights: {right(net, pixels, labels):,} of {len(labels):,} right")
    state = {name: value.clone() for name, value in net.state_dict().items()}
    for kind in KINDS:
        net.load_state_dict(state)
        made = convert(net, (1, 28, 28), TICKS, weights=kind, images=pixels)
        found = int((functional.run(made.network, pixels).class_index == labels).sum())
        same = made.equality
        print(f"  --weights {kind:8} {found:,} right; {same.differing:,} of {same.spikes:,} places and ticks differ "
              "from the source with real weights", flush=True)
    net.load_state_dict(state)
    round_weights(net, "int4")
    with tempfile.TemporaryDirectory() as folder:
        for name, made in copies(net, Path(folder), pixels):
            same = made.equality
            print(f"  rounded to int4 before, as {name:14} {same.equal:,} of {same.images:,} images, "
                  f"{same.differing:,} of {same.spikes:,} places and ticks differ", flush=True)


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=24, help="random ones of each source")
    parser.add_argument("--data", type=Path, help="also train one network on MNIST")
    options = parser.parse_args()
    for source in SOURCES:
        print(random_networks(source, options.networks) if here(source.libraries) else
              f"{source.name:14} not here: {', '.join(source.libraries)}", flush=True)
    if options.data and here(("torch", "snntorch")):
        one_trained(options.data)


if __name__ == "__main__":
    main()
