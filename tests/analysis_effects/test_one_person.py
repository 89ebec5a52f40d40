"""Arms of one person: a mean, no variance, and near to everybody."""

import numpy as np
import pytest

from ipseval.analysis.kernels.balance import weighted_moments
from ipseval.analysis.kernels.matching import _near


@pytest.mark.parametrize("weights", [[2.0], [3.0, 0.0]])
def test_one_person_has_a_mean_and_no_variance(weights):
    mean, variance = weighted_moments(np.array([[4.0, 5.0], [6.0, 7.0]])[: len(weights)], np.array(weights))
    assert mean.tolist() == [4.0, 5.0]
    assert variance.shape == (2,)
    assert np.isnan(variance).all()


@pytest.mark.parametrize("target", [0.1, 0.5, 0.9])
def test_one_control_alone_is_near_everybody(target):
    assert _near(np.array([0.5]), np.array([target]), 3).tolist() == [True]
