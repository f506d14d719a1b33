# amaranth: UnusedElaboratable=no
"""Small designs."""

from hw.accelerator import Accelerator
from quant import Conv2d, Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow.folding import parse

TINY = "1,1,2 2,1,2 2,4,1"


def tiny():
    """A network with layers that have memories, a ramp that ends and four classes."""
    conv = Conv2d(weights=[[[[1, -1], [1, 1]]], [[[-1, -1], [1, -1]]]],
                  neurons=SingleSpike(threshold=[1, 2], bias=[0, 1], psp=Ramp(length=2)), padding=1)
    dense = Dense(weights=[[1, -1] * 4, [-1, -1] * 4, [1, 1, -1, -1] * 2, [1] * 8],
                  neurons=SingleSpike(threshold=[2, 3, 2, 3]))
    strided = Conv2d(weights=[[[[1, -1], [1, 1]]] * 2, [[[-1, 1], [1, 1]]] * 2],
                     neurons=SingleSpike(threshold=[1, 2]), stride=2)
    return Network(input_shape=(1, 3, 3), steps=5, layers=(conv, strided, Flatten(), dense))


def design(*, taps=False):
    """A core of most kinds, of `tiny` in the folding `TINY`."""
    return Accelerator(tiny(), parse(TINY), taps=taps)


def one_class_network():
    """A network whose class index has no bits."""
    return Network(input_shape=(1, 1, 2), steps=3, layers=(
        Flatten(), Dense(weights=[[1, -1]], neurons=SingleSpike(threshold=[1]))))


def one_class():
    """The core of `one_class_network`."""
    return Accelerator(one_class_network(), parse("1,1,1"))
