from xml.etree import ElementTree

import pytest

from hw.build_report.charts import NAMES, ROW, WIDTH, Bar, Panel, Segment, chart, number


def parts(drawn, tag, **attributes):
    found = [part for part in ElementTree.fromstring(drawn).iter(tag)]
    return [part for part in found if attributes.items() <= part.attrib.items()]


def bar(*lengths, **options):
    return Bar(segments=tuple(Segment(0, length, "#123456") for length in lengths), text="t", **options)


def test_bars_are_to_scale_and_leave_room_for_their_texts():
    drawn = chart("x", ["a", "b"], [Panel(bars=[bar(10), bar(5)], text=100)])
    long, short = (float(part.get("width")) for part in parts(drawn, "rect"))
    assert long == 2 * short
    assert NAMES + long + 100 < WIDTH


def test_a_scale_may_be_longer_than_its_bars():
    drawn = chart("x", ["a"], [Panel(bars=[bar(5)], most=20, track=True)])
    track, drawn_bar = parts(drawn, "rect")
    assert track.get("class") == "track"
    assert float(track.get("width")) == pytest.approx(4 * float(drawn_bar.get("width")), abs=.2)


def test_a_mark_stands_where_its_value_is_and_the_text_behind_it():
    drawn = chart("x", ["a"], [Panel(bars=[bar(10, mark=20)])])
    (mark,) = parts(drawn, "path")
    at = float(mark.get("d")[1:].split()[0])
    width = float(parts(drawn, "rect")[0].get("width"))
    assert at == pytest.approx(NAMES + 2 * width, abs=.2)
    assert float(parts(drawn, "text")[-1].get("x")) > at


def test_segments_follow_each_other():
    segments = (Segment(0, 2, "#111111", pale=True), Segment(2, 3, "#222222"))
    drawn = chart("x", ["a"], [Panel(bars=[Bar(segments=segments, text="")])])
    first, second = parts(drawn, "rect")
    assert float(second.get("x")) == pytest.approx(float(first.get("x")) + float(first.get("width")), abs=.2)
    assert (first.get("class"), second.get("class")) == ("pale", None)


def test_panels_stand_beside_each_other_and_do_not_overlap():
    drawn = chart("x", ["a"], [Panel(bars=[bar(1)], title="one"), Panel(bars=[bar(9)], title="two")])
    first, second = parts(drawn, "rect")
    assert float(first.get("x")) + float(first.get("width")) < float(second.get("x"))
    assert [part.text for part in parts(drawn, "text", **{"class": "head"})] == ["one", "two"]


def test_rows_lie_below_each_other_inside_the_picture():
    drawn = chart("x", list("abc"), [Panel(bars=[bar(1)] * 3)])
    tops = [float(part.get("y")) for part in parts(drawn, "rect")]
    assert [after - before for before, after in zip(tops, tops[1:], strict=False)] == [ROW, ROW]
    assert ElementTree.fromstring(drawn).get("viewBox") == f"0 0 {WIDTH} {3 * ROW}"


def test_nothing_at_all_is_drawn_without_a_fault():
    assert parts(chart("x", ["a"], [Panel(bars=[bar(0)])]), "rect")[0].get("width") == "0"


def test_names_and_labels_are_escaped():
    drawn = chart('<"&', ["<b>"], [Panel(bars=[Bar(segments=(), text="a & b")])])
    assert ElementTree.fromstring(drawn).get("aria-label") == '<"&'
    assert [part.text for part in parts(drawn, "text")] == ["<b>", "a & b"]


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (1.25, "1.2"), (0.04, "0"), (12.96, "13")])
def test_coordinates_are_short(value, text):
    assert number(value) == text
