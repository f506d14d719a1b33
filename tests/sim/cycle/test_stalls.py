import pytest

from sim.cycle.stalls import Always, Bursts, Random, from_code


def test_always_is_open():
    assert all(Always()(cycle) for cycle in range(100))


def test_bursts_begin_open():
    pattern = Bursts(run=2, stall=3)
    assert [pattern(cycle) for cycle in range(7)] == [True, True, False, False, False, True, True]


def test_random_stalls_as_often_as_asked():
    pattern = Random(seed=5, stall=64)
    assert 24_000 < sum(not pattern(cycle) for cycle in range(100_000)) < 26_000


def test_random_differs_by_seed():
    assert [Random(seed=1)(cycle) for cycle in range(64)] != [Random(seed=2)(cycle) for cycle in range(64)]


def test_random_without_stall_is_open():
    assert all(Random(seed=1, stall=0)(cycle) for cycle in range(1000))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Bursts(run=0, stall=1), r"^burst run must be in 1\.\.65535, not 0$"),
    (lambda: Bursts(run=1, stall=-1), r"^burst stall must be in 0\.\.65535, not -1$"),
    (lambda: Random(seed=-1), r"^random seed must be in 0\.\.4294967295, not -1$"),
    (lambda: Random(seed=1, stall=256), r"^random stall must be in 0\.\.255, not 256$"),
])
def test_wrong_patterns_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("pattern", [Always(), Bursts(run=2, stall=3), Random(seed=7, stall=9)], ids=repr)
def test_the_code_stands_for_the_pattern(pattern):
    assert from_code(list(pattern.code)) == pattern
