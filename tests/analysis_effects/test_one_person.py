"""Arms of one person: a mean, and no variance."""

import numpy as np
import pytest

from ipseval.analysis.kernels.balance import weighted_moments


@pytest.mark.parametrize("weights", [[2.0], [3.0, 0.0]])
def test_one_person_has_a_mean_and_no_variance(weights):
    mean, variance = weighted_moments(np.array([[4.0, 5.0], [6.0, 7.0]])[: len(weights)], np.array(weights))
    assert mean.tolist() == [4.0, 5.0]
    assert variance.shape == (2,)
    assert np.isnan(variance).all()
