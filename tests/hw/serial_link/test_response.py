# amaranth: UnusedElaboratable=no
import pytest
from amaranth.hdl import signed
from amaranth.lib import data

from hw.serial_link.response import Response, result_bytes


def layout(**fields):
    return data.StructLayout({"class_index": 2, "tick": 4, "potentials": data.ArrayLayout(signed(8), 2)} | fields)


def test_result_bytes_count_the_classes():
    assert result_bytes(10) == 48


def test_wrong_potential():
    with pytest.raises(ValueError, match="^Potentials must fit 32 bits on the serial link, not 33$"):
        Response(layout(potentials=data.ArrayLayout(signed(33), 2)), vectors=0)


@pytest.mark.parametrize("name", ["class_index", "tick"])
def test_wrong_field(name):
    with pytest.raises(ValueError, match=f"^{name} must fit 16 bits on the serial link, not 17$"):
        Response(layout(**{name: 17}), vectors=0)
