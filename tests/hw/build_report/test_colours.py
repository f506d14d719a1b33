import re

import pytest

from hw.build_report.colours import OTHERS, STAGES, colours, stage_of


@pytest.mark.parametrize(("core", "stage"), [
    ("conv2d0_window", "conv2d0"), ("conv2d0", "conv2d0"), ("conv2d01_window", "conv2d01"),
    ("conv2d0_feedback_window", "conv2d0"), ("encoder", "encoder"), ("other_pack", "other")])
def test_the_stage_of_a_core(core, stage):
    assert stage_of(core, ["conv2d0", "conv2d01"]) == stage


def test_cores_of_a_stage_are_shades_of_one_colour():
    found = colours(["encoder", "conv2d0_window", "conv2d0_neurons", "conv2d0_pack"], ["encoder", "conv2d0"])
    assert found["encoder"] == STAGES[0]
    assert len(set(found.values())) == len(found) == 4 + len(OTHERS)
    assert found["conv2d0_window"] == "#b66a20"  # STAGES[1], a quarter darker
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in found.values())


def test_more_stages_than_colours_begin_again():
    names = [f"pool{place}" for place in range(len(STAGES) + 1)]
    found = colours(names, names)
    assert found[names[-1]] == found[names[0]] == STAGES[0]
