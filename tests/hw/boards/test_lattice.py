from hw.bitstream import boards, flow
from tests.hw.boards.test_sipeed import Echo


def test_pins_part_and_clock_are_those_of_the_board():
    files = flow.plan(boards.board("crosslinknxevn"), Echo(), seed=1).files
    for port, pin in (("clk12_0__io", "L13"), ("rst_0__io", "G14"), ("uart_0__rx__io", "F16"),
                      ("uart_0__tx__io", "F18")):
        assert f"ldc_set_location -site {{{pin}}} [get_ports {port}]" in files["top.pdc"]
    assert "create_clock" in files["top.pdc"]
    assert "-period 83.33" in files["top.pdc"]
    assert "LIFCL-40-9BG400C" in files["build_top.json"]
