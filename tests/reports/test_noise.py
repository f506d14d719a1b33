"""Noise as it is defined, repeatable, and counted on the network itself."""

import numpy as np
import pytest

from reports import noise as module
from reports.noise import KINDS, gaussian, jitter, levels, noise, occlusion, salt_and_pepper, uniform
from sim.functional import network as functional
from tests.helpers.networks import rates, small

STEPS = 8
NETWORK = small(10, steps=STEPS, thresholds=(6, 10, 14))
IMAGES = np.random.default_rng(5).integers(0, 256, (300, 2, 8, 8)).astype(np.uint8)
LABELS = functional.run(NETWORK, IMAGES).class_index


def generator(seed=1):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def found():
    return noise(NETWORK, IMAGES[:40], LABELS[:40])


@pytest.mark.parametrize("level", [4, 16])
def test_gaussian_has_its_standard_deviation(level):
    changed = gaussian(np.full((50, 1, 28, 28), 128, np.uint8), level, generator())
    assert changed.std() == pytest.approx(level, rel=.02)
    assert changed.mean() == pytest.approx(128, abs=.3)


def test_gaussian_is_clipped_and_not_wrapped():
    changed = gaussian(np.full((10, 1, 28, 28), 255, np.uint8), 32, generator())
    assert (changed == 255).mean() == pytest.approx(.5, abs=.02)
    assert changed.min() > 60


def test_uniform_reaches_both_ends_evenly():
    changed = uniform(np.full((100, 1, 28, 28), 100, np.uint8), 3, generator())
    values, counts = np.unique(changed, return_counts=True)
    assert values.tolist() == [97, 98, 99, 100, 101, 102, 103]
    assert counts / changed.size == pytest.approx(1 / 7, abs=.01)


def test_salt_and_pepper_are_half_each():
    changed = salt_and_pepper(np.full((100, 1, 28, 28), 100, np.uint8), .2, generator())
    assert (changed == 0).mean() == pytest.approx(.1, abs=.005)
    assert (changed == 255).mean() == pytest.approx(.1, abs=.005)
    assert set(np.unique(changed)) == {0, 100, 255}


@pytest.mark.parametrize("side", [1, 3, 8])
def test_occlusion_is_one_square_inside_each_image(side):
    changed = occlusion(np.full((200, 2, 8, 9), 7, np.uint8), side, generator())
    assert (changed == 0).sum(axis=(2, 3)).tolist() == [[side**2] * 2] * 200
    rows, columns = (changed == 0).any(axis=(1, 3)), (changed == 0).any(axis=(1, 2))
    assert rows.sum(axis=1).tolist() == columns.sum(axis=1).tolist() == [side] * 200
    assert rows.any(axis=0).all()
    assert columns.any(axis=0).all()


def test_jitter_moves_spikes_within_their_time_and_adds_none():
    times = functional.encode(IMAGES, STEPS)
    moved = jitter(IMAGES, 2, NETWORK, generator())
    assert ((moved == STEPS) == (times == STEPS)).all()
    spiked = times < STEPS
    shift = moved.astype(int)[spiked] - times.astype(int)[spiked]
    assert set(np.unique(shift)) == {-2, -1, 0, 1, 2}
    inner = (times >= 2) & (times < STEPS - 2)
    _, counts = np.unique(moved.astype(int)[inner] - times.astype(int)[inner], return_counts=True)
    assert counts / inner.sum() == pytest.approx(1 / 5, abs=.01)
    assert moved.dtype == times.dtype


def test_every_level_stands_in_a_row(found):
    assert [(row.kind, row.level) for row in found.rows] == list(levels(NETWORK))
    assert {row.kind for row in found.rows} == set(KINDS)


def test_levels_fit_the_network():
    kinds = {name: [level for kind, level in levels(NETWORK) if kind == name] for name in KINDS}
    assert kinds["occlusion"] == [2, 4, 8]
    assert kinds["jitter"] == [1, 2, 4]
    assert len(list(levels(small(steps=1)))) == len(list(levels(NETWORK))) - 3


def test_clean_is_the_golden_model(found):
    assert (found.clean, found.images) == (40, 40)


def test_rows_count_right_answers(found):
    row = next(row for row in found.rows if (row.kind, row.level) == ("jitter", 2))
    moved = jitter(IMAGES[:40], 2, NETWORK, np.random.default_rng([1, 4, 2000]))
    assert row.correct == int((functional.respond(NETWORK, moved).class_index == LABELS[:40]).sum())
    row = next(row for row in found.rows if (row.kind, row.level) == ("salt and pepper", .1))
    changed = salt_and_pepper(IMAGES[:40], .1, np.random.default_rng([1, 2, 100]))
    assert row.correct == int((functional.run(NETWORK, changed).class_index == LABELS[:40]).sum())


def test_same_seed_same_noise(found):
    assert noise(NETWORK, IMAGES[:40], LABELS[:40]) == found
    assert noise(NETWORK, IMAGES[:40], LABELS[:40], seed=2) != found


@pytest.mark.parametrize("kind", KINDS)
def test_noise_of_an_image_does_not_depend_on_those_after_it(kind):
    corrupt, level = KINDS[kind].corrupt, KINDS[kind].levels[1]
    whole = corrupt(IMAGES, level, NETWORK, generator())
    assert (corrupt(IMAGES[:9], level, NETWORK, generator()) == whole[:9]).all()


def test_batches_do_not_change_the_noise(found, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 7)
    assert noise(NETWORK, IMAGES[:40], LABELS[:40]) == found


def test_more_noise_does_more_harm(found):
    worst = [row.correct for row in found.rows if row.kind == "gaussian"]
    assert worst[-1] < found.clean


def test_progress_counts_all_images():
    seen = []
    noise(NETWORK, IMAGES[:10], LABELS[:10], progress=seen.append)
    assert sum(seen) == 10 * (1 + len(list(levels(NETWORK))))


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_wrong_seed(seed):
    with pytest.raises(ValueError, match=rf"^seed must be in 0\.\.2147483647, not {seed}$"):
        noise(NETWORK, IMAGES[:1], LABELS[:1], seed=seed)


def test_pixels_that_are_no_spikes_have_no_jitter():
    net = rates()
    assert {kind for kind, _ in levels(net)} == {"gaussian", "uniform", "salt and pepper", "occlusion"}
    images = IMAGES[:20]
    row = next(row for row in noise(net, images, functional.run(net, images).class_index).rows if row.level == 128)
    changed = gaussian(images, 128, np.random.default_rng([1, 0, 128000]))
    assert row.correct == (functional.run(net, changed).class_index == functional.run(net, images).class_index).sum()
