"""LUTs a synapse of the sums of sign weights, by the number of inputs, with weights in wires and from block RAM.

    python -m benchmarks.sums --family ecp5

synthesises one plane of some neurons with random weights for each line, and packs it; nothing is placed. The estimate
is that of `hw.cost.sums`.
"""

import argparse
import random
import tempfile
from pathlib import Path

from benchmarks.estimate import percent, synthesise
from hw.accelerator import component
from hw.cost.area import size
from hw.families import FAMILIES, Family
from quant.dataflow.cores import Synapses
from quant.description.spike_coding import Trains

INPUTS = (25, 50, 100, 200, 400, 800, 1600)
CHANNELS = 4
WORDS = 512  # of weights from RAM: deep enough for block RAM
HEAD = "| inputs | weights | LUTs | a synapse | estimate | error |\n" + "|---" * 6 + "|"


def core(inputs: int, words: int, channels: int = CHANNELS) -> Synapses:
    """Sums of one plane, with ``words`` words of weights in turn; one word is wires."""
    rng = random.Random(inputs)
    return Synapses(bit_planes=1, spike_coding=Trains, lanes=inputs, words=1, channels=channels, groups=words,
                    planes_per_pass=1, planes_outermost=False,
                    rom=tuple(rng.getrandbits(inputs * channels) for _ in range(words)))


def line(inputs: int, words: int, family: Family, scratch: Path) -> str:
    """What the tools make of one core, as a line of the table."""
    described = core(inputs, words)
    made, guess = synthesise(component(described), family, "", scratch), size(described, family.fabric).luts
    if made is None:
        return f"| {inputs:,} | failed |"
    return (f"| {inputs:,} | {'RAM' if words > 1 else 'wires'} | {made.luts:,.0f} "
            f"| {made.luts / (inputs * CHANNELS):.2f} | {guess:,.0f} | {percent(guess, made.luts).strip()} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=list(FAMILIES), default="ecp5")
    parser.add_argument("--inputs", type=int, nargs="+", default=INPUTS)
    options = parser.parse_args()
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for each in options.inputs:
            for deep in (1, WORDS):
                print(line(each, deep, FAMILIES[options.family], Path(folder)), flush=True)
