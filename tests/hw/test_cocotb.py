"""The testbench itself: it passes what is right and refuses everything else."""

import json
from pathlib import Path

import pytest

from sim.cycle.stalls import ALWAYS, Bursts, Random
from tests.cocotb.runner import simulate
from tests.sim.compiled.test_simulator import SOURCE, expected_cycles

IMAGES = [[1, 2, 3, 4], [255, 0, 255, 7], [9, 9, 9, 9]]


def payload(image):
    total = sum(image)
    return (image[0] - 128) % 2**24 << 56 | -total % 2**24 << 32 | total << 8 | image[3] % 16 << 4 | total % 16


def run(folder, source=SOURCE, images=IMAGES, change=lambda case: None, gap=ALWAYS, stall=ALWAYS):
    inputs, outputs = expected_cycles(len(images), gap, stall)
    case = {"words": [pixel for image in images for pixel in image], "input_gap": gap.code, "output_stall": stall.code,
            "limit": outputs[-1] + 200,
            "expected": {"i": inputs, "o": [[c, payload(i)] for c, i in zip(outputs, images, strict=True)]}}
    change(case)
    folder.mkdir(exist_ok=True)
    (folder / "case.json").write_text(json.dumps(case))
    simulate(source, "pixel_sum", "tests.cocotb.tb_accelerator", folder, {"CASE": str(folder / "case.json")})


def mutant(folder, old, new):
    text = SOURCE.read_text()
    assert text.count(old) == 1
    path = Path(folder) / "mutant.v"
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize(("gap", "stall"), [(ALWAYS, ALWAYS), (Bursts(run=2, stall=3), ALWAYS),
                                            (Random(seed=3), Random(seed=4, stall=128))], ids=repr)
def test_a_right_design_passes(tmp_path, gap, stall):
    run(tmp_path, gap=gap, stall=stall)


def test_a_wrong_payload_is_refused(tmp_path):
    def change(case):
        case["expected"]["o"][1][1] ^= 1 << 70
    with pytest.raises(AssertionError, match=r"o: transfer 1 must be \(8, "):
        run(tmp_path, change=change)


def test_a_wrong_cycle_is_refused(tmp_path):
    def change(case):
        case["expected"]["o"][2][0] += 1
    with pytest.raises(AssertionError, match=r"o: transfer 2 must be \(13, .* not \(12, "):
        run(tmp_path, change=change)


def test_a_wrong_input_cycle_is_refused(tmp_path):
    def change(case):
        case["expected"]["i"][5] = 6
    with pytest.raises(AssertionError, match=r"i: transfer 5 must be 6, not 5"):
        run(tmp_path, change=change)


def test_a_surplus_result_is_refused(tmp_path):
    def change(case):
        case["expected"]["o"].pop()
    with pytest.raises(AssertionError, match=r"o: transfer 2 must be None, not \(12, "):
        run(tmp_path, change=change)


def test_a_missing_result_is_refused(tmp_path):
    def change(case):
        case["expected"]["o"].append([99, 0])
    with pytest.raises(AssertionError, match=r"(?s)o: transfer 3 must be \(99, 0\), not None.*still waits after"):
        run(tmp_path, change=change)


def test_an_expected_tap_must_be_there(tmp_path):
    def change(case):
        case["expected"]["tap_nowhere"] = []
    with pytest.raises(AssertionError, match=r"tap_nowhere__payload"):
        run(tmp_path, change=change)


def test_a_violated_assertion_is_refused(tmp_path):
    with pytest.raises(AssertionError, match=r"(?s)^1 tests, 1 failed.*sum is 1020.*Assertion failed"):
        run(tmp_path, images=[[255, 255, 255, 255]])


@pytest.mark.long
def test_a_withdrawn_word_is_refused(tmp_path):
    source = mutant(tmp_path, "if (o__ready) o__valid <= 0;", "o__valid <= 0;")
    with pytest.raises(AssertionError, match=r"o withdrew a stalled word in cycle 5"):
        run(tmp_path, source, stall=Bursts(run=1, stall=9))


def test_a_changed_word_is_refused(tmp_path):
    source = mutant(tmp_path, "if (moves) begin\n            count", "o__payload <= o__payload + 1;\n"
                                                                    "        if (moves) begin\n            count")
    with pytest.raises(AssertionError, match=r"o changed a stalled word in cycle 5"):
        run(tmp_path, source, stall=Bursts(run=1, stall=9))


def test_a_module_without_tests_is_refused(tmp_path):
    with pytest.raises(AssertionError, match=r"^0 tests"):
        simulate(SOURCE, "pixel_sum", "tests.cocotb.ports", tmp_path, {})
