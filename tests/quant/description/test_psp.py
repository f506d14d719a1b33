import pytest
from amaranth.hdl import signed

from hw.cores.neurons.psp import state_shapes
from quant import Ramp, Step
from quant.dataflow import cores
from tests.helpers.cores.neuron_cores import one


@pytest.mark.parametrize(("psp", "registers"), [
    (Step(), 0), (Ramp(), 1), (Ramp(length=1), 2), (Ramp(length=3), 4), (Ramp(length=4), 1), (Ramp(length=9), 1)])
def test_history_is_kept_only_where_a_ramp_can_end(psp, registers):
    assert state_shapes(one(cores.SerialNeurons, threshold=1, psp=psp, steps=4,
                            input_bound=9)) == [signed(5)] * registers
