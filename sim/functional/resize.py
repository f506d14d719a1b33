"""Functional model of `quant.dataflow.cores.resize.Resize`, on NumPy arrays."""

from typing import Any

import numpy as np

from quant.dataflow.cores.resize import LUMA, Resize


def resize(core: Resize, pictures: Any) -> Any:
    """Images (count, channels, height, width) of pictures (count, channels, height, width), both uint8.

    Raises
    ------
    ValueError
        The pictures have another shape.
    """
    pictures = np.asarray(pictures)
    shape = (core.channels, core.height, core.width)
    if pictures.dtype != np.uint8 or pictures.shape[1:] != shape:
        raise ValueError(f"pictures must be uint8 of shape (count, {shape[0]}, {shape[1]}, {shape[2]}), not "
                         f"{pictures.dtype} of {pictures.shape}")
    values = pictures.astype(np.int64)
    if core.grey:
        values = np.tensordot(values, np.array(LUMA), axes=(1, 0))[:, None] + 128 >> 8
    channels, rows, columns = core.output_shape
    cropped = values[:, :, core.top:core.top + rows * core.factor, core.left:core.left + columns * core.factor]
    boxes = cropped.reshape(-1, channels, rows, core.factor, columns, core.factor)
    means = boxes.sum(axis=(3, 5)) + core.half >> core.bits
    return (255 - means if core.invert else means).astype(np.uint8)
