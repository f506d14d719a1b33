import copy
import re
from xml.etree import ElementTree

import pytest

from hw.bitstream.report import rows
from hw.build_report.page import page
from hw.build_report.placement import Placement
from tests.helpers.placed import RECORD

PLACED = Placement(26, 32, 2, 8, {"conv2d0_window": {(1, 2): 3}}, {"link": [(6, 1)]}, {"board": [(0, 1)]})
TITLES = ["Busy cycles of each stage", "Area of each core", "Use of the device", "Critical path", "Placement",
          "The build"]


def texts(drawn):
    """Texts of each picture of a page, its names first."""
    return [[part.text for part in ElementTree.fromstring(picture).iter("text")]
            for picture in re.findall(r"<svg .*?</svg>", drawn, re.DOTALL)]


def test_every_row_of_the_record_is_on_the_page():
    drawn = page(RECORD, PLACED)
    text = re.sub(r"<[^>]*>", " ", drawn)
    assert all(value.replace("<", "&lt;").replace(">", "&gt;") in text for _, value in rows(RECORD))


def test_what_was_predicted_stands_beside_what_was_built():
    drawn = page(RECORD, PLACED)
    for title, predicted, built in (("LUTs", "1,946", "3,651 of 5,280 (69%)"), ("flip-flops", "1,990", "1,992"),
                                    ("block RAMs", "12", "13 of 30 (43%)")):
        assert f"<tr><th>{title}</th><td>{predicted}</td><td>{built}</td></tr>" in drawn


def test_the_sections_in_their_order():
    assert re.findall("<h2>(.*)</h2>", page(RECORD, PLACED)) == TITLES


def test_a_build_without_a_critical_path_has_no_such_section():
    assert re.findall("<h2>(.*)</h2>", page(RECORD | {"critical_path": None}, PLACED)) == [
        title for title in TITLES if title != "Critical path"]


def test_busy_cycles_stand_against_those_of_an_image_and_the_busiest_is_bold():
    drawn = page(RECORD, PLACED)
    assert texts(drawn)[0] == ["encoder", "conv2d0", "784", "48,000: 1 of 4 channels"]
    assert re.findall('class="strong"[^>]*>([^<]*)', drawn) == ["48,000: 1 of 4 channels"]
    assert "of 48,672 from image to image" in drawn


def test_area_names_cores_and_leaves_out_what_is_empty():
    names = texts(page(RECORD, PLACED))[1][:3]
    assert names == ["conv2d0_window", "serial link", "between cores"]
    assert texts(page(RECORD, PLACED))[1][3:7] == ["LUTs", "1,200", "2,400", "51"]


def test_a_core_without_cells_keeps_its_line():
    record = copy.deepcopy(RECORD)
    record["cores"][0] |= {"luts": 0, "flip_flops": 0, "block_rams": 0}
    assert texts(page(record, PLACED))[1][:2] == ["conv2d0_window", "serial link"]


def test_an_estimate_is_a_line_across_its_bar():
    drawn = re.findall(r"<svg .*?</svg>", page(RECORD, PLACED), re.DOTALL)[1]
    marks = drawn.count('class="mark"')
    record = copy.deepcopy(RECORD)
    record["cores"][0]["estimated_luts"] = None
    without = re.findall(r"<svg .*?</svg>", page(record, PLACED), re.DOTALL)[1]
    assert (marks, without.count('class="mark"')) == (6, 5)


def test_the_critical_path_in_words():
    drawn = page(RECORD, PLACED)
    assert ("from left (conv2d0_window) to the clock enable of at (serial link), 29.5 ns, of which 9.0 ns logic and "
            "20.5 ns routing (69%)") in drawn
    assert texts(drawn)[3] == ["conv2d0_window", "serial link", "0.0 + 4.0 ns, 1 cell", "20.5 + 5.0 ns, 3 cells"]


def test_the_legend_names_what_is_placed():
    assert re.findall(r"</i>([^<]*)</li>", page(RECORD, PLACED)) == ["conv2d0_window", "serial link",
                                                                     "pins, clock, reset"]


def test_names_are_escaped():
    drawn = page(RECORD, PLACED)
    assert "<title>&lt;small&gt; on icebreaker</title>" in drawn
    assert "<small>" not in drawn


@pytest.mark.parametrize("wanted", ["prefers-color-scheme: dark", 'name="viewport"', "@media print"])
def test_the_page_suits_every_reader(wanted):
    assert wanted in page(RECORD, PLACED)


def test_the_page_needs_nothing_from_elsewhere():
    assert not re.search(r"(src|href)=|url\(|@import|<script", page(RECORD, PLACED))
