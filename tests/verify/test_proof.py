import functools
import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from hw.accelerator import Accelerator
from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from quant.files import artefact
from quant.files.artefact import Artefact, Provenance
from sim.compiled.simulator import Simulator
from sim.functional import network as functional
from tests.helpers.cores import faults
from tests.helpers.networks import loops, small
from verify import design, images, proof, shard, workers
from verify.builds import Target
from verify.locate import AFTER, BEFORE, Difference, Location, takers

NETWORK = small()
TARGET = Target("small", Artefact(NETWORK, Provenance(), artefact.network_digest(NETWORK)), parse("2,1,2 3,2,4 5,6,1"))
IMAGES = images.random(12, NETWORK.input_shape)
EMIT = functools.cache(design.emit)
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(Path(__file__).parents[2] / ".cache"))


@pytest.fixture
def right(monkeypatch):
    """No fault is planted: the design is emitted once for all tests."""
    monkeypatch.setattr(proof, "emit", EMIT)


def prove(folder=None, pixels=IMAGES, labels=None, **options):
    with workers.local(1) as submit:
        return proof.prove(TARGET, pixels, labels, submit, waveforms=folder, **options)


def times(waveform):
    """Times of a VCD file at which something changes."""
    return [int(line[1:]) for line in Path(waveform).read_text().splitlines() if line.startswith("#")]


@pytest.mark.parametrize("borders", [False, True])
def test_all_agree(right, tmp_path, borders):
    seen = []
    found = prove(tmp_path, borders=borders, progress=seen.append)
    assert (found.images, found.equal, found.right, found.found, found.difference) == (12, 12, None, 0, None)
    assert found.transfers > 12 * 5_000 if borders else found.transfers == 12 * 129
    assert sum(seen) == 12
    assert not list(tmp_path.iterdir())


def test_right_answers_are_counted(right, tmp_path):
    classes = functional.run(NETWORK, IMAGES).class_index
    labels = classes.astype("uint8")
    labels[:3] += 1
    assert prove(tmp_path, labels=labels).right == 9


def test_images_are_cut_into_shards_from_reset_on(right, tmp_path, monkeypatch):
    monkeypatch.setitem(proof.SIZES, False, 5)
    parts = proof.shards(TARGET, EMIT(NETWORK, TARGET.folding), IMAGES, None, borders=False)
    assert [(part.first, len(part.images)) for part in parts] == [(0, 5), (5, 5), (10, 2)]
    assert prove(tmp_path).equal == 12


@pytest.mark.long
def test_greater_instead_of_greater_or_equal_is_found(tmp_path, monkeypatch):
    faults.greater(monkeypatch)
    found = prove(tmp_path).difference
    assert found["stage"] == "conv2d0_neurons"
    assert found["expected"]["cycle"] == found["got"]["cycle"]
    pairs = list(zip(found["expected"]["word"], found["got"]["word"], strict=True))
    assert all(due <= got for due, got in pairs)
    assert any(due < got for due, got in pairs)
    first, last = found["waveform_cycles"]
    assert (first, last) == (max(0, found["got"]["cycle"] - BEFORE), found["got"]["cycle"] + AFTER)
    assert Path(found["waveform"]) == tmp_path / f"small-image-{found['image']}.vcd"
    assert (min(times(found["waveform"])), max(times(found["waveform"]))) == (2 * first, 2 * last + 1)


@pytest.mark.long
def test_a_swapped_weight_is_found(monkeypatch):
    faults.swapped_weight(monkeypatch, fan_in=16)
    found = prove(borders=True).difference
    assert found["stage"] == "conv2d2_synapses"
    assert found["expected"]["word"] != found["got"]["word"]
    assert found["expected"]["cycle"] == found["got"]["cycle"]


@pytest.mark.long
def test_a_late_word_is_found(monkeypatch):
    faults.plant(monkeypatch, cores.Pool, faults.late)
    result = prove(borders=True)
    found = result.difference
    assert (result.images, result.equal) == (10, 0)
    assert (found["stage"], found["image"], found["transfer"]) == ("first_spike_pool1", 0, 0)
    assert found["got"] == {"cycle": found["expected"]["cycle"] + 1, "word": found["expected"]["word"]}


@pytest.mark.long
def test_a_dropped_stall_is_found(monkeypatch):
    faults.plant(monkeypatch, cores.Pad, faults.deaf)
    found = prove(borders=True).difference
    assert (found["stage"], found["taker"]) == ("encoder_slice", "conv2d0_pad")
    assert found["got"]["cycle"] < found["expected"]["cycle"]


@pytest.mark.long
def test_a_standstill_is_found(monkeypatch):
    faults.plant(monkeypatch, cores.Pool, faults.after(9, faults.hang))
    found = prove(borders=True).difference
    assert (found["stage"], found["image"], found["got"]) == ("first_spike_pool1", 0, None)
    assert "stands still" in found["said"]


@pytest.mark.long
def test_a_fault_that_earlier_images_cause_is_found(monkeypatch):
    faults.plant(monkeypatch, cores.Pool, faults.after(7 * 32 + 5, faults.flip))
    found = prove(borders=True).difference
    assert (found["stage"], found["image"], found["transfer"]) == ("first_spike_pool1", 7, 5)
    assert found["images_before"] == 7


def test_the_two_images_that_are_streamed_again_keep_their_numbers(tmp_path):
    seen = Difference("pool", "window", image=1, transfer=5, expected=(7, (1, 2)), got=None)
    record = Location(seen, skipped=3, said="", waveform=tmp_path, stretch=(0, 27)).record(first=100)
    assert (record["image"], record["images_before"], record["transfer"]) == (104, 1, 5)
    assert (record["expected"], record["got"]) == ({"cycle": 7, "word": [1, 2]}, None)


@pytest.mark.long
def test_a_fault_of_the_design_without_taps_has_a_waveform(tmp_path, monkeypatch):
    def wrong(network, folding, *, taps):
        return Accelerator(network if taps else small(1), folding, taps=taps)
    monkeypatch.setattr(design, "Accelerator", wrong)
    found = prove(tmp_path, IMAGES[:3]).difference
    assert "stage" not in found
    assert found["expected"] != found["got"]
    first, last = found["waveform_cycles"]
    assert 2 * first == min(times(found["waveform"])) < max(times(found["waveform"])) <= 2 * last + 1


def test_finished_shards_are_not_checked_again(right, tmp_path, monkeypatch):
    monkeypatch.setitem(proof.SIZES, False, 5)
    first = prove(tmp_path, IMAGES[:10], records=tmp_path / "shards")
    again = prove(tmp_path, records=tmp_path / "shards")
    assert (first.found, again.found, again.images, again.equal) == (0, 10, 12, 12)
    assert len(list((tmp_path / "shards").iterdir())) == 3


def test_a_damaged_record_is_made_again(right, tmp_path):
    prove(tmp_path, records=tmp_path / "shards")
    (file,) = (tmp_path / "shards").iterdir()
    whole = file.read_text()
    file.write_text(whole[:20])
    assert prove(tmp_path, records=tmp_path / "shards").found == 0
    assert json.loads(file.read_text()) == json.loads(whole)
    changes = ({"equal": 0}, {"images": 3, "equal": 3}, {"right": "all"}, {"transfers": None}, {"difference": {}},
               {"x": 1})
    for forged in ("[]", "[" * 10**5, *(json.dumps(json.loads(whole) | change) for change in changes)):
        file.write_text(forged)
        assert prove(tmp_path, records=tmp_path / "shards").found == 0


@pytest.mark.parametrize("change", [{"first": 1}, {"images": IMAGES[::-1]}, {"labels": IMAGES[:, 0, 0, 0]},
                                    {"borders": True}, {"program": "other"}, {"folding": parse("1,1,1 1,1,1 1,1,1")}],
                         ids=lambda change: next(iter(change)))
def test_a_record_is_of_one_shard(change):
    (part,) = proof.shards(TARGET, EMIT(NETWORK, TARGET.folding), IMAGES, None, borders=False)
    assert replace(part).digest == part.digest
    assert replace(part, **change).digest != part.digest


def test_shards_before_a_difference_are_waited_for(monkeypatch):
    """They come out of order: a difference in the third, and then one in the second."""
    parts = [type("Part", (), {"first": first})() for first in range(4)]
    order = [Future() for _ in parts]
    pending = iter(order)
    results = proof._checked(parts, lambda part: next(pending))
    order[2].set_result({"difference": {"image": 2}})
    assert next(results)[0] is parts[2]
    order[1].set_result({"difference": {"image": 1}})
    assert next(results)[0] is parts[1]
    assert order[3].cancelled()
    assert not order[0].cancelled()
    order[0].set_result({"difference": None})
    assert [part for part, _ in results] == [parts[0]]


def flipped(name, number=0):
    """Flip the lowest bit of a number in the fourth result."""
    (field,) = [field for field in EMIT(NETWORK, TARGET.folding).manifest["result"] if field["name"] == name]
    byte, bit = divmod(field["offset"] + number * field["width"], 8)

    def change(seen):
        seen.payloads[3, byte] ^= 1 << bit
    return change


def later(name, *place):
    def change(seen):
        getattr(seen, name)[3, *place] += 1
    return change


@pytest.mark.parametrize(("change", "what"), [
    (later("input_cycles", 85), "cycle of pixel 85"), (later("output_cycles"), "cycle of result"),
    (lambda seen: flipped("class_index")(seen), "class"), (lambda seen: flipped("tick")(seen), "tick"),
    (lambda seen: flipped("potentials", 9)(seen), "potential 9")])
def test_everything_is_compared(right, monkeypatch, change, what):
    attempt = Simulator.attempt

    def wrong(*arguments, **options):
        seen, error = attempt(*arguments, **options)
        change(seen)
        return seen, error
    monkeypatch.setattr(Simulator, "attempt", wrong)
    (part,) = proof.shards(TARGET, EMIT(NETWORK, TARGET.folding), IMAGES, None, borders=False)
    record = shard.check(replace(part, first=100))
    assert (record["images"], record["equal"]) == (12, 11)
    assert (record["difference"]["image"], record["difference"]["what"]) == (103, what)
    assert abs(record["difference"]["got"] - record["difference"]["expected"]) == 1


def test_a_shard_of_another_version_is_refused():
    (part,) = proof.shards(TARGET, EMIT(NETWORK, TARGET.folding), IMAGES, None, borders=False)
    with pytest.raises(ValueError, match=r"^every worker must have the binspike that asks for the proof, not another"):
        shard.check(replace(part, program="other"))


def test_what_a_loop_gives_is_taken_by_its_neurons():
    pairs = dict(takers(chain(loops(), parse("2,1,4 2,36,1 5,4,1")), "output"))
    assert pairs["conv2d0_current"] == "conv2d0_neurons"
    assert pairs["conv2d0_slice"] == "first_spike_pool1"
    assert pairs["conv2d0_feedback_pad"] == "conv2d0_feedback_window"
    assert pairs["conv2d0_feedback_synapses"] == "conv2d0_neurons"
    assert pairs["readout"] == "output"
