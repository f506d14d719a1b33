"""Random QONNX graphs, of the nodes that Brevitas exports."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "qonnx.custom_op.general"


class Graph:
    """A chain of nodes from ``in``, each of which takes what the one before gives."""

    def __init__(self, seed, shape):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants, self.at, self.shape = [], [], "in", shape

    def constant(self, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def node(self, kind, *constants, before=(), domain="", at=None, **attributes):
        self.nodes.append(helper.make_node(kind, [*before, at or self.at, *constants], [f"t{len(self.nodes)}"],
                                           name=f"{kind}{len(self.nodes)}", domain=domain, **attributes))
        return self.nodes[-1].output[0]

    def then(self, kind, *values, **attributes):
        self.at = self.node(kind, *map(self.constant, values), **attributes)
        return self

    def quant(self, bits, scale=1.0, signed=1, zero=0.0, narrow=0):
        if bits == 1:
            return self.then("BipolarQuant", scale, domain=DOMAIN)
        return self.then("Quant", scale, zero, float(bits), domain=DOMAIN, signed=signed, narrow=narrow,
                         rounding_mode="ROUND")

    def weights(self, *shape, bits=1):
        """A quantised constant."""
        value = self.constant(self.rng.normal(size=shape))
        if bits == 1:
            return self.node("BipolarQuant", self.constant(0.5), at=value, domain=DOMAIN)
        return self.node("Quant", *map(self.constant, (0.25, 0.0, float(bits))), at=value, domain=DOMAIN, signed=1,
                         narrow=1, rounding_mode="ROUND")

    def conv(self, *shape, bits=1, pad=0):
        self.at = self.node("Conv", self.weights(*shape, bits=bits), kernel_shape=shape[2:], pads=[pad] * 4)
        return self

    def matmul(self, *shape, bits=1):
        self.at = self.node("MatMul", self.weights(*shape, bits=bits))
        return self

    def normal(self, channels):
        rng = self.rng
        return self.then("BatchNormalization", rng.uniform(-1, 1, channels), rng.normal(size=channels),
                         rng.normal(size=channels) * 2, rng.uniform(0.5, 4, channels), epsilon=1e-5)

    def save(self, path, outputs=3):
        """Write the graph; return the path."""
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                  for name, shape in (("in", self.shape), (self.at, [1, outputs]))]
        graph = helper.make_graph(self.nodes, "graph", values[:1], values[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid(DOMAIN, 1)])
        model.ir_version = 8
        onnx.save(model, path)
        return path


def network(seed, bits, weight_bits=1):
    """Two convolutions, a pool and two dense layers, normalised."""
    made = Graph(seed, [1, 1, 8, 8])
    signed = int(made.rng.integers(2))
    made.then("Mul", 2.0).then("Sub", 1.0).conv(4, 1, 3, 3, bits=weight_bits).normal(4).quant(bits, 0.25, signed)
    made.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).conv(5, 4, 2, 2, bits=weight_bits).normal(5)
    made.quant(bits, 0.25, signed).then("Flatten", axis=1).matmul(20, 6, bits=weight_bits).normal(6)
    made.quant(bits, 0.25, signed).matmul(6, 3, bits=weight_bits)
    return made.then("Mul", 0.3).then("Add", made.rng.normal(size=3))
