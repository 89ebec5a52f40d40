"""Every exact p once more, by counting all equally likely worlds of at most twelve persons.

The signed-rank, sign-flip, rank-sum, Stuart-Maxwell and Bowker tests are enumerated beside their own tests.
"""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.bounds import fisher_p
from ipseval.analysis.kernels.exact_tables import freeman_halton
from ipseval.analysis.kernels.paired_shares import mcnemar


def flips(m):
    """Net movement in every world where each of m movers went either way."""
    return np.array([sum(way) for way in product((-1, 1), repeat=m)])


@pytest.mark.parametrize("movers", range(1, 11))
def test_mcnemar_exact_and_mid_p(movers):
    worlds = np.abs(flips(movers))
    for gained in range(movers + 1):
        net = abs(2 * gained - movers)
        found = mcnemar(gained, movers - gained, 0.95)
        assert found.p_exact == pytest.approx(np.mean(worlds >= net), abs=1e-12)
        if net:
            mid = np.mean(worlds > net) + 0.5 * np.mean(worlds == net)
            assert found.p_mid == pytest.approx(mid, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_sign_test_and_the_permutation_of_ordinal_steps(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 12))
    before, after = rng.integers(0, 4, n), rng.integers(0, 4, n)
    steps = after - before
    frame = pd.DataFrame({"x_start": before, "x_end": after})
    sign = ips.change(frame, before="x_start", after="x_end", resamples=199).estimates.set_index("term")
    ways = np.array(list(product((-1, 1), repeat=n)))
    signs = np.abs(ways @ (steps != 0))
    wanted = np.mean(signs >= abs(np.sign(steps).sum()))
    assert sign.loc["risen", "p_value"] == pytest.approx(wanted, abs=1e-12)
    moves = ips.band_change(frame, before="x_start", after="x_end", levels=[0, 1, 2, 3], ordered=True)
    p = moves.estimates.set_index("term").loc["ordinal_permutation", "p_value"]
    assert p == pytest.approx(np.mean(np.abs(ways @ np.abs(steps)) >= abs(steps.sum())), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_fisher_and_its_extension_to_more_categories(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(6, 12)), int(rng.integers(2, 5))
    category = rng.integers(0, k, n)
    first = int(rng.integers(2, n - 1))
    totals = np.bincount(category, minlength=k)
    worlds = [
        tuple(np.bincount(category[list(chosen)], minlength=k)) for chosen in combinations(range(n), first)
    ]
    tables, counts = np.unique(np.array(worlds), axis=0, return_counts=True)
    for table, count in zip(tables, counts, strict=True):
        wanted = counts[counts <= count].sum() / counts.sum()
        found = freeman_halton(table, totals, 1)
        assert found.how == "exact"
        assert found.p_value == pytest.approx(wanted, abs=1e-12)
        if k == 2:
            both = fisher_p(int(table[1]), first, int(totals[1] - table[1]), n - first)
            assert both == pytest.approx(wanted, abs=1e-12)
