import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def global_random_state_stays():
    """No test, and nothing it calls, may move NumPy's global random state."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state is read, not used
    yield
    assert (before == np.random.get_state()[1]).all(), "the global random state was moved"  # noqa: NPY002
