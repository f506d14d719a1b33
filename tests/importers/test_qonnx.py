"""QONNX graphs, run by qonnx, give the same numbers in every layer and the same class as the networks they become."""

import re
from fractions import Fraction

import numpy as np
import pytest

from tests.importers.chains import few, images
from tests.importers.libraries import absent

pytest.importorskip("qonnx", reason=absent("qonnx"))

from binspike import cli
from importers.qonnx import convert, winner
from quant.files import artefact
from tests.importers.graphs import Graph, network


def same(made, count):
    """All numbers and classes of so many images are the same, and some are not 0."""
    assert (made.equality.first, made.equality.equal, made.equality.fired > 0) == ("", count, True)
    assert made.notes == (f"class by the largest output: the same on {count} of {count} images",)


@pytest.mark.parametrize("bits", [1, 2])
@pytest.mark.parametrize("seed", few(range(20)))
def test_random_graphs_give_the_same(seed, bits, tmp_path):
    made = convert(network(seed, bits).save(tmp_path / "net.onnx"), images=images(seed, 8, (1, 8, 8)))
    same(made, 8)
    assert [each.loss for each in made.layers] == [""] * 6
    assert (made.network.steps, made.network.coding, made.network.readout) == (bits, "direct", "potential")
    assert all(layer.weights.width == 1 for layer in made.network.synaptic)


@pytest.mark.parametrize(("outputs", "index"), [
    ([-0.5446976, -0.44566166, -0.44566163], 1), ([0.0, 0.0, 0.0], 0), ([-0.44566163, -0.44566166, 0.0], 2),
    ([100.0, 100.01, 100.0], 1)])
def test_outputs_equal_but_for_rounding_are_a_tie(outputs, index):
    assert winner(np.array(outputs, np.float32)) == index


@pytest.mark.parametrize("weight_bits", [2, 4])
def test_weights_of_several_bits(weight_bits, tmp_path):
    made = convert(network(1, 2, weight_bits).save(tmp_path / "net.onnx"), images=images(1, 8, (1, 8, 8)))
    same(made, 8)
    assert max(layer.weights.width for layer in made.network.synaptic) == weight_bits


def test_pixels_that_are_quantised_to_8_bits_are_kept(tmp_path):
    made = Graph(0, [1, 1, 4, 4]).quant(8, 1 / 255, signed=0).conv(3, 1, 3, 3).normal(3).quant(2, 0.5)
    made.then("Reshape", [1.0, 12.0])
    made.constants[-1].CopyFrom(reshape(made.constants[-1].name, [1, 12]))
    same(convert(made.matmul(12, 3).save(tmp_path / "net.onnx")), 16)
    made = Graph(0, [1, 1, 4, 4]).quant(8, 1 / 200, signed=0).conv(3, 1, 3, 3).quant(2).then("Flatten", axis=1)
    with pytest.raises(ValueError, match="^layer Quant0: quantises pixels to 8 bits and does not keep each; use a "):
        convert(made.matmul(12, 3).save(tmp_path / "other.onnx"))


def reshape(name, shape):
    from onnx import numpy_helper
    return numpy_helper.from_array(np.array(shape, np.int64), name)


def test_pixels_may_be_quantised_to_the_bits_of_all_others(tmp_path):
    made = Graph(1, [1, 2, 4, 4]).then("Sub", 0.5).quant(1).conv(3, 2, 3, 3).normal(3).quant(1).then("Flatten", axis=1)
    result = convert(made.matmul(12, 3).save(tmp_path / "net.onnx"))
    same(result, 16)
    assert result.network.layers[0].kind == "depthwise_conv2d"


def test_unsigned_activations_behind_a_relu_may_be_padded(tmp_path):
    made = Graph(2, [1, 1, 4, 4]).conv(3, 1, 3, 3, pad=1).normal(3).then("Relu").quant(2, 0.5, signed=0)
    made.conv(3, 3, 3, 3, pad=1).normal(3).then("Relu").quant(2, 0.5, signed=0).then("Flatten", axis=1)
    same(convert(made.matmul(48, 3).save(tmp_path / "net.onnx"), pixel=Fraction(1, 64)), 16)


def start(**quant):
    return Graph(0, [1, 1, 4, 4]).conv(3, 1, 3, 3).quant(**{"bits": 1} | quant)


@pytest.mark.parametrize(("made", "message"), [
    (start().conv(3, 3, 3, 3, pad=1), "layer Conv4: pads with zeros, which are no values of the activation before it"),
    (start().then("Sigmoid"), "layer Sigmoid3: is a Sigmoid, which has no counterpart; use MatMul, Gemm, Conv"),
    (start(bits=2, narrow=1), "layer Quant2: quantises to 2 bits, narrow or not rounding to the nearest; use ROUND"),
    (start().then("Mul", [[[0.5]], [[2.0]], [[1.0]]]).conv(2, 3, 2, 2),
     "layer Mul3: scales values before weights by channel, or by no positive number; put it behind the weights"),
    (start().conv(3, 3, 2, 2).quant(2), "activations must all have the same number of bits, not [1, 2]; train them so"),
    (Graph(0, [1, 1, 4, 4]).conv(3, 1, 3, 3).conv(2, 3, 2, 2).quant(1), "layer Conv3: follows Conv1 with no "),
    (Graph(0, [1, 1, 4, 4]).conv(3, 1, 3, 3).then("Relu").quant(2), "layer Relu2: is a Relu before a signed quantiser"),
    (Graph(0, [1, 1, 4, 4]).conv(3, 1, 3, 3).then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).quant(1),
     "layer MaxPool2: lies between the weights of Conv1 and their activation; put it behind"),
    (start().then("Flatten", axis=1).matmul(12, 3).then("Mul", [1.0, 2.0, 1.0]),
     "layer MatMul5: outputs have scales that differ; use one scale for all outputs"),
    (start(), "last layer must have weights and no activation; leave the last quantiser out")])
def test_what_has_no_exact_form_is_refused(made, message, tmp_path):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        convert(made.save(tmp_path / "net.onnx"))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_graphs_are_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"no graph")
    with pytest.raises(ValueError, match="net.onnx: must be a QONNX graph "):
        convert(tmp_path / "net.onnx")


def test_by_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network(0, 2).save("net.onnx")
    assert cli.main(["import", "net.onnx", "--out", "made.safetensors"]) == 0
    assert "class by the largest output: the same on 16 of 16 images" in capsys.readouterr().out
    assert artefact.load("made.safetensors").network.steps == 2
    assert cli.main(["import", "net.onnx", "--out", "made.safetensors", "--ticks", "4", "--weights", "int4"]) == 2
    assert capsys.readouterr().err.strip().endswith(
        "a QONNX graph says itself what its ticks, weights and outputs are; leave --ticks, --weights out")
