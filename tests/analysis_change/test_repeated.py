from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.repeated_gee import fit_gee
from ipseval.analysis.kernels.repeated_mixed import persons_of
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "repeated"


def people():
    return pd.read_csv(ORACLE / "input.csv", na_values=[""])


def call(frame, **options):
    return assert_result(ips.repeated(frame, **{"score": "who5", "wave": "month", "id": "id", **options}))


@pytest.mark.parametrize(
    ("model", "options", "slack"),
    [
        ("intercept", {}, 1e-7),
        ("slope", {"random": "slope"}, 5e-6),
        ("gee", {"method": "gee"}, 1e-8),
    ],
)
def test_it_equals_r_in_every_column(model, options, slack):
    est = call(people(), arm="arm", **options).estimates
    expected = pd.read_csv(ORACLE / "expected.csv", dtype={"term": str}).query("model == @model")
    expected = expected.assign(group=expected["group"].fillna(""))
    est = est.assign(kind=est["estimand"].where(est["estimand"] != "", est["scale"].replace("test", "joint")))
    both = est.merge(expected, on=["group", "term", "kind"], suffixes=("", "_r"))
    assert len(both) == len(expected) == len(est)
    for column in ("estimate", "std_error", "statistic", "df", "p_value"):
        told = both[column].notna() & both[column + "_r"].notna()
        assert told.any()
        ours, theirs = both.loc[told, column].astype(float), both.loc[told, column + "_r"].astype(float)
        np.testing.assert_allclose(ours, theirs, rtol=slack * (10 if column == "p_value" else 1), atol=1e-9)


def test_the_uncorrected_robust_errors_are_those_of_geepack():
    frame = people().dropna()
    cells = frame["month"].astype(str) + "." + frame["arm"]
    names = [f"{m}.{a}" for a in ("ips", "usual") for m in (0, 6, 12, 18)]
    x = np.column_stack([(cells == name).astype(float) for name in names])
    fit = fit_gee(persons_of(x, x[:, :1], frame["who5"].to_numpy(), frame["id"].to_numpy()))
    expected = pd.read_csv(ORACLE / "expected_robust.csv").set_index("cell").loc[[f"cell{n}" for n in names]]
    np.testing.assert_allclose(fit.beta, expected["estimate"], atol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov_robust)), expected["std_error"], atol=1e-8)


def test_two_complete_waves_are_the_paired_t_test():
    frame = people().query("month in (0, 6)").dropna()
    frame = frame[frame.groupby("id")["month"].transform("count") == 2]
    est = call(frame).estimates
    row = est[est["estimand"] == "change"].iloc[0]
    wide = frame.pivot(index="id", columns="month", values="who5")
    paired = ips.change(wide.rename(columns={0: "w_0", 6: "w_6"}), before="w_0", after="w_6").estimates
    t = paired[paired["term"] == "difference"].iloc[0]
    for column in ("estimate", "std_error", "df", "p_value"):
        assert row[column] == pytest.approx(t[column], rel=1e-5)


def test_row_order_and_labels_of_persons_do_not_matter():
    frame = people()
    mixed_up = frame.sample(frac=1, random_state=1).assign(id=lambda f: "p" + (999 - f["id"]).astype(str))
    for method in ("mixed", "gee"):
        first, again = call(frame, method=method).tidy(), call(mixed_up, method=method).tidy()
        pd.testing.assert_frame_equal(first, again, rtol=1e-5)


def test_no_variation_between_persons_falls_back_and_says_so():
    rng = np.random.default_rng(1)
    rows = [(i, m, v) for i in range(30) for m, v in enumerate(rng.permutation([10.0, 30.0, 50.0]))]
    result = call(pd.DataFrame(rows, columns=["id", "month", "who5"]))
    assert "random_effect_is_zero" in {n.code for n in result.notes}
    assert result.estimates.loc[result.estimates["term"] == "waves_test", "df"].iloc[0] == pytest.approx(
        87, rel=1e-4
    )


def test_waves_in_words_need_their_order():
    frame = people().replace({"month": {0: "start", 6: "half", 12: "year", 18: "end"}})
    with pytest.raises(EstimationError, match="alphabetical"):
        call(frame)
    est = call(frame, waves=["start", "half", "year", "end"]).estimates
    assert est.loc[est["scale"] == "mean", "term"].tolist() == ["start", "half", "year", "end"]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda f: pd.concat([f, f.head(2)]), {}, "repeats on 2 row(s)"),
        (lambda f: f.assign(id=f["id"].where(f["id"] > 1)), {}, "missing on 4 row"),
        (
            lambda f: f.assign(arm=np.where(f["month"] > 6, "x", f["arm"])),
            {"arm": "arm"},
            "changes within 48",
        ),
        (lambda f: f.assign(arm="one"), {"arm": "arm"}, "two arms"),
        (lambda f: f.assign(who5=f["who5"].where(f["month"] < 18)), {}, "1 wave(s) have no answer"),
        (lambda f: f[f["month"] == 0], {}, "two or more"),
        (lambda f: f[f["id"] < 4], {}, "too few for 4 means"),
        (lambda f: f.assign(who5=5.0), {}, "no variation"),
        (lambda f: f, {"waves": [0, 7]}, "different waves"),
        (lambda f: f, {"method": "anova"}, "not offered"),
    ],
)
def test_bad_input_gives_one_sentence(change, options, said):
    with pytest.raises(EstimationError) as caught:
        call(change(people()), **options)
    assert said in str(caught.value)
