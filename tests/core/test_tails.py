import numpy as np
from scipy import stats

from ipseval.core import tails


def test_p_is_never_zero():
    assert tails.normal_two_sided(50.0) == tails.SMALLEST
    assert tails.t_two_sided(1e9, 40) > 0
    assert tails.resampling_p(0, 999) == 1 / 1000


def test_tails_agree_with_scipy_far_out():
    np.testing.assert_allclose(tails.normal_two_sided(9.0), 2 * stats.norm.sf(9.0), rtol=1e-12)
    np.testing.assert_allclose(tails.t_two_sided(-6.0, 33), 2 * stats.t.sf(6.0, 33), rtol=1e-12)
    np.testing.assert_allclose(tails.chi2_upper(80.0, 3), stats.chi2.sf(80.0, 3), rtol=1e-12)
    np.testing.assert_allclose(tails.f_upper(30.0, 2, 40), stats.f.sf(30.0, 2, 40), rtol=1e-12)


def test_quantiles_invert_the_tails():
    assert abs(tails.normal_two_sided(tails.normal_quantile(0.95)) - 0.05) < 1e-12
    assert abs(tails.t_two_sided(tails.t_quantile(0.9, 7), 7) - 0.1) < 1e-12
