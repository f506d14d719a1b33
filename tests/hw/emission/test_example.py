# amaranth: UnusedElaboratable=no
from hw.emission.example import example
from hw.emission.waivers import waivers
from hw.emit import manifest, to_verilog
from tests.helpers.designs import design, one_class
from tests.hw.emission.lint import lint


def test_verilator_says_nothing_of_it_around_the_core(tmp_path):
    files = {"eye.vlt": waivers("eye"), "eye_example.v": example(manifest(design(), "eye")),
             "eye.v": to_verilog(design(), "eye")}
    assert lint(tmp_path, "eye_example", files, "-Wall") == (0, "")


def test_it_uses_the_name_of_the_design():
    assert "\n    network core (" in example(manifest(design(), "network"))


def test_it_takes_the_result_apart():
    text = example(manifest(design()))
    for line in ("output wire [1:0] class_index,", "output wire [27:0] potentials,",
                 "assign tick = result[4:2];", "assign potentials = result[32:5];", "wire [32:0] result;"):
        assert line in text


def test_the_index_of_an_only_class_has_no_port():
    text = example(manifest(one_class()))
    assert "class_index" not in text
    assert "assign tick = result[1:0];" in text
