# amaranth: UnusedElaboratable=no
from hw.emission.result import slices
from hw.emit import manifest
from tests.helpers.designs import design, one_class


def test_fields_lie_behind_each_other():
    assert slices(manifest(design())) == [("class_index", 0, 1), ("tick", 2, 4), ("potentials", 5, 32)]


def test_a_field_without_bits_is_left_out():
    assert slices(manifest(one_class())) == [("tick", 0, 1), ("potentials", 2, 5)]
