import os

import matplotlib
import numpy as np
import pytest
from hypothesis import settings

matplotlib.use("Agg")

# At home every run tries new examples; in CI the same ones, so that a red run can be looked into.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def global_random_state_stays():
    """No test, and nothing it calls, may move NumPy's global random state."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state is read, not used
    yield
    assert (before == np.random.get_state()[1]).all(), "the global random state was moved"  # noqa: NPY002


collect_ignore_glob = ["oracles/*"]
"""Scripts that made expected values; they need R or peers that a test machine does not have."""
