import json
from dataclasses import replace

import pytest

from hw.bitstream import report
from hw.bitstream.flow import BuildError
from hw.families import ECP5, GOWIN, ICE40
from tests.helpers.placed import RECORD
from tests.helpers.serial_link.peer import device


@pytest.fixture
def folder(tmp_path):
    def write(utilization, cells, **clocks):
        fmax = {name: {"achieved": achieved, "constraint": wanted} for name, (achieved, wanted) in clocks.items()}
        (tmp_path / "top.report.json").write_text(json.dumps({"fmax": fmax, "utilization": {
            name: {"used": used, "available": available} for name, (used, available) in utilization.items()}}))
        (tmp_path / "top.stat.json").write_text(json.dumps({"design": {"num_cells_by_type": cells}}))
        return tmp_path
    return write


def test_implementation_on_ice40(folder):
    path = folder({"ICESTORM_LC": (1913, 5280), "ICESTORM_RAM": (8, 30), "SB_IO": (10, 39)},
                  {"SB_LUT4": 1298, "SB_DFF": 61, "SB_DFFESR": 887, "SB_CARRY": 388}, clk=(33.6847, 12.00005))
    assert report.implementation(path, ICE40, 12) == report.Implementation(
        luts=1913, luts_available=5280, flip_flops=948, block_rams=8, block_rams_available=30, fmax_mhz=33.685,
        clock_mhz=12)


def test_implementation_on_ecp5(folder):
    path = folder({"TRELLIS_COMB": (2148, 83640), "TRELLIS_FF": (1032, 83640), "DP16KD": (3, 208)},
                  {"LUT4": 1500, "TRELLIS_FF": 1032}, clk=(91.954, 25))
    assert report.implementation(path, ECP5, 25) == report.Implementation(
        luts=2148, luts_available=83640, flip_flops=1032, block_rams=3, block_rams_available=208, fmax_mhz=91.954,
        clock_mhz=25)


def test_a_carry_of_gowin_takes_a_lut(folder):
    path = folder({"LUT4": (816, 8640), "ALU": (240, 6480), "DFF": (467, 6480), "BSRAM": (1, 26)},
                  {"LUT4": 225, "ALU": 191, "DFFRE": 313, "DFFSE": 154}, clk=(97.953, 27))
    assert report.implementation(path, GOWIN, 27) == report.Implementation(
        luts=1056, luts_available=8640, flip_flops=467, block_rams=1, block_rams_available=26, fmax_mhz=97.953,
        clock_mhz=27)


def test_fmax_is_that_of_the_clock_of_the_design(folder):
    path = folder({"ICESTORM_LC": (1, 2), "ICESTORM_RAM": (0, 1)}, {}, board=(223.4, 100), divided=(91.9, 50),
                  also=(95, 50))
    assert report.implementation(path, ICE40, 50).fmax_mhz == 91.9


def test_a_clock_that_was_not_constrained_is_an_error(folder):
    path = folder({"ICESTORM_LC": (1, 2), "ICESTORM_RAM": (0, 1)}, {}, board=(223.4, 100), divided=(91.9, 12))
    with pytest.raises(BuildError, match="^place and route must hold a clock to 50 MHz, but held 100, 12$"):
        report.implementation(path, ICE40, 50)


def test_images_per_second_follow_from_clock_and_cycles():
    found = report.Implementation(luts=1, luts_available=2, flip_flops=3, block_rams=4, block_rams_available=5,
                                  fmax_mhz=30, clock_mhz=12)
    fields = report.implementation_fields(found, 48000)
    assert (fields["images_per_second"], fields["images_per_second_at_fmax"]) == (250, 625)


def test_the_serial_line_carries_the_longer_of_images_and_answers():
    """Of 16 pixels in 26 bytes, three without a byte of silence; of three classes, answers are longer."""
    held = device(vectors=()).contents
    assert report.link_images_per_second(held) == 3 * 1_000_000 / (10 * (3 * 20 + 8))
    one = replace(held, identity=replace(held.identity, capacity=8, classes=1))
    assert report.link_images_per_second(one) == 1_000_000 / (10 * (8 + 2 + max(8, 10)))
    lengths = [len(held.coding.pack(vector.pixels)) for vector in device().contents.stored]
    several = 26 // (sum(lengths) / 3)
    assert report.link_images_per_second(device().contents) == several * 1_000_000 / (10 * (several * 20 + 8))


def test_every_figure_is_in_the_table():
    text = dict(report.rows(RECORD))
    assert text["accuracy"] == "98.76% (MNIST test)"
    assert text["LUTs"] == "3,651 of 5,280 (69%)"
    assert text["test vectors stored"] == "2"
    assert text["tool yosys"] == "Yosys 0.70"


def test_a_network_that_was_not_measured_says_so():
    assert dict(report.rows(RECORD | {"accuracy": None}))["accuracy"] == "not measured"
