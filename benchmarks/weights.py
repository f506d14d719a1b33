"""Area of the same network with weights of one bit and of more: ``python -m benchmarks.weights --family ice40``.

Layers, ticks and thresholds' share of the sums are those of a shipped network; its weights are drawn from a normal
distribution, and rounded as ``binspike import --weights`` rounds them. Each line is a kind of weights: the share of
them that is 0, cycles an image, and what the estimate says and the tools make of a folding (``--estimate``: no tools).
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from hw.accelerator import Accelerator
from hw.bitstream.packed import pack
from hw.cost.estimate import estimate
from hw.emit import to_rtlil
from hw.families import FAMILIES
from hw.families.fabric import Size
from importers.fold import integers, rounded
from importers.form import Synapses
from quant import Network
from quant.dataflow.folding import parse
from quant.description.integers import weights
from quant.description.layers import Synaptic
from quant.files import artefact, zoo
from sim.layers import integers as unpacked

KINDS = ("sign", "ternary", "int2", "int3", "int4", "int8")
FOLDS = ("3,25,1 2,12,7 1,2,1", "12,25,1 2,12,7 1,2,1")  # all stored; those of the first layer wired


def layer_of(kind: str, layer: Synaptic, rng: np.random.Generator) -> Synaptic:
    """The layer with other weights, and thresholds of the same share of what they add up to at most."""
    shape = layer.weights.shape
    real = Synapses(name="layer", kind=layer.kind, weight=rng.normal(size=shape), bias=np.zeros(shape[0]))
    made = weights(integers(rounded(real, kind, together=False)[0], together=False)[0])
    share = made.bound / layer.weights.bound
    neurons = replace(layer.neurons, threshold=[round(each * share) for each in layer.neurons.threshold],
                      bias=[round(each * share) for each in layer.neurons.bias])
    return replace(layer, weights=made, neurons=neurons)


def network_of(kind: str, shipped: Network, seed: int) -> Network:
    """A shipped network with drawn weights of a kind."""
    rng = np.random.default_rng(seed)
    return replace(shipped, layers=[layer_of(kind, layer, rng) if isinstance(layer, Synaptic) else layer
                                    for layer in shipped.layers])


def zeros(network: Network) -> float:
    """Share of the weights that are 0."""
    values = np.concatenate([unpacked(layer.weights).ravel() for layer in network.synaptic])
    return float((values == 0).mean())


def main() -> None:
    """Print a line for each kind of weights and folding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="mnist-up5k")
    parser.add_argument("--family", choices=list(FAMILIES), default="ice40")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--folds", nargs="+", default=FOLDS)
    parser.add_argument("--estimate", action="store_true")
    options = parser.parse_args()
    shipped, family = artefact.load(zoo.path(options.network)).network, FAMILIES[options.family]
    print(f"{'weights':8} {'zeros':>6} {'cycles':>7} {'LUTs':>13} {'':7} {'flip-flops':>13} {'block RAMs':>11}  folding"
          "; estimated, made, error")
    for fold in options.folds:
        for kind in options.kinds:
            network = network_of(kind, shipped, seed=0)
            guess = estimate(network, parse(fold), family)
            made = Size() if options.estimate else synthesised(network, fold, options.family)
            error = f"{guess.luts / made.luts - 1:+7.1%}" if made.luts else ""
            print(f"{kind:8} {zeros(network):6.1%} {guess.cycles_per_image:7} {guess.luts:6} {made.luts:6.0f} {error:7}"
                  f" {guess.flip_flops:6} {made.flip_flops:6} {guess.block_rams:5} {made.block_rams:5}  {fold}",
                  flush=True)


def synthesised(network: Network, fold: str, family: str) -> Size:
    """Area of the core by Yosys and nextpnr's packer."""
    with tempfile.TemporaryDirectory() as scratch:
        return pack(to_rtlil(Accelerator(network, parse(fold)), "top"), FAMILIES[family], Path(scratch), checked=False)


if __name__ == "__main__":
    main()
