"""QONNX graphs, read by the library of those who define them, as a chain of layers with quantised activations."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from ..form import Array, Flatten, Pool, Synapses, finite, refuse, single
from ..pytorch.layers import convolution

IGNORED = ("Identity", "Dropout")
LAST = ("ArgMax", "LogSoftmax", "Softmax", "TopK")  # what names the class, which the potentials name too
MAX_FILE = 2**28


@dataclass(frozen=True, kw_only=True)
class Affine:
    """All values times ``factor``, plus ``offset``; both one number or one a channel."""

    name: str
    factor: Array
    offset: Array


@dataclass(frozen=True, kw_only=True)
class Quantiser:
    """Activation of ``2**bits`` values, ``lowest + step * code``.

    Parameters
    ----------
    name, tensor : str
        Of the node, and of what it gives.
    bits : int
    step, lowest : Fraction
    levels : tuple of (Fraction, bool)
        For each code from 1 on, the least value that reaches it, and whether it must be exceeded.
    """

    name: str
    tensor: str
    bits: int
    step: Fraction
    lowest: Fraction
    levels: tuple[tuple[Fraction, bool], ...]


Step = Synapses | Affine | Quantiser | Pool | Flatten


@dataclass
class Reading:
    """A graph that is read node by node.

    Parameters
    ----------
    model : qonnx.core.modelwrapper.ModelWrapper
    steps : list of layers
    relu : str
        Name of a rectifier whose quantiser has not come yet; empty: none.
    """

    model: Any
    steps: list[Step] = field(default_factory=list)
    relu: str = ""

    def constant(self, name: str, tensor: str) -> Array:
        """A constant of the graph."""
        found = self.model.get_initializer(tensor)
        if found is None:
            refuse(name, f"takes {tensor}, which is no constant", "use one chain of layers without branches")
        return finite(name, tensor, np.atleast_1d(found))

    def by_channel(self, name: str, tensor: str) -> Array:
        """A constant as one number, or one a channel of axis 1."""
        found = self.constant(name, tensor)
        if found.size == 1:
            return found.reshape(1)
        if found.ndim > 1 and found.shape[0] == 1:
            found = found[0]
        if found.size != found.shape[0]:
            refuse(name, f"has a constant of shape {found.shape}", "use one number, or one a channel")
        return found.reshape(-1)

    def attributes(self, node: Any) -> dict[str, Any]:
        """Attributes of a node, by name."""
        from onnx.helper import get_attribute_value

        return {each.name: get_attribute_value(each) for each in node.attribute}


def opened(path: str | os.PathLike[str]) -> Any:
    """The graph of a file, with shapes, and with all constants folded, quantised weights among them.

    Raises
    ------
    ValueError, OSError
        It is no QONNX graph, or too large.
    """
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.fold_constants import FoldConstants
    from qonnx.transformation.infer_shapes import InferShapes

    if (size := os.stat(path).st_size) > MAX_FILE:
        raise ValueError(f"{os.fspath(path)}: file must have at most {MAX_FILE} bytes, not {size}")
    try:
        return ModelWrapper(os.fspath(path)).transform(InferShapes()).transform(FoldConstants(exclude_op_types=[]))
    except Exception as error:  # of onnx or qonnx: whatever they raise, the file is wrong
        raise ValueError(f"{os.fspath(path)}: must be a QONNX graph ({error!s:.160})") from None


def read(model: Any) -> list[Step]:
    """Layers of a graph in the order of its only chain.

    Raises
    ------
    ValueError
        A node has no counterpart, or there are branches; the message names it and the remedy.
    """
    reading, at = Reading(model), model.graph.input[0].name
    while takers := [node for node in model.graph.node if at in node.input]:
        node = takers[0]
        name = node.name or node.output[0]
        if len(takers) > 1:
            refuse(name, "is one of several that take the same values", "use one chain of layers without branches")
        if node.op_type in LAST:
            break
        if node.op_type not in NODES:
            refuse(name, f"is a {node.op_type}, which has no counterpart", f"use {', '.join(NODES)}")
        NODES[node.op_type](name, node, reading)
        at = node.output[0]
    return reading.steps


def _dense(name: str, weight: Array) -> Synapses:
    if weight.ndim != 2:
        refuse(name, f"weights have {weight.ndim} axes", "use two")
    return Synapses(name=name, kind="dense", weight=weight, bias=np.zeros(len(weight)))


def _matmul(name: str, node: Any, reading: Reading) -> None:
    reading.steps.append(_dense(name, reading.constant(name, node.input[1]).T))


def _gemm(name: str, node: Any, reading: Reading) -> None:
    how = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0} | reading.attributes(node)
    if (how["alpha"], how["beta"], how["transA"]) != (1, 1, 0):
        refuse(name, "has alpha, beta or transA", "leave them out")
    weight = reading.constant(name, node.input[1])
    reading.steps.append(_dense(name, weight if how["transB"] else weight.T))
    if len(node.input) > 2:
        _add(name, 1, reading.by_channel(name, node.input[2]), reading)


def _conv(name: str, node: Any, reading: Reading) -> None:
    how = {"strides": [1, 1], "pads": [0] * 4, "dilations": [1, 1], "group": 1} | reading.attributes(node)
    weight = reading.constant(name, node.input[1])
    stride, padding, dilation = (int(single(name, each, how[each])) for each in ("strides", "pads", "dilations"))
    reading.steps.append(convolution(name, weight, np.zeros(len(weight)), stride, padding, dilation, how["group"]))
    if len(node.input) > 2:
        _add(name, 1, reading.by_channel(name, node.input[2]), reading)


def _add(name: str, factor: Any, offset: Any, reading: Reading) -> None:
    reading.steps.append(Affine(name=name, factor=np.atleast_1d(np.float64(factor)),
                                offset=np.atleast_1d(np.float64(offset))))


def _arithmetic(name: str, node: Any, reading: Reading) -> None:
    first = reading.model.get_initializer(node.input[0]) is not None
    if first and node.op_type in ("Sub", "Div"):
        refuse(name, f"is a {node.op_type} from a constant", "use the negative, or the inverse, of it")
    value = reading.by_channel(name, node.input[0 if first else 1])
    made = {"Add": (1, value), "Sub": (1, -value), "Mul": (value, 0), "Div": (1 / value, 0)}[node.op_type]
    _add(name, *made, reading)


def _normalisation(name: str, node: Any, reading: Reading) -> None:
    scale, shift, mean, variance = (reading.by_channel(name, each) for each in node.input[1:5])
    factor = scale / np.sqrt(variance + reading.attributes(node).get("epsilon", 1e-5))
    _add(name, factor, shift - mean * factor, reading)


def _pool(name: str, node: Any, reading: Reading) -> None:
    how: dict[str, Any] = {"strides": [1, 1], "pads": [0] * 4, "ceil_mode": 0} | reading.attributes(node)
    size = int(single(name, "kernel_shape", how["kernel_shape"]))
    if single(name, "strides", how["strides"]) != size or any(how["pads"]) or how["ceil_mode"]:
        refuse(name, "has windows that overlap or reach beyond the map", "use a stride of the kernel's size")
    reading.steps.append(Pool(name=name, kind="max", size=size))


def _flatten(name: str, node: Any, reading: Reading) -> None:
    before, after = (reading.model.get_tensor_shape(each) for each in (node.input[0], node.output[0]))
    if len(after) != 2 or after[0] != before[0]:
        refuse(name, f"makes {after} of {before}", "only flatten all axes of an image")
    if len(before) > 2:
        reading.steps.append(Flatten(name=name))


def _relu(name: str, node: Any, reading: Reading) -> None:
    reading.relu = name


def _quantiser(name: str, node: Any, reading: Reading) -> None:
    how = reading.attributes(node)
    step, zero, bits = (single(name, each, reading.constant(name, tensor))
                        for each, tensor in zip(("scale", "zero point", "bits"), node.input[1:], strict=True))
    if how.get("rounding_mode", b"ROUND") != b"ROUND" or how.get("narrow", 0) or bits not in range(1, 9):
        refuse(name, f"quantises to {bits:g} bits, narrow or not rounding to the nearest", "use ROUND and narrow_range="
               "False")
    low = -2**int(bits - 1) if how.get("signed", 1) else 0
    lowest = low - int(zero)
    if reading.relu and lowest < 0:
        refuse(reading.relu, "is a Relu before a signed quantiser", "use an unsigned one")
    unit, reading.relu = Fraction(step), ""
    levels = tuple(((Fraction(2 * (lowest + code) - 1, 2)) * unit, (low + code) % 2 == 1)
                   for code in range(1, 2**int(bits)))
    reading.steps.append(Quantiser(name=name, tensor=node.output[0], bits=int(bits), step=unit, lowest=lowest * unit,
                                   levels=levels))


def _bipolar(name: str, node: Any, reading: Reading) -> None:
    unit = Fraction(single(name, "scale", reading.constant(name, node.input[1])))
    reading.steps.append(Quantiser(name=name, tensor=node.output[0], bits=1, step=2 * unit, lowest=-unit,
                                   levels=((Fraction(0), False),)))


NODES: dict[str, Callable[[str, Any, Reading], None]] = {
    "MatMul": _matmul, "Gemm": _gemm, "Conv": _conv, "BatchNormalization": _normalisation, "MaxPool": _pool,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic), **dict.fromkeys(("Flatten", "Reshape"), _flatten),
    "Relu": _relu, "Quant": _quantiser, "BipolarQuant": _bipolar,
    **dict.fromkeys(IGNORED, lambda name, node, reading: None)}
