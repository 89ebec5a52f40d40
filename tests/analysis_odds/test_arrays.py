from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.odds_arrays import odds_table
from ipseval.core.errors import EstimationError

ORACLE = Path(__file__).parents[1] / "oracles" / "odds_ratios" / "input.csv"


def people():
    frame = pd.read_csv(ORACLE)
    return frame[frame["set"] == "small"]


@pytest.mark.parametrize("method", ["ml", "firth"])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_arrays_give_the_numbers_of_the_verb(method, level):
    frame = people()
    found = odds_table(frame[["age", "who5"]], frame["job"], method=method, level=level)
    rows = ips.odds_ratios("job ~ age + who5", frame, method=method, level=level).estimates
    pairs = {"odds_ratio": "estimate", "std_error": "std_error", "low": "ci_low", "high": "ci_high",
             "statistic": "statistic", "p": "p_value"}  # fmt: skip
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(getattr(found, ours), rows[theirs], rtol=1e-12, atol=1e-14)
    assert found.separation == "none"


def test_separated_arrays_are_refused_by_maximum_likelihood_and_named_by_firth():
    x = np.arange(20.0)[:, None]
    y = (x[:, 0] > 9).astype(int)
    with pytest.raises(EstimationError, match="20 row"):
        odds_table(x, y, method="ml")
    found = odds_table(x, y)
    assert found.separation == "complete"
    assert np.isfinite(found.odds_ratio).all()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.ones(4), [0, 1, 0, 1], "n x p"),
        ([[1.0], [2.0], [np.inf], [0.0]], [0, 1, 0, 1], "1 row"),
        ([[1.0], [2.0], [3.0], [0.0]], [0, 1, 2, 1], "1 row"),
        ([[1.0], [2.0], [3.0], [0.0]], [1, 1, 1, 1], "same outcome"),
        (np.eye(4), [0, 1, 0, 1], "fewer"),
        ([[2.0], [2.0], [2.0], [2.0]], [0, 1, 0, 1], "independent"),
    ],
)
def test_bad_arrays_are_refused_in_one_sentence(x, y, said):
    with pytest.raises(EstimationError, match=said):
        odds_table(x, y)
