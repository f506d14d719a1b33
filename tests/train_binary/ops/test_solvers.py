"""Iterative solvers against direct ones, in float64."""

import pytest
import torch

from train_binary.ops import solvers
from train_binary.ops.solvers import SOLVERS, broyden, damped

every_solver = pytest.mark.parametrize("solve", SOLVERS.values(), ids=list(SOLVERS))
EXACT = 1e-12


def system(images=4, size=12, norm=0.5, seed=0):
    """A matrix an image, of this spectral norm, the right sides, and the solutions by elimination."""
    generator = torch.Generator().manual_seed(seed)
    matrices = torch.randn(images, size, size, generator=generator, dtype=torch.float64)
    matrices *= norm / torch.linalg.matrix_norm(matrices, 2)[:, None, None]
    wanted = torch.randn(images, size, generator=generator, dtype=torch.float64)
    solutions = torch.linalg.solve(torch.eye(size, dtype=torch.float64) - matrices, wanted)
    return matrices, wanted, solutions


def product(matrices):
    return lambda x: (matrices @ x[..., None])[..., 0]


def error(found, wanted):
    return ((found - wanted).norm(dim=1) / wanted.norm(dim=1)).max().item()


@pytest.mark.parametrize(("norm", "below"), [(0.2, 1e-12), (0.5, 1e-8), (0.9, 1e-3)])
def test_broyden_solves(norm, below):
    matrices, wanted, solutions = system(norm=norm)
    assert error(broyden(product(matrices), wanted, EXACT), solutions) < below


@pytest.mark.parametrize("norm", [0.2, 0.5, 0.9])
def test_damped_errs_by_no_more_than_its_bound(norm):
    matrices, wanted, solutions = system(norm=norm)
    bound = ((1 + norm) / 2)**solvers.ITERATIONS
    assert error(damped(product(matrices), wanted, EXACT), solutions) <= bound * 1.0001


def test_both_agree_with_more_iterations(monkeypatch):
    """The form that the authors publish for the second, (J x + b) / 2, has another fixed point."""
    monkeypatch.setattr(solvers, "ITERATIONS", 200)
    matrices, wanted, solutions = system()
    one, other = (solve(product(matrices), wanted, EXACT) for solve in (broyden, damped))
    assert error(one, other) < 1e-11
    published = torch.zeros_like(wanted)
    for _ in range(200):
        published = (product(matrices)(published) + wanted) / 2
    assert error(published, solutions) > 0.1


def test_a_short_memory_is_enough(monkeypatch):
    monkeypatch.setattr(solvers, "MEMORY", 4)
    matrices, wanted, solutions = system(size=40)
    assert error(broyden(product(matrices), wanted, EXACT), solutions) < 1e-4


def test_broyden_needs_fewer_products():
    matrices, wanted, _ = system()
    counts = []
    for solve in (broyden, damped):
        calls = []
        solve(lambda x, calls=calls: calls.append(1) or product(matrices)(x), wanted, 1e-3)
        counts.append(len(calls))
    assert counts[0] < counts[1] < solvers.ITERATIONS


@pytest.mark.parametrize("iterations", [1, 2, 3, 5])
def test_broyden_is_that_of_the_text_books(iterations, monkeypatch):
    """With the Jacobian itself, ``B <- B + (dg - B dx) dx^T / (dx^T dx)``, and a system solved in each iteration."""
    monkeypatch.setattr(solvers, "ITERATIONS", iterations)
    matrices, wanted, _ = system(norm=0.4)
    found = broyden(product(matrices), wanted, 0.0)
    for matrix, right, ours in zip(matrices, wanted, found, strict=True):
        x, jacobian, residuals = torch.zeros_like(right), -torch.eye(len(right), dtype=torch.float64), []
        residual, iterates = right, []
        for _ in range(iterations):
            step = torch.linalg.solve(jacobian, -residual)
            x, old = x + step, residual
            residual = matrix @ x - x + right
            jacobian = jacobian + torch.outer(residual - old - jacobian @ step, step) / (step @ step)
            iterates.append(x)
            residuals.append(residual.norm())
        assert (iterates[torch.stack(residuals).argmin()] - ours).norm() < 1e-9


@every_solver
def test_images_do_not_mix(solve):
    matrices, wanted, _ = system()
    together = solve(product(matrices), wanted, 0.0)
    for index in range(len(wanted)):
        alone = solve(product(matrices[index:index + 1]), wanted[index:index + 1], 0.0)
        assert error(together[index:index + 1], alone) < 1e-8


@every_solver
def test_right_sides_that_are_zero_and_maps(solve):
    wanted = torch.zeros(2, 3, 2, 2, dtype=torch.float64)
    wanted[1] = 1
    found = solve(lambda x: x / 2, wanted, EXACT)
    assert not found[0].any()
    assert (found[1] - 2).abs().max() < 1e-3


def test_best_iterate_is_kept(monkeypatch):
    """For a map that is no contraction, and few iterations, no residual is larger than at the start."""
    matrices, wanted, _ = system(norm=8.0, size=30)
    for iterations in range(1, 12):
        monkeypatch.setattr(solvers, "ITERATIONS", iterations)
        x = broyden(product(matrices), wanted, EXACT)
        residual = product(matrices)(x) - x + wanted
        assert (residual.norm(dim=1) <= wanted.norm(dim=1)).all()
