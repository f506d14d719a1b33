import itertools
import re

import pytest

from quant.serial_link.protocol import NO_NETWORK, Deframer, Error, Reply
from tests import fuzz
from tests.cocotb.runner import CACHE
from tests.helpers.serial_link import fuzzed

SEED = 20260
BELOW, FULL_RATE, THROUGH_PINS, LOADS = 1_500, 700, 5_000, 1_000  # frames; with more of them by `make fuzz`
LOADING = fuzz.Bench(CACHE, 1, fuzzed.held(layout=fuzzed.layout()), fuzzed.loads())  # its model alone


@pytest.fixture(scope="module")
def streams():
    return fuzz.streams(CACHE)


@pytest.fixture(scope="module")
def pins():
    return fuzz.pins(CACHE)


def segments(count, seed=SEED):
    frames = fuzz.Frames(seed)
    return [frames.next() for _ in range(count)]


def test_the_same_seed_gives_the_same_frames():
    assert segments(100) == segments(100)
    assert segments(100) != segments(100, seed=1)


def test_frames_bring_about_every_response(streams):
    bodies = list(Deframer(1000).feed(streams.model().feed(b"".join(segments(2000)))))
    kinds = {(body[0], body[2]) if body[0] == Reply.ERROR else body[0] for body in bodies}
    errors = {(Reply.ERROR, code) for code in (Error.DAMAGED, Error.LENGTH, Error.KIND, Error.ARGUMENT)}
    assert kinds == errors | {Reply.IDENTITY, Reply.RESULT, Reply.SELF_TEST, Reply.COUNT}
    damaged = sum(body[0] == Reply.ERROR and body[2] == Error.DAMAGED for body in bodies)
    assert 0.2 < damaged / len(bodies) < 0.6


@pytest.mark.slow
def test_every_response_is_that_of_the_model(streams, tmp_path):
    fuzz.campaign(streams.differs, SEED, BELOW, save=tmp_path)


@pytest.mark.slow
def test_at_full_rate_no_rule_is_broken(streams, tmp_path):
    assert fuzz.overruns(streams, segments(1000)) > 20
    fuzz.campaign(streams.breaks, SEED, FULL_RATE, save=tmp_path)


def test_loads_end_whole_and_broken():
    frames, model = fuzz.Frames(SEED, blocks := LOADING.blocks), LOADING.model()
    bodies = list(Deframer(1000).feed(b"".join(model.feed(frames.next()) for _ in range(LOADS))))
    ends = [body[4:] == b"\1\0" for body in bodies if body[0] == Reply.LOAD]
    assert sum(after and not before for before, after in itertools.pairwise(ends)) > 10
    assert sum(body[0] == Reply.ERROR and body[2] == Error.NETWORK for body in bodies) > 20
    assert {body[34:66] for body in bodies if body[0] == Reply.IDENTITY} > {NO_NETWORK}
    assert len(blocks) == 2


@pytest.mark.slow
def test_every_response_of_a_board_that_takes_other_networks_is_that_of_the_model(tmp_path):
    bench = fuzz.loading(CACHE)
    fuzz.campaign(bench.differs, SEED, LOADS, save=tmp_path, loads=bench.blocks)


@pytest.mark.long
def test_through_the_pins(pins, tmp_path):
    fuzz.campaign(pins.differs, SEED, THROUGH_PINS - 1000, save=tmp_path)
    fuzz.campaign(pins.breaks, SEED, 1000, save=tmp_path)


def test_a_failure_is_shortened_and_kept(tmp_path):
    bad = segments(50)[37]
    with pytest.raises(AssertionError, match=re.escape(f"seed {SEED}, 50 frames: found; the 16 frames that show it are "
                                                       f"in {tmp_path}/fuzz-{SEED}.bin")):
        fuzz.campaign(lambda frames: "found" if bad in frames else "", SEED, 50, save=tmp_path)
    assert (tmp_path / f"fuzz-{SEED}.bin").read_bytes() == b"".join(segments(50)[34:])


class Changed:
    """A bench whose design says something else."""

    def __init__(self, bench, change):
        self.bench, self.change = bench, change

    def check(self, name, monkeypatch):
        played = fuzz.play

        def play(*arguments, **options):
            got = played(*arguments, **options)
            return type(got)(self.change(got.output), got.cycles, got.requests, got.responses, got.lost)
        monkeypatch.setattr(fuzz, "play", play)
        return getattr(self.bench, name)(segments(100))


@pytest.mark.parametrize(("change", "said"), [
    (lambda output: output[:-1], "a response is not well formed"),
    (lambda output: output + b"\x7e", "a response is not well formed"),
    (lambda output: output + fuzz.frame(b"\xff\x00\x01"), "the last image has a wrong response"),
    (lambda output: fuzz.frame(b"\x82\x01" + bytes(20)) + output, "response 0 belongs to no whole frame"),
    (lambda output: output[output.index(b"\x7e\x7e") + 1:] + output[:output.index(b"\x7e\x7e") + 1]
     + output[output.rindex(b"\x7e\x7e") + 1:], "response .* belongs to no whole frame, or is out of order")])
def test_a_broken_rule_is_found(streams, monkeypatch, change, said):
    assert re.match(said, Changed(streams, change).check("breaks", monkeypatch))


@pytest.mark.parametrize("change", [lambda output: output[:-1], lambda output: output + b"\x7e",
                                    lambda output: output[:50] + bytes([output[50] ^ 1]) + output[51:]])
def test_a_difference_is_found(streams, monkeypatch, change):
    assert re.match("byte [0-9]+ of [0-9]+: ", Changed(streams, change).check("differs", monkeypatch))


def test_overruns_are_allowed_at_full_rate_only(streams, monkeypatch):
    dropped = fuzz.frame(bytes([Reply.ERROR, 7, Error.OVERRUN]))
    changed = Changed(streams, lambda output: dropped + output)
    assert changed.check("breaks", monkeypatch) == ""
    monkeypatch.undo()
    assert changed.check("differs", monkeypatch) != ""
