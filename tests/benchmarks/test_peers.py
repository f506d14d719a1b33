import numpy as np
import pytest

from benchmarks import peers
from quant import Conv2d, Dense, Flatten, Network, Phase, Rate, SingleSpike, Step

RECORD = {"network": "spiking", "ticks": 7, "folding": "1,1,1", "accuracy": 0.9908, "luts": 4000, "clock_mhz": 33.0,
          "images_per_second": 1500.0}


def dense(outputs, inputs, threshold):
    return Dense(weights=[[1] * inputs] * outputs, neurons=SingleSpike(threshold=[threshold] * outputs, psp=Step()))


def test_each_spike_is_an_operation_of_each_of_its_synapses():
    network = Network(input_shape=(4, 1, 1), steps=2, layers=(Flatten(), dense(3, 4, 2), dense(2, 3, 1)))
    images = np.array([[255, 255, 0, 0], [255, 0, 0, 0]], np.uint8).reshape(2, 4, 1, 1)
    # 2 and 1 pixels spike, to 3 neurons each; all 3 hidden ones or, below their threshold, none, to 2 neurons each
    done, skipped = peers.operations(network, images)
    assert done == (2 * 3 + 1 * 3 + 3 * 2) / 2
    assert skipped == pytest.approx(1 - done / (2 * (4 * 3 + 3 * 2)))


def test_of_numbers_each_digit_is_read_and_beyond_an_edge_is_no_synapse():
    network = Network(input_shape=(1, 2, 2), steps=2, readout="potential", coding="direct", layers=(
        Conv2d(weights=[[[[1] * 3] * 3]], padding=1, neurons=Phase(threshold=[10_000], bias=[0])), Flatten(),
        Dense(weights=[[1] * 4], neurons=Rate(threshold=[1]))))
    done, skipped = peers.operations(network, np.array([0b10001001, 0, 0, 0], np.uint8).reshape(1, 1, 2, 2))
    assert done == 3 * 4  # three digits, of one pixel, in four windows
    assert skipped == pytest.approx(1 - done / (8 * 4 * 4 + 2 * 4))  # windows of four pixels; four inputs of two digits


def test_memory_of_look_up_tables_is_counted():
    assert peers.lut6({"LUT2": 3, "LUT6": 5, "RAM32M": 2, "SRL16E": 1, "FDRE": 100, "CARRY4": 7}) == 3 + 5 + 8 + 1


def test_lines_are_as_long_as_their_heads():
    made = peers.row(RECORD, (1000.0, 0.25))
    assert made == ("`spiking`", "7", "1,1,1", "99.08", "4,000", "33.00", "1,500", "375", "1,000", "25.00")
    assert len(made) == len(peers.HEAD)
    assert {len(peers.published(figure)) for figure in peers.PUBLISHED} == {len(peers.HEAD_LUT6)}
    assert peers.table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
