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


def test_every_tail_takes_arrays_and_agrees_with_scipy_value_by_value():
    x, df = np.array([-3.0, -0.5, 0.0, 0.5, 3.0]), np.array([1.0, 2.0, 7.0, 30.0, 400.0])
    np.testing.assert_allclose(tails.normal_two_sided(x), 2 * stats.norm.sf(abs(x)), rtol=1e-12)
    np.testing.assert_allclose(tails.t_two_sided(x, df), 2 * stats.t.sf(abs(x), df), rtol=1e-11)
    np.testing.assert_allclose(tails.chi2_upper(x**2, df), stats.chi2.sf(x**2, df), rtol=1e-11)
    np.testing.assert_allclose(tails.f_upper(x**2, df, df + 3), stats.f.sf(x**2, df, df + 3), rtol=1e-10)
    np.testing.assert_allclose(tails.t_quantile(0.9, df), stats.t.ppf(0.95, df), rtol=1e-10)
    np.testing.assert_allclose(tails.f_quantile(0.9, 3, 17), stats.f.ppf(0.9, 3, 17), rtol=1e-10)
    np.testing.assert_allclose(tails.normal_quantile(0.99), stats.norm.ppf(0.995), rtol=1e-12)
    np.testing.assert_allclose(tails.expit(x), 1 / (1 + np.exp(-x)), rtol=1e-12)
    assert tails.resampling_p(3, 7) == 0.5


def test_p_never_exceeds_one_and_unknown_stays_unknown():
    assert tails.floor_p([1.0 + 1e-9, 2.0]).tolist() == [1.0, 1.0]
    assert tails.floor_p([0.0, 0.3]).tolist() == [tails.SMALLEST, 0.3]
    assert np.isnan(tails.floor_p(np.nan))
    assert tails.floor_p(0.3).dtype == np.float64
