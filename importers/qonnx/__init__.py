"""Import of QONNX graphs, as Brevitas exports them: activations of few bits become phase neurons, exactly.

All activations have the same number of bits, which is the number of ticks; weights are integers of up to 8 bits times a
scale, signs among them. Normalisations, scales and biases go into thresholds and biases in exact fractions.
"""

import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sim.functional import network as functional

from ..form import Array
from ..report import Converted, compare, random_images
from .lowering import lower, whole_pixels
from .reading import Quantiser, Step, opened, read

ROUNDING = 2.0 ** -18  # of the largest output's magnitude: sums of thousands of float32


def convert(path: str | os.PathLike[str], *, pixel: Fraction = Fraction(1, 255),
            images: Array | None = None) -> Converted:
    """The integer network of a QONNX file, with the report of its conversion.

    The numbers that all activations give are compared, bit by bit, with those that qonnx computes image by image.

    Parameters
    ----------
    path
        ``.onnx`` with Quant and BipolarQuant nodes.
    pixel : Fraction
        What the graph sees for a pixel of 1.
    images : uint8 array (n, channels, height, width), optional
        Without: random ones.

    Raises
    ------
    ValueError, OSError
        The graph has no exact form; one line names layer, property and remedy.
    """
    if pixel <= 0:
        raise ValueError(f"pixel scale must be positive, not {pixel!s:.40}")
    model = opened(path)
    steps, unit, base = whole_pixels(read(model), pixel)
    extents = _extents(os.fspath(path), model.get_tensor_shape(model.graph.input[0].name))
    network, rows = lower(os.fspath(path), steps, extents, unit, base)
    random = images is None
    images = _checked(np.asarray(random_images(extents) if images is None else images), extents)
    runs = {image.tobytes(): run(model, steps, image, float(pixel)) for image in images}
    same = compare(network, images, lambda batch: _stacked([runs[image.tobytes()][0] for image in batch]),
                   random=random)
    best = [runs[image.tobytes()][1] for image in images]
    agree = int((functional.run(network, images).class_index == best).sum())
    return Converted(network=network, source=f"QONNX {os.fspath(path)}", layers=rows, equality=same,
                     notes=(f"class by the largest output: the same on {agree} of {len(images)} images",))


def _extents(source: str, shape: Sequence[int]) -> tuple[int, int, int]:
    """Channels, height and width of the input of a graph."""
    if len(shape) not in (2, 4):
        raise ValueError(f"{source}: input must have axes (1, channels, height, width) or (1, inputs), not {shape}")
    channels, height, width = map(int, [*shape[1:], 1, 1][:3])
    return channels, height, width


def _checked(images: Array, extents: tuple[int, int, int]) -> Array:
    if images.dtype != np.uint8 or images.shape[1:] != extents or not len(images):
        raise ValueError(f"images must be uint8 of shape (n, {', '.join(map(str, extents))}) with n >= 1, "
                         f"not {images.dtype} of {images.shape}")
    return images


def run(model: Any, steps: list[Step], image: Array, pixel: float) -> tuple[list[Array], int]:
    """Bits of what each activation gives for an image, axes (bit, value), the lowest first; and its largest output."""
    from qonnx.core.onnx_exec import execute_onnx

    name = model.graph.input[0].name
    given = (image.astype(np.float64) * pixel).astype(np.float32).reshape(1, *model.get_tensor_shape(name)[1:])
    found = execute_onnx(model, {name: given}, return_full_exec_context=True)
    codes = [np.rint((found[step.tensor] - float(step.lowest)) / float(step.step)).astype(int).ravel()
             >> np.arange(step.bits)[:, None] & 1 for step in steps if isinstance(step, Quantiser)]
    return [each.astype(bool) for each in codes], winner(found[model.graph.output[0].name].ravel())


def winner(outputs: Array) -> int:
    """The first of the largest outputs, integers times a scale but for the rounding of their sums in float32."""
    return int(np.argmax(outputs >= outputs.max() - ROUNDING * np.abs(outputs).max()))


def _stacked(images: list[list[Array]]) -> list[Array]:
    return [np.stack(layer) for layer in zip(*images, strict=True)]
