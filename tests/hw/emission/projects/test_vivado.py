import tkinter

import pytest

from tests.helpers.emission.projects import named
from tests.helpers.emission.projects import written as written  # noqa: PLC0414
from tests.helpers.emission.tcl import recorded


@pytest.mark.parametrize("step", ["project", "synth", "ip", "overlay"])
def test_vivado(written, step):
    folder, ports = written
    calls = recorded(folder / "eye_axi_vivado.tcl", folder, [step])
    assert named(calls, "create_project")[0][0] == "eye_axi"
    assert named(calls, "create_project")[0][3] == "xc7z020clg400-1"
    sources = [call[-1] for call in named(calls, "add_files")][:2]
    assert [str(folder / name) for name in ("eye_axi.v", "eye_axi.xdc")] == sources
    assert all((folder / name).exists() for name in ("eye_axi.v", "eye_axi.xdc", "eye_axi.json", "binspike_pynq.py"))
    assert bool(named(calls, "synth_design")) == (step == "synth")
    assert bool(named(calls, "ipx::package_project")) == (step in ("ip", "overlay"))
    assert bool(named(calls, "create_bd_design")) == (step == "overlay")
    for call in named(calls, "ipx::associate_bus_interfaces"):
        words = dict(zip(call[::2], call[1::2], strict=False))
        assert words["-clock"] in ports
        assert words.get("-reset", "aresetn") in ports
        assert any(port.startswith(words.get("-busif", "s_axis")) for port in ports)


def test_vivado_knows_no_other_step(written):
    with pytest.raises(tkinter.TclError, match="step must be project, synth, ip or overlay, not burn"):
        recorded(written[0] / "eye_axi_vivado.tcl", written[0], ["burn"])


def test_buses_of_the_ip_have_the_ports_that_vivado_infers_them_from(written):
    for prefix, needed in {"s_axis": "tdata tvalid tready tlast", "m_axis": "tdata tvalid tready tlast tuser",
                           "s_axil": "awaddr awprot awvalid awready wdata wstrb wvalid wready bresp bvalid bready "
                                     "araddr arprot arvalid arready rdata rresp rvalid rready"}.items():
        assert {port for port in written[1] if port.startswith(prefix)} == {f"{prefix}_{it}" for it in needed.split()}
