import pytest
import torch

from train_binary.model.readout import calibrate, decide


def single(*ticks):
    """Potentials of one image, a list of classes for each tick."""
    return torch.tensor(ticks)[:, None]


@pytest.mark.parametrize(("ticks", "expected"), [
    (([5, 0], [9, 9]), (0, 0)),  # earliest, though another is larger later
    (([0, 0], [5, 7]), (1, 1)),  # tie: larger V
    (([0, 0], [5, 5]), (0, 1)),  # tie in V too: lower index
    (([5, 0], [0, 9]), (0, 0)),  # a potential may fall again
    (([4, 4], [1, 3]), (1, 2)),  # silent: larger V at the last tick
    (([4, 4], [3, 3]), (0, 2)),  # silent, equal V: lower index
])
def test_first_spike(ticks, expected):
    class_index, tick = decide(single(*ticks), torch.tensor([5, 5]), "first_spike")
    assert (class_index.item(), tick.item()) == expected


def test_only_outputs_that_fired_are_rivals():
    class_index, _ = decide(single([5, 8]), torch.tensor([5, 9]), "first_spike")
    assert class_index.item() == 0


def test_potential_waits_for_the_last_tick():
    class_index, tick = decide(single([9, 0], [3, 3]), torch.tensor([5, 5]), "potential")
    assert (class_index.item(), tick.item()) == (0, 1)


def test_calibration_takes_the_lowest_of_the_best_thresholds():
    right_later = torch.tensor([[[3, 0]], [[4, 7]]])  # class 1 wins once the threshold is above 3
    assert calibrate(right_later, torch.tensor([1]), 0) == 4


def test_calibration_decides_at_once_when_nothing_is_gained():
    assert calibrate(torch.tensor([[[3, 0]], [[4, 0]]]), torch.tensor([0]), 0) == 3


def test_calibration_agrees_with_deciding():
    torch.manual_seed(0)
    potentials, labels = torch.randint(-9, 30, (4, 60, 3)), torch.randint(0, 3, (60,))
    right = [(decide(potentials, torch.tensor(q), "first_spike")[0] == labels).sum() for q in range(-9, 31)]
    assert right[calibrate(potentials, labels, 0) + 9] == max(right)


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("slack", [0, 0.05])
def test_calibration_is_the_lowest_of_all_that_are_good(steps, slack):
    torch.manual_seed(steps)
    potentials, labels = torch.randint(-9, 30, (steps, 60, 3)), torch.randint(0, 3, (60,))
    right = [int((decide(potentials, torch.tensor(q), "first_spike")[0] == labels).sum()) for q in range(-9, 31)]
    good = [q - 9 for q, score in enumerate(right) if score >= max(right) - int(slack * 60)]
    first = int(potentials[0].amax(1).min())  # at and below all decide in the first tick
    assert calibrate(potentials, labels, slack) == max(first, good[0])


@pytest.mark.parametrize(("late", "expected"), [(2, 3), (3, 4)])
def test_calibration_gives_up_five_images_in_ten_thousand(late, expected):
    potentials = torch.tensor([[3, 0], [4, 0]])[:, None].repeat(1, 4000, 1)
    potentials[1, :late] = torch.tensor([4, 7])
    labels = torch.zeros(4000, dtype=torch.int64)
    labels[:late] = 1
    assert calibrate(potentials, labels, 0.0005) == expected
    assert calibrate(potentials, labels, 0) == 4 if late else 3
    assert calibrate(potentials, labels, 0.01) == 3
