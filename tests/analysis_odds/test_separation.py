"""Separation: the proof by residuals never says other than the linear programme, and brute force agrees."""

from pathlib import Path

import numpy as np
import pytest

from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.separation import find_separation, proves_overlap, separates
from ipseval.analysis.odds_model import decide


def persons(seed):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(8, 40)), int(rng.integers(1, 5))
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p))])
    x[:, 1] = x[:, 1] > 0.3
    y = (rng.random(n) < 1 / (1 + np.exp(-2.0 * x[:, -1]))).astype(float)
    return x, y


def test_the_proof_and_the_programme_agree():
    told = []
    for seed in range(150):
        x, y = persons(seed)
        if y.min() == y.max() or np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        separation, fit = decide(x, y)
        programme = find_separation(x, y)
        assert separation.found == programme.found == separates(x, y)
        assert separation.kind == programme.kind
        np.testing.assert_array_equal(separation.decided, programme.decided)
        told.append((programme.found, fit is not None))
    assert (True, True) not in told
    assert (False, True) in told
    assert (True, False) in told


def test_one_number_separates_exactly_when_its_groups_do_not_overlap():
    rng = np.random.default_rng(1)
    for _ in range(60):
        value, y = rng.integers(0, 12, 9).astype(float), rng.integers(0, 2, 9).astype(float)
        if y.min() == y.max() or np.ptp(value) == 0:
            continue
        ones, zeros = value[y == 1], value[y == 0]
        apart = ones.min() >= zeros.max() or zeros.min() >= ones.max()
        assert separates(np.column_stack([np.ones(9), value]), y) == apart


def test_a_fit_that_has_not_settled_proves_nothing():
    x, y = persons(3)
    fit = fit_logit(x, y, most=1)
    assert not fit.converged
    assert not proves_overlap(fit.problem.z, y - fit.fitted)


@pytest.mark.parametrize("gap", [1e-3, 1e-5])
def test_data_that_all_but_separate_are_not_called_separated(gap):
    value = np.array([0.0, 1.0, 2.0, 3.0 + gap, 3.0, 4.0, 5.0, 6.0])
    y = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    assert not decide(np.column_stack([np.ones(8), value]), y)[0].found


def test_a_resample_on_which_one_unbounded_programme_fails_is_decided():
    # Signed rows of an invented resample whose programme of capped margins gave no answer at all.
    signed = np.loadtxt(Path(__file__).with_name("solver_failure.csv"), delimiter=",")
    y = (signed[:, 0] > 0).astype(float)
    found = find_separation(signed * np.where(y > 0, 1.0, -1.0)[:, None], y)
    assert found.kind == "complete"
    assert found.decided.all()
