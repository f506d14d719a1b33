from dataclasses import replace

import pytest

from quant.files.artefact import Provenance

PROVENANCE = Provenance(data_set="MNIST", split="test", images=10_000, correct=9_850, seed=7)


def test_accuracy_is_correct_over_images():
    assert PROVENANCE.accuracy == 0.985


def test_accuracy_is_none_if_not_measured():
    assert Provenance().accuracy is None


def test_measured_on():
    assert PROVENANCE.measured_on == "MNIST test, 10,000 images"


@pytest.mark.parametrize(("field", "message"), [
    ({"correct": 10_001}, "correct must be in 0..10000, not 10001"),
    ({"correct": None}, "images and correct must be given together, not 10000 and None"),
    ({"images": 0}, "images must be in 1..2147483647, not 0"),
    ({"float_correct": 10_001}, "float_correct must be in 0..10000, not 10001"),
    ({"images": None, "correct": None, "float_correct": 3},
     "float_correct must come with images and correct, not as 3"),
    ({"seed": -1}, "seed must be in 0.."),
    ({"recipe": "a\nb"}, r"recipe must be at most 4096 printable characters, not 'a\\nb'"),
    ({"source": "a\nb"}, r"source must be at most 4096 printable characters, not 'a\\nb'"),
    ({"method": 3}, "method must be at most 4096 printable characters, not 3")])
def test_wrong_provenance(field, message):
    with pytest.raises(ValueError, match=message):
        replace(PROVENANCE, **field)


def test_the_source_is_described_only_where_it_is_recorded():
    assert "source" not in PROVENANCE.describe()
    assert replace(PROVENANCE, source="x").describe()["source"] == "x"
