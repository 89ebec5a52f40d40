"""Kernels of change where few persons, or few different values, decide."""

import numpy as np
import pytest

from ipseval.analysis.kernels.paired_shares import mcnemar
from ipseval.analysis.kernels.repeated_mixed import fit_mixed, persons_of
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.analysis.kernels.signed_rank import hodges_lehmann
from ipseval.core.errors import EstimationError


@pytest.mark.parametrize(("n", "ends"), [(5, (-np.inf, np.inf)), (6, (1.0, 32.0))])
def test_six_persons_are_the_fewest_whose_interval_ends(n, ends):
    """Beyond all changes the p is 2 / 2**n, which is under 0.05 from six persons on."""
    found = hodges_lehmann(2.0 ** np.arange(n), 0.95)
    assert (found.low, found.high) == ends


def test_a_steep_trend_does_not_hide_how_persons_differ():
    """What the fixed columns explain moves their slope and nothing else, however much it is."""
    rng = np.random.default_rng(12)
    ids, wave = np.repeat(np.arange(80), 3), np.tile([0.0, 1.0, 2.0], 80)
    y = np.repeat(rng.normal(size=80), 3) + rng.normal(size=240)
    x = np.column_stack([np.ones(240), wave])
    flat, steep = (fit_mixed(persons_of(x, x[:, :1], y + slope * wave, ids)) for slope in (0.0, 80_000.0))
    assert not flat.singular
    assert not steep.singular
    np.testing.assert_allclose(steep.beta - flat.beta, [0.0, 80_000.0], atol=1e-6)
    np.testing.assert_allclose(steep.cov, flat.cov, rtol=1e-6)


@pytest.mark.parametrize("slope", [0.0, 0.1, 30_000.0])
def test_answers_that_the_wave_tells_exactly_are_refused(slope):
    ids, wave = np.repeat(np.arange(20), 3), np.tile([0.0, 1.0, 2.0], 20)
    x = np.column_stack([np.ones(60), wave])
    with pytest.raises(EstimationError, match="no variation over persons"):
        fit_mixed(persons_of(x, x[:, :1], 7.3 + slope * wave, ids))


def test_signs_that_are_drawn_are_drawn_again_with_the_same_seed():
    d = np.random.default_rng(3).normal(0.2, 1, 40)
    first, again, other = (sign_flip(d, seed) for seed in (1, 1, 2))
    assert not first.exact
    assert first == again
    assert first != other


def test_where_nobody_changed_there_is_no_ratio():
    found = mcnemar(0, 0, 0.95)
    assert (found.p_exact, found.p_mid) == (1.0, 1.0)
    assert np.isnan([found.odds_ratio, found.low, found.high]).all()
    assert all(isinstance(v, float) for v in (found.odds_ratio, found.low, found.high))
