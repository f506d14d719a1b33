# amaranth: UnusedElaboratable=no
"""Small designs."""

from hw.accelerator import Accelerator
from quant import Conv2d, Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow.folding import parse


def design(*, taps=False):
    """A core of most kinds: layers with memories, a ramp that ends and four classes."""
    conv = Conv2d(weights=[[[[1, -1], [1, 1]]], [[[-1, -1], [1, -1]]]],
                  neurons=SingleSpike(threshold=[1, 2], bias=[0, 1], psp=Ramp(length=2)), padding=1)
    dense = Dense(weights=[[1, -1] * 4, [-1, -1] * 4, [1, 1, -1, -1] * 2, [1] * 8],
                  neurons=SingleSpike(threshold=[2, 3, 2, 3]))
    strided = Conv2d(weights=[[[[1, -1], [1, 1]]] * 2, [[[-1, 1], [1, 1]]] * 2],
                     neurons=SingleSpike(threshold=[1, 2]), stride=2)
    network = Network(input_shape=(1, 3, 3), steps=5, layers=(conv, strided, Flatten(), dense))
    return Accelerator(network, parse("1,1,2 2,1,2 2,4,1"), taps=taps)


def one_class():
    """A result whose class index has no bits."""
    return Accelerator(Network(input_shape=(1, 1, 2), steps=3, layers=(
        Flatten(), Dense(weights=[[1, -1]], neurons=SingleSpike(threshold=[1])))), parse("1,1,1"))
