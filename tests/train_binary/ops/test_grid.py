import pytest
import torch

from train_binary.ops import grid, native


@pytest.mark.parametrize("terms", [1, 1000, 10**9])
def test_sums_are_exact_in_any_order(terms):
    values = torch.randn(20_000) * 1e-3
    spacing = grid.spacing(values, max(terms, len(values)))
    integers = grid.rounded(values, spacing)
    shuffled = integers[torch.randperm(len(values))]
    assert integers.sum() == shuffled.sum() == shuffled.cumsum(0)[-1] == sum(map(int, integers.tolist()))


def test_the_largest_sum_has_room():
    values = torch.full((1000,), 0.7)
    integers = grid.rounded(values, grid.spacing(values, len(values), 32))
    assert 2**28 < integers.sum() < 2**31


def test_rounds_to_a_power_of_two():
    spacing = grid.spacing(torch.tensor([0.3, -0.9]), 1, 9)
    assert spacing.item() == 2.0**7
    assert grid.rounded(torch.tensor([-0.9]), spacing).item() == round(-0.9 * 2**7)


@pytest.mark.parametrize("library", [native.library, lambda: None])
def test_the_largest_is_that_of_absolute_values(library, monkeypatch):
    monkeypatch.setattr(native, "library", library)
    torch.manual_seed(0)
    for values in (torch.randn(1001), -torch.rand(7, 5), torch.zeros(3), torch.tensor([-2.5]), torch.randn(6, 4).T):
        assert grid._largest(values) == values.abs().max()


def test_what_is_no_number_stays_none():
    values = torch.tensor([1.0, torch.nan])
    assert grid.rounded(values, grid.spacing(values, 1)).isnan().any()
