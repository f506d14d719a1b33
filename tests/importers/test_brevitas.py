"""QONNX graphs as Brevitas itself writes them give the same numbers and classes as the networks they become."""

import warnings

import pytest

from tests.importers.chains import few, images
from tests.importers.libraries import absent

pytest.importorskip("qonnx", reason=absent("qonnx"))
with warnings.catch_warnings():  # about itself and what it can do without
    warnings.simplefilter("ignore")
    pytest.importorskip("brevitas", reason=absent("brevitas"))
    import brevitas.nn as qnn
    from brevitas.export import export_qonnx
    from brevitas.quant import Int8WeightPerTensorFloat, SignedBinaryActPerTensorConst, SignedBinaryWeightPerTensorConst

import torch
from torch import nn

from importers.qonnx import convert
from tests.importers.test_qonnx import same


def weights(bits):
    return ({"weight_quant": SignedBinaryWeightPerTensorConst} if bits == 1 else
            {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": bits})


def activation(bits):
    return qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst) if bits == 1 else qnn.QuantReLU(bit_width=bits)


def exported(seed, weight_bits, bits, path):
    """A convolution, a pool and two dense layers, normalised by what some batches left."""
    torch.manual_seed(seed)
    how = {"bias": False} | weights(weight_bits)
    net = nn.Sequential(qnn.QuantConv2d(1, 4, 3, **how), nn.BatchNorm2d(4), activation(bits), nn.MaxPool2d(2),
                        nn.Flatten(), qnn.QuantLinear(36, 8, **how), nn.BatchNorm1d(8), activation(bits),
                        qnn.QuantLinear(8, 3, **how))
    for _ in range(20):
        net(torch.rand(64, 1, 8, 8))
    export_qonnx(net.eval(), args=torch.rand(1, 1, 8, 8), export_path=str(path))
    return path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("weight_bits", "bits"), [(1, 1), (1, 2), (4, 2)])
@pytest.mark.parametrize("seed", few(range(20))[::4])
def test_what_brevitas_exports_gives_the_same(seed, weight_bits, bits, tmp_path):
    made = convert(exported(seed, weight_bits, bits, tmp_path / "net.onnx"), images=images(seed, 8, (1, 8, 8)))
    same(made, 8)
    assert (made.network.steps, max(layer.weights.width for layer in made.network.synaptic)) == (bits, weight_bits)
