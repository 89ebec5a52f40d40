"""Kernels of change where few persons, or few different values, decide."""

import numpy as np
import pytest

from ipseval.analysis.kernels.signed_rank import hodges_lehmann


@pytest.mark.parametrize(("n", "ends"), [(5, (-np.inf, np.inf)), (6, (1.0, 32.0))])
def test_six_persons_are_the_fewest_whose_interval_ends(n, ends):
    """Beyond all changes the p is 2 / 2**n, which is under 0.05 from six persons on."""
    found = hodges_lehmann(2.0 ** np.arange(n), 0.95)
    assert (found.low, found.high) == ends
