# amaranth: UnusedElaboratable=no
import pytest
from amaranth.hdl import unsigned
from amaranth.lib import data

from hw.accelerator import Accelerator
from hw.buses import BUSES
from hw.buses.bus import wrap
from hw.buses.results import ResultWriter
from quant.dataflow.folding import parse
from tests.helpers.buses.frames import DIGEST
from tests.helpers.designs import TINY, tiny


def core():
    return Accelerator(tiny(), parse(TINY))


def test_an_unknown_bus_is_refused():
    with pytest.raises(TypeError, match="^bus must be of kind axi, wishbone, not 'pci'$"):
        wrap("pci", core(), DIGEST)


def test_the_core_has_a_clock_of_its_own_if_it_is_asked_for():
    ports = [set(wrap("axi", core(), DIGEST, crossing=crossing).signature.members)
             for crossing in (False, True)]
    assert ports[1] - ports[0] == {"core_clk"}
    assert {"aclk", "aresetn", "s_axis_tdata", "m_axis_tuser", "s_axil_araddr"} < ports[0]


@pytest.mark.parametrize(("classes", "width"), [(2**16 + 1, 8), (2, 33)])
def test_a_result_that_its_words_do_not_hold_is_refused(classes, width):
    layout = data.StructLayout({"class_index": range(classes), "tick": range(5),
                                "potentials": data.ArrayLayout(unsigned(width), classes)})
    said = f"^a bus takes at most 65536 classes and potentials of 32 bits, not {classes} of {width}$"
    with pytest.raises(ValueError, match=said):
        ResultWriter(layout)


def test_every_bus_has_a_title():
    assert all(bus.title for bus in BUSES.values())
