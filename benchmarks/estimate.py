"""Error of `hw.cost.estimate`: synthesises a seeded sample of cores and whole networks, packs them by nextpnr.

    python benchmarks/estimate.py --family ice40 --count 10 --networks 2

A core takes seconds, a network minutes. Nothing is placed, so a design may be larger than any device.
"""

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from amaranth.lib import wiring

from hw.accelerator import Accelerator, component
from hw.bitstream.flow import BuildError
from hw.bitstream.packed import pack
from hw.cost.area import size
from hw.emit import to_rtlil
from hw.families import FAMILIES, Family
from hw.families.fabric import Size
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike, Step
from quant.dataflow import folding
from quant.dataflow.chain import chain, every
from quant.dataflow.cores import Core
from quant.dataflow.folding import Folding, fold_choices
from quant.dataflow.lowering import stages
from quant.dataflow.stage import SynapticStage
from quant.description.signs import SignTensor

LARGEST = 6000  # LUTs of a core or network in the sample, by the estimate: what synthesises in minutes


@dataclass(frozen=True)
class Row:
    """One design: what was expected, and what the tools made of it."""

    name: str
    expected: Size
    made: Size | None  # None: a tool failed

    def __str__(self) -> str:
        if self.made is None:
            return f"failed  {self.name}"
        pairs = zip((self.expected.luts, self.expected.flip_flops, self.expected.block_rams),
                    (self.made.luts, self.made.flip_flops, self.made.block_rams), strict=True)
        return "  ".join(f"{guess:6.0f} {real:6.0f} {percent(guess, real)}" for guess, real in pairs) + f"  {self.name}"


def percent(guess: float, real: float) -> str:
    """The relative error of ``guess``."""
    return f"{guess / real - 1:+7.1%}" if real else f"{'' if guess == real else 'wrong':>7}"


def signs(rng: random.Random, *shape: int) -> SignTensor:
    """Random weights."""
    count = 1
    for extent in shape:
        count *= extent
    return SignTensor(shape, rng.getrandbits(count).to_bytes((count + 7) // 8, "little"))


def neurons(rng: random.Random, channels: int, fan_in: int) -> SingleSpike:
    """Neurons of a random kind with different thresholds, a few with a bias."""
    return SingleSpike(threshold=[rng.randint(1, fan_in) for _ in range(channels)],
                       bias=[rng.randint(-3, 3) for _ in range(channels)] if rng.random() < 0.3 else (),
                       psp=rng.choice([Ramp(), Ramp(), Step(), Ramp(length=3)]))


def random_network(rng: random.Random) -> Network:
    """A network of two convolutions, a pool and a dense layer."""
    channels, extent, steps = rng.choice([1, 1, 3]), rng.choice([12, 16, 28]), rng.choice([1, 4, 7, 8, 15])
    shape, layers = (channels, extent, extent), []
    for outputs in (rng.choice([4, 8, 16]), rng.choice([8, 16, 32])):
        kernel = min(rng.choice([3, 5]), shape[1])
        layers.append(Conv2d(weights=signs(rng, outputs, shape[0], kernel, kernel), padding=rng.choice([0, 1]),
                             stride=rng.choice([1, 1, 2]), neurons=neurons(rng, outputs, shape[0] * kernel**2)))
        shape = layers[-1].output_shape(shape)
        if min(shape[1:]) >= 6:
            layers.append(FirstSpikePool(size=2))
            shape = layers[-1].output_shape(shape)
    inputs = shape[0] * shape[1] * shape[2]
    layers += [Flatten(), Dense(weights=signs(rng, 10, inputs), neurons=neurons(rng, 10, inputs))]
    return Network(input_shape=(channels, extent, extent), steps=steps, layers=layers,
                   readout=rng.choice(["first_spike", "potential"]))


def random_folding(rng: random.Random, network: Network) -> Folding:
    """Any legal folding."""
    return tuple(rng.choice(fold_choices(stage)) for stage in stages(network) if isinstance(stage, SynapticStage))


def synthesise(design: wiring.Component, family: Family, options: str, scratch: Path) -> Size | None:
    """Area of ``design`` by Yosys, with further ``options``, and nextpnr; None if one of them fails."""
    for old in scratch.iterdir():
        old.unlink()
    try:
        return pack(to_rtlil(design, "top"), family, scratch, options, checked=False)
    except BuildError:
        return None


def random_core(rng: random.Random, family: Family) -> Core:
    """A core of a random network, every kind as often as any other."""
    while True:
        network = random_network(rng)
        kinds = {type(node.core): node.core for node in every(chain(network, random_folding(rng, network)))}
        core = kinds[rng.choice(sorted(kinds, key=lambda kind: kind.__name__))]
        if size(core, family.fabric).luts <= LARGEST:
            return core


def measure_core(rng: random.Random, family: Family, scratch: Path) -> Row:
    """One core by itself, with ``-dff``, since without it Yosys 0.70 loses ports that are registers."""
    core = random_core(rng, family)
    made = synthesise(component(core), family, "-dff", scratch)
    return Row(type(core).__name__, size(core, family.fabric), made)


def measure_network(rng: random.Random, family: Family, scratch: Path) -> Row:
    """One whole network, synthesised as `hw.bitstream.flow` does."""
    while True:
        network = random_network(rng)
        chosen = random_folding(rng, network)
        expected = sum((size(node.core, family.fabric) for node in every(chain(network, chosen))), Size())
        if expected.luts <= LARGEST:
            break
    made = synthesise(Accelerator(network, chosen), family, "", scratch)
    return Row(f"network {network.input_shape} {folding.text(chosen)}", expected, made)


def summary(name: str, rows: list[Row]) -> str:
    """Errors of a sample: of the sum, and the mean of the absolute ones."""
    totals = []
    for part in ("luts", "flip_flops", "block_rams"):
        pairs = [(getattr(row.expected, part), getattr(row.made, part)) for row in rows]
        known = [abs(guess / real - 1) for guess, real in pairs if real]
        totals.append(f"{part} {percent(sum(guess for guess, _ in pairs), sum(real for _, real in pairs)).strip()}, "
                      f"mean {sum(known) / max(len(known), 1):.1%}")
    return f"{name}: {'; '.join(totals)}"


def main() -> None:
    """Print a line a design and a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=list(FAMILIES), default="ecp5")
    parser.add_argument("--count", type=int, default=10, help="cores")
    parser.add_argument("--networks", type=int, default=1, help="whole networks")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print(f"{'LUTs':>13} {'':8} {'flip-flops':>15} {'':8} {'block RAMs':>14}   estimated, made, error")
    with tempfile.TemporaryDirectory() as scratch:
        for measure, count in ((measure_core, options.count), (measure_network, options.networks)):
            rows = []
            for _ in range(count):
                row = measure(rng, FAMILIES[options.family], Path(scratch))
                print(row, flush=True)
                rows += [row] if row.made else []
            if rows:
                print(summary(measure.__name__.removeprefix("measure_"), rows))


if __name__ == "__main__":
    main()
