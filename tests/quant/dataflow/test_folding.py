import pickle
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Feedback, Flatten, Network, Rate, SingleSpike
from quant.dataflow.folding import Fold, check, copied, copies, divisors, folded, parse, text, unrolled
from quant.dataflow.lowering import stages
from tests.helpers.strategies import foldings, networks


def ones(*shape):
    return [ones(*shape[1:]) for _ in range(shape[0])] if shape else 1


NETWORK = Network(input_shape=(4, 3, 3), steps=5, layers=(
    Conv2d(weights=ones(6, 4, 3, 3), neurons=SingleSpike(threshold=[1] * 6)), Flatten(),
    Dense(weights=ones(4, 6), neurons=SingleSpike(threshold=[1] * 4))))


@pytest.mark.parametrize(("number", "expected"), [(1, [1]), (7, [1, 7]), (12, [1, 2, 3, 4, 6, 12])])
def test_divisors(number, expected):
    assert divisors(number) == expected


def test_synapses_divide_the_input_channels_or_are_the_whole_fan_in():
    conv, dense = stages(NETWORK)
    assert conv.synapse_choices == [1, 2, 4, 36]
    assert dense.synapse_choices == [1, 2, 3, 6]


def test_folded_is_one_at_a_time():
    assert text(folded(NETWORK)) == "1,1,1 1,1,1"


def test_unrolled_is_all_at_once():
    assert text(unrolled(NETWORK)) == "6,36,5 4,6,5"


def test_parse_reads_channels_synapses_ticks():
    assert parse(" 1,2,3\n4,5,6 ") == (Fold(channels=1, synapses=2, ticks=3), Fold(channels=4, synapses=5, ticks=6))


@given(st.lists(st.builds(Fold, channels=st.integers(0, 10**9 - 1), synapses=st.integers(0, 10**9 - 1),
                          ticks=st.integers(0, 256))))
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_text_round_trip(folds):
    assert parse(text(tuple(folds))) == tuple(folds)


def test_copies_are_said_at_the_end():
    folding = parse("1,2,3 4,5,6 x3")
    assert (copies(folding), tuple(folding), text(folding)) == (3, parse("1,2,3 4,5,6"), "1,2,3 4,5,6 x3")
    assert parse("1,2,3 4,5,6", 3) == parse("1,2,3 4,5,6 x3", 3) == folding
    assert parse("1,2,3 x1") == parse("1,2,3", 1) == parse("1,2,3")


def test_copies_make_another_folding():
    one = parse("1,2,3")
    assert len({one, copied(one, 2), copied(one, 3), copied(copied(one, 2), 1), parse("1,2,3 x2")}) == 3
    assert [copies(each) for each in (one, copied(one, 2), copied(copied(one, 2), 3))] == [1, 2, 3]
    assert one != copied(one, 2) != one
    assert pickle.loads(pickle.dumps(copied(one, 2))) == copied(one, 2)


def test_check_keeps_the_copies():
    assert check(NETWORK, copied(folded(NETWORK), 4)) == copied(folded(NETWORK), 4)


@pytest.mark.parametrize(("words", "number", "message"), [
    ("1,1,1 x0", None, "fold must be channels,synapses,ticks[,columns], not 'x0'"),
    ("x2 1,1,1", None, "fold must be channels,synapses,ticks[,columns], not 'x2'"),
    ("1,1,1 x65", None, "copies must be in 1..64, not 65"),
    ("1,1,1", 0, "copies must be in 1..64, not 0"),
    ("1,1,1 x2", 3, "copies must be those of the fold, 2, not 3")])
def test_wrong_copies(words, number, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(words, number)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_check_accepts_and_returns_every_legal_folding(data):
    network = data.draw(networks())
    folding = data.draw(foldings(network))
    for legal in (folding, folded(network), unrolled(network)):
        assert check(network, legal) == legal


@pytest.mark.parametrize("part", ["1,2", "1,2,3,4,5", "1,2,x", "1,2,-3", "1,,3", "1,2,3.0", "1,2,1234567890", "1,2,²"])
def test_parse_wrong_fold(part):
    message = f"fold must be channels,synapses,ticks[,columns], not {part!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(f"1,1,1 {part}")


def test_parse_shows_a_long_fold_in_part():
    with pytest.raises(ValueError, match=r"^fold must be channels,synapses,ticks\[,columns\], not '9{79}$"):
        parse("9" * 1000)


@pytest.mark.parametrize(("folding", "message"), [
    ("1,1,1", "folding must have one fold for each of 2 layers with weights, not 1"),
    ("1,1,1 1,1,1 1,1,1", "folding must have one fold for each of 2 layers with weights, not 3"),
    ("0,1,1 1,1,1", "fold of layer 0 (conv2d0): channels must be in 1..6, not 0"),
    ("7,1,1 1,1,1", "fold of layer 0 (conv2d0): channels must be in 1..6, not 7"),
    ("4,1,1 1,1,1", "fold of layer 0 (conv2d0): channels must be one of 1, 2, 3, 6, not 4"),
    ("1,37,1 1,1,1", "fold of layer 0 (conv2d0): synapses must be in 1..36, not 37"),
    ("1,3,1 1,1,1", "fold of layer 0 (conv2d0): synapses must be one of 1, 2, 4, 36, not 3"),
    ("1,1,6 1,1,1", "fold of layer 0 (conv2d0): ticks must be in 1..5, not 6"),
    ("1,1,0 1,1,1", "fold of layer 0 (conv2d0): ticks must be in 1..5, not 0"),
    ("1,1,1 1,4,1", "fold of layer 1 (dense2): synapses must be one of 1, 2, 3, 6, not 4"),
    ("1,1,1 2,1,2", "fold of layer 1 (dense2): ticks must be 1 where not all 4 outputs are computed at once, not 2")])
def test_check_wrong_folding(folding, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check(NETWORK, parse(folding))


RATE = Rate(threshold=[9] * 4)
LOOPED = Network(input_shape=(1, 3, 3), steps=5, coding="direct", readout="count", layers=(
    Conv2d(weights=ones(4, 1, 2, 2), neurons=RATE, feedback=Feedback(weights=ones(4, 4, 3, 3))), Flatten(),
    Dense(weights=ones(4, 16), neurons=RATE)))


def test_feedback_has_a_fold_behind_that_of_its_layer():
    assert text(folded(LOOPED)) == "1,1,1 1,1,1 1,1,1"
    assert text(unrolled(LOOPED)) == "4,4,8 4,36,1 4,16,5"
    assert stages(LOOPED)[0].loop.stage.synapse_choices == [1, 2, 4, 36]


@pytest.mark.parametrize(("folding", "message"), [
    ("1,1,1 1,1,1", "folding must have one fold for each of 3 layers with weights, feedback counted by itself, not 2"),
    ("2,1,1 1,1,1 1,1,1", "fold of layer 1 (conv2d0_feedback): channels must be 2, as those of conv2d0, not 1"),
    ("2,1,1 2,9,1 1,1,1", "fold of layer 1 (conv2d0_feedback): synapses must be one of 1, 2, 4, 36, not 9"),
    ("2,1,1 2,1,2 1,1,1", "fold of layer 1 (conv2d0_feedback): ticks must be in 1..1, not 2")])
def test_check_wrong_folding_of_feedback(folding, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check(LOOPED, parse(folding))


def test_in_a_single_tick_feedback_has_no_fold():
    assert text(folded(replace(LOOPED, steps=1))) == "1,1,1 1,1,1"


def test_check_wrong_type():
    with pytest.raises(TypeError, match=r"^fold of layer 0 \(conv2d0\): ticks must be an integer, not 1.0$"):
        check(NETWORK, (Fold(channels=1, synapses=1, ticks=1.0), Fold(channels=1, synapses=1, ticks=1)))
