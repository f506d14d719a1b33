# amaranth: UnusedElaboratable=no
import re

import pytest

from hw.emission.vhdl import RESERVED, identifier, package
from hw.emit import manifest
from tests.helpers.designs import design, one_class

IDENTIFIER = r"\w+|\\\w+\\"


def declared(text):
    """Ports of the component declaration as those of a manifest."""
    body = re.search(r"port \(\n(.*?)\n +\);\n +end component;", text, re.DOTALL)[1]
    ports = {}
    for line in body.split(";\n"):
        name, way, high = re.fullmatch(
            rf" +({IDENTIFIER}) : (in|out) (?:std_logic|std_logic_vector\((\d+) downto 0\))", line).groups()
        ports[name.strip("\\")] = {"direction": f"{way}put", "width": int(high or 0) + 1}
    return ports


def instance(text):
    """Ports of the instance in the comment, and what they are connected to."""
    return {name.strip("\\"): signal for name, signal in re.findall(rf"^-- +({IDENTIFIER}) => (\w+),?$", text,
                                                                    re.MULTILINE)}


@pytest.mark.parametrize("taps", [False, True])
def test_component_has_the_ports_of_the_manifest(taps):
    ports = manifest(design(taps=taps))["ports"]
    assert declared(package(manifest(design(taps=taps)), "")) == ports


def test_instance_connects_every_port():
    connected = instance(package(manifest(design()), ""))
    assert connected.keys() == manifest(design())["ports"].keys()
    assert connected["i__payload"] == "pixel"
    assert connected["o__ready"] == "result_ready"


def test_instance_takes_the_result_apart():
    text = package(manifest(design()), "")
    for line in ("signal result : std_logic_vector(32 downto 0);", "signal tick : std_logic_vector(2 downto 0);",
                 "tick <= result(4 downto 2);", "potentials <= result(32 downto 5);",
                 "-- number k of potentials: signed(potentials(7 * k + 6 downto 7 * k))"):
        assert f"\n--     {line}\n" in f"{text}\n"


def test_the_index_of_an_only_class_has_no_signal():
    assert "class_index" not in package(manifest(one_class()), "")


def test_package_and_component_have_the_name_of_the_design():
    text = package(manifest(design(), "eye"), "a network")
    assert text.startswith("-- a network\n")
    for line in ("package eye_pkg is", "    component eye is", "--     core : eye"):
        assert f"\n{line}\n" in text


@pytest.mark.parametrize("name", ["a__b", "_a", "a_", "Eye", "signal", "i__payload"])
def test_what_is_no_identifier_of_vhdl_is_extended(name):
    """VHDL does not tell upper from lower case, but Verilog does."""
    assert identifier(name) == f"\\{name}\\"


@pytest.mark.parametrize("name", ["clk", "a_b", "eye2", "signals"])
def test_identifiers_stay_as_they_are(name):
    assert identifier(name) == name


def test_code_ends_before_the_comment():
    """A tool that takes VHDL alone needs no more than the package."""
    code = [line for line in package(manifest(design(), "eye"), "a network").splitlines() if not line.startswith("--")]
    assert "".join(code).rstrip().endswith("end package;")


def test_reserved_words_are_those_of_1993():
    assert len(RESERVED) == 97
    assert {"postponed", "xnor"} <= RESERVED
    assert "protected" not in RESERVED  # of 2002
