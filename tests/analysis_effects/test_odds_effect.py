from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import ipseval as ips
from ipseval.analysis.kernels.wild import draws
from ipseval.analysis.kernels.wild_score import cluster_scores, score_p
from ipseval.core.errors import EstimationError

from support.contract import assert_result

DATA = pd.read_csv(Path(__file__).parents[1] / "oracles" / "effect_clusters" / "input.csv")
DATA["even"] = (DATA["town"] % 2).astype(int)
NAMES = {"outcome": "job", "treatment": "even", "covariates": ["x"], "cluster": "town", "method": "logit"}


@pytest.mark.parametrize("null", [0.0, 0.7])
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_and_p_equal_the_definition(null, weighted):
    y, d, w = DATA["job"].to_numpy(float), DATA["even"].to_numpy(float), DATA["w"].to_numpy(float)
    w = w if weighted else np.ones(len(y))
    rest = np.column_stack([np.ones(len(y)), DATA["x"]])
    fit = sm.GLM(y, rest, family=sm.families.Binomial(), offset=null * d, freq_weights=w).fit(tol=1e-13)
    mean = fit.fittedvalues
    full = np.column_stack([rest, d])
    info = (full * (w * mean * (1 - mean))[:, None]).T @ full
    scores = np.array([(full * (w * (y - mean))[:, None])[DATA["town"] == g].sum(axis=0) for g in range(12)])
    # The score of the last coefficient with the others' estimation taken out.
    efficient = scores[:, 2] - scores[:, :2] @ np.linalg.solve(info[:2, :2], info[:2, 2])
    x = np.column_stack([np.ones(len(y)), d, DATA["x"]])
    ours = cluster_scores(x, y, DATA["town"].to_numpy(), 1, null, w)
    np.testing.assert_allclose(ours, efficient, atol=1e-7)
    t = [abs(np.array(v) @ efficient) for v in product([-1.0, 1.0], repeat=12)]
    expected = np.mean(np.array(t) >= abs(efficient.sum()) * (1 - 1e-7))
    assert score_p(ours, draws(12, "rademacher", 0, 1)) == pytest.approx(expected, abs=1e-12)


def test_the_odds_ratio_is_the_logits_and_its_interval_inverts_the_test():
    result = assert_result(ips.effect(DATA, **NAMES))
    row = result.estimates.iloc[0]
    fit = sm.Logit(DATA["job"], np.column_stack([np.ones(len(DATA)), DATA[["even", "x"]]])).fit(disp=0)
    assert row["estimate"] == pytest.approx(np.exp(fit.params["x1"]), rel=1e-6)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert (row["p_value"] < 0.05) == (row["ci_low"] > 1 or row["ci_high"] < 1)
    assert row["p_value"] >= 2.0**-11
    webb = ips.effect(DATA, **NAMES, vcov="webb", resamples=999).estimates.iloc[0]
    assert webb["p_value"] == pytest.approx(row["p_value"], abs=0.1)


def test_few_treated_towns_and_separation_are_refused():
    few = assert_result(ips.effect(DATA, **NAMES | {"treatment": "treat"}))
    assert few.estimates.iloc[0]["status"] == "refused"
    assert "gate_wild_few_treated" in {n.code for n in few.notes}
    apart = assert_result(ips.effect(DATA.assign(job=DATA["even"]), **NAMES))
    assert "effect_separated" in {n.code for n in apart.notes}
    for change in ({"cluster": None}, {"outcome": "y"}, {"vcov": "cr2"}):
        with pytest.raises(EstimationError, match="logit"):
            ips.effect(DATA, **NAMES | change)
