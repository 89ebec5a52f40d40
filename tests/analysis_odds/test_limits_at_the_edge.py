"""Limits and inverses where the data are silent: a limit that does not exist, information that is singular."""

import numpy as np
import pytest

from ipseval.analysis.kernels.logit import fit_logit, safe_inverse, safe_solve
from ipseval.analysis.kernels.logit_resample import resample_counts, resample_fits
from ipseval.analysis.kernels.profile import _bracketed


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_limit_that_is_never_crossed_is_infinite_on_its_side(side):
    x = np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)])
    fit = fit_logit(x, np.tile([0.0, 1.0], 10))
    assert _bracketed(lambda value: 1.0, fit, 1, side) == side * np.inf
    assert _bracketed(lambda value: 2.0 - abs(value), fit, 1, side) == pytest.approx(side * 2.0)


def test_one_singular_matrix_leaves_the_others_of_its_stack_as_they_are():
    regular, singular = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 1.0], [1.0, 1.0]])
    stack = np.stack([regular, singular])
    found = safe_inverse(stack)
    np.testing.assert_allclose(found[0], np.linalg.inv(regular), rtol=1e-8)
    # Of a singular matrix what its columns span is inverted still: its product with a sum of columns is that sum.
    np.testing.assert_allclose(singular @ found[1] @ [1.0, 1.0], [1.0, 1.0], rtol=1e-5)
    step = safe_solve(stack, np.array([[1.0, 2.0], [2.0, 2.0]]))
    np.testing.assert_allclose(regular @ step[0], [1.0, 2.0], rtol=1e-8)
    np.testing.assert_allclose(singular @ step[1], [2.0, 2.0], rtol=1e-5)


def test_a_resample_that_is_the_sample_itself_has_its_answer_and_leaves_the_others_theirs():
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(60), rng.normal(size=60)])
    y = (rng.random(60) < 0.4).astype(float)
    fit = fit_logit(x, y)
    counts = np.stack([np.ones(60, dtype=np.int64), *resample_counts(60, 3, rng)])
    found = resample_fits(fit, counts)
    assert not found.separated.any()
    for times, beta in zip(counts, found.beta, strict=True):
        np.testing.assert_allclose(
            beta, fit_logit(np.repeat(x, times, 0), np.repeat(y, times)).beta, atol=1e-6
        )
    np.testing.assert_allclose(found.beta[0], fit.beta, atol=1e-9)
