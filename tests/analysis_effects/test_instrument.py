import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels.cluster import cr2, fit_linear
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result


def people(seed=1, pull=0.5, n=300):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"town": np.repeat(np.arange(20), n // 20), "x": rng.normal(size=n)})
    frame["offer"] = (frame["town"] % 2).astype(int)
    hidden = rng.normal(size=n)
    frame["part"] = (rng.random(n) < np.clip(0.2 + pull * frame["offer"] + 0.1 * hidden, 0, 1)).astype(int)
    frame["y"] = 0.4 * frame["part"] + 0.5 * hidden + 0.3 * frame["x"] + rng.normal(size=n)
    return frame


def run(frame, **options):
    return assert_result(
        ips.effect(frame, outcome="y", treatment="part", instrument="offer", method="iv", **options)
    )


def test_without_covariates_it_is_the_ratio_of_differences():
    frame = people()
    est = run(frame).estimates.set_index("term")
    means = frame.groupby("offer")[["y", "part"]].mean()
    gap = means.loc[1] - means.loc[0]
    assert est.loc["iv", "estimate"] == pytest.approx(gap["y"] / gap["part"])
    assert est.loc["first_stage", "estimate"] == pytest.approx(gap["part"])


def test_with_covariates_the_estimate_equals_linearmodels():
    frame = people(3)
    theirs = IV2SLS(frame["y"], frame[["x"]].assign(one=1.0), frame["part"], frame["offer"]).fit()
    ours = run(frame, covariates=["x"], cluster="town").estimates.set_index("term").loc["iv"]
    assert ours["estimate"] == pytest.approx(theirs.params["part"], rel=1e-9)


@pytest.mark.parametrize(("seed", "pull"), [(1, 0.5), (2, 0.15), (5, 0.02)])
def test_the_set_holds_exactly_what_the_test_does_not_reject(seed, pull):
    frame = people(seed, pull)
    result = run(frame, covariates=["x"], cluster="town")
    row = result.estimates.set_index("term").loc["iv"]
    x = np.column_stack([np.ones(len(frame)), frame["offer"], frame["x"]]).astype(float)
    unit = np.array([0.0, 1.0, 0.0])

    def p(effect):
        found = cr2(
            fit_linear(x, (frame["y"] - effect * frame["part"]).to_numpy(float)),
            frame["town"].to_numpy(),
            unit,
        )
        return 2 * stats.t.sf(abs(found.estimate / found.std_error), found.df)

    assert row["p_value"] == pytest.approx(p(0.0))
    if np.isfinite(row["ci_low"]):
        for end, out in ((row["ci_low"], -1e-4), (row["ci_high"], 1e-4)):
            assert p(end) == pytest.approx(0.05, abs=1e-6)
            assert p(end + out) < 0.05 < p(end - out)
    else:
        assert min(p(b) for b in (-1e6, 1e6)) > 0.05
        assert any(n.code in ("effect_iv_rays", "effect_iv_open") for n in result.notes)
        assert any(n.code == "effect_iv_weak" for n in result.notes)


def test_bad_instruments_are_refused():
    frame = people()
    with pytest.raises(EstimationError, match="instrument="):
        ips.effect(frame, outcome="y", treatment="part", method="iv")
    with pytest.raises(DesignError, match="another part"):
        ips.effect(frame, outcome="y", treatment="part", method="iv", instrument="part")
    with pytest.raises(DesignError, match="only the"):
        run(frame.assign(offer=1))
    with pytest.raises(EstimationError, match="panel_effect"):
        ips.effect(frame, outcome="y", treatment="part", method="did")
    one = run(frame.assign(offer=(frame["town"] == 3).astype(int)), cluster="town")
    assert set(one.estimates["status"]) == {"refused"}
