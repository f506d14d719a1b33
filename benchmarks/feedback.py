"""Networks with feedback on an ECP5: cycles, exactly, and area, by the cost model and by Yosys and nextpnr.

``python -m benchmarks.feedback [--synthesise] [NAME FOLDING]``. The networks are of the kind of the two shipped ones
of method `equilibrium`, with random weights. Without a folding, some; with ``--synthesise`` also what becomes of them.
"""

import argparse
import math
import random
import tempfile
from pathlib import Path

from benchmarks.estimate import synthesise
from hw.accelerator import Accelerator
from hw.cost.estimate import estimate
from hw.families import ECP5
from quant import Conv2d, Dense, Feedback, Flatten, Network, Rate
from quant.dataflow.folding import parse
from quant.description.signs import SignTensor

FOLDINGS = {
    "fashion": ("4,784,2 4,400,1 2,16,1", "4,112,2 4,100,1 1,8,1", "1,16,8 1,80,1 1,1,1", "1,1,1 1,1,1 1,1,1"),
    "mnist": ("32,25,8 32,800,1 5,32,1", "8,25,1 8,32,1 1,8,1", "4,25,1 4,32,1 1,4,1", "1,25,1 1,32,1 1,1,1"),
}


def _signs(rng: random.Random, *shape: int) -> SignTensor:
    size = math.prod(shape)
    return SignTensor(shape, rng.getrandbits(size).to_bytes((size + 7) // 8, "little"))


def _neurons(rng: random.Random, channels: int) -> Rate:
    return Rate(threshold=tuple(rng.randrange(40_000, 90_000) for _ in range(channels)), fraction=4,
                bias=tuple(rng.randrange(-9000, 9000) for _ in range(channels)))


def network(name: str) -> Network:
    """784-400-10 with feedback among the 400, 5 ticks; or 32 channels of 5 x 5 with feedback of 5 x 5, 10 ticks."""
    rng = random.Random(0)
    if name == "fashion":
        hidden = [Flatten(), Dense(weights=_signs(rng, 400, 784), neurons=_neurons(rng, 400),
                                   feedback=Feedback(weights=_signs(rng, 400, 400), shift=5))]
    else:
        hidden = [Conv2d(weights=_signs(rng, 32, 1, 5, 5), neurons=_neurons(rng, 32), stride=2, padding=2,
                         feedback=Feedback(weights=_signs(rng, 32, 32, 5, 5), shift=3)), Flatten()]
    last = Dense(weights=_signs(rng, 10, 400 if name == "fashion" else 32 * 14 * 14),
                 neurons=Rate(threshold=(2**31 - 1,) * 10))
    return Network(input_shape=(1, 28, 28), steps=5 if name == "fashion" else 10, coding="direct",
                   readout="potential", layers=(*hidden, last))


def main() -> None:
    """Print a line a folding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=list(FOLDINGS))
    parser.add_argument("folding", nargs="?")
    parser.add_argument("--synthesise", action="store_true")
    options = parser.parse_args()
    chosen = [(options.name, options.folding)] if options.folding else [
        (name, each) for name, several in FOLDINGS.items() for each in several if options.name in (None, name)]
    print("network  folding                        cycles an image   LUTs  block RAMs   of the neurons")
    for name, text in chosen:
        guess = estimate(network(name), parse(text), ECP5)
        neurons = next(part for part in guess.parts if part.name.endswith("neurons"))
        print(f"{name:8} {text:30} {guess.cycles_per_image:15,} {guess.luts:6} {guess.block_rams:11}"
              f"   {neurons.luts} LUTs, {neurons.block_rams} block RAMs", flush=True)
        if options.synthesise:
            with tempfile.TemporaryDirectory() as scratch:
                made = synthesise(Accelerator(network(name), parse(text)), ECP5, "", Path(scratch))
            print("         made:", made, flush=True)


if __name__ == "__main__":
    main()
