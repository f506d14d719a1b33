"""Time to find all transfers of three images: ``python -m benchmarks.timing [FOLDING]``.

By the timing models, and by clocking all cores in each cycle, in one run; both must give the same cycles.
"""

import math
import sys
import time

from benchmarks.functional import network
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from quant.timing.simulation import always, initiation_interval, run_images
from tests.helpers.clocked.simulation import ClockedChain

FOLDING = "2,25,7 2,16,7 1,2,1"
IMAGES = 3


def main(folding: str = FOLDING) -> None:
    """Print the seconds of both ways, their ratio, and those of the initiation interval alone."""
    net = network()
    nodes, pixels, decisions = chain(net, parse(folding)), math.prod(net.input_shape), [net.steps] * IMAGES
    start = time.process_time()
    times = run_images(nodes, pixels=pixels, decisions=decisions)
    modelled = time.process_time()
    clocked = ClockedChain(nodes, decisions)
    inputs = clocked.stream(pixels * IMAGES, IMAGES, always, always)
    done = time.process_time()
    assert (times.inputs, times.borders) == (inputs, clocked.moves)
    interval, _ = initiation_interval(nodes, pixels)
    alone = time.process_time() - done
    transfers = sum(map(len, times.borders.values()))
    print(f"{IMAGES} images, {interval:,} cycles each, {transfers:,} transfers: {modelled - start:.2f} s; clocked "
          f"{done - modelled:.2f} s, {(done - modelled) / (modelled - start):.1f} times; initiation interval alone "
          f"{alone:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
