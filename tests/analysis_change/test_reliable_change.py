import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.reliable import (
    METHODS,
    Norms,
    Population,
    cutoff,
    hageman_reliabilities,
    standardised,
)
from ipseval.core.errors import EstimationError

from support.contract import assert_result

# The client of Jacobson and Truax 1991: 32.5 before, 47.5 after; M 40 and 50, SD 7.5 and 8, r .8, r(pre, post) .5.
NORMS = Norms(40, 50, 7.5, 8, 0.5, 0.8)
PUBLISHED = dict(zip(METHODS, (3.1623, 4.0249, 3.0000, 0.7778, 3.1429, 3.4977), strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_the_worked_example_of_each_method(method):
    found = standardised(method, np.array([32.5]), np.array([47.5]), NORMS)
    assert found[0] == pytest.approx(PUBLISHED[method], abs=5e-5)


def test_the_reliabilities_of_hageman_and_arrindell():
    found = hageman_reliabilities(NORMS)
    assert found.of_difference == pytest.approx(0.6266, abs=5e-5)
    assert found.after == pytest.approx(0.8242, abs=5e-5)


def test_criterion_b_uses_the_functional_sd():
    clinical, functional = Population(36, 20), Population(68, 19)
    assert cutoff("a", "higher", clinical, functional) == 76
    assert cutoff("b", "higher", clinical, functional) == 30
    assert cutoff("c", "higher", clinical, functional) == pytest.approx(52.41, abs=5e-3)
    assert cutoff("a", "lower", Population(20, 4), None) == 12
    assert cutoff("b", "lower", None, Population(5, 2)) == 9


def frame(before, after):
    return pd.DataFrame({"x_start": before, "x_end": after}, dtype=float)


def call(before, after, **options):
    options = {"sd": 7.5, "reliability": ips.Reliability(0.8, "retest"), **options}
    return assert_result(
        ips.reliable_change(frame(before, after), before="x_start", after="x_end", **options)
    )


def test_the_client_improved_but_did_not_recover():
    norms = {"cut": "c", "clinical": (40, 7.5), "functional": (60, 7.5)}
    est = call([32.5], [47.5], **norms).estimates.set_index("term")
    assert est.loc["cut_score", "estimate"] == 50
    assert est.loc["improved", "n_events"] == 1
    assert est.loc["sem", "estimate"] == pytest.approx(3.3541, abs=5e-5)
    est = call([32.5], [52], **norms).estimates.set_index("term")
    assert est.loc["recovered", "n_events"] == 1
    est = call([50, 32.5], [70, 50], **norms).estimates.set_index("term")
    assert est.loc["recovered", "n_events"] == 0, "exactly on the cut is neither clinical nor functional"


def test_lower_is_better_mirrors_higher_is_better():
    higher = call([30, 40, 60], [50, 41, 40], cut=45, methods=METHODS).estimates
    lower = call([-30, -40, -60], [-50, -41, -40], cut=-45, better="lower", methods=METHODS).estimates
    assert higher["n_events"].astype(float).equals(lower["n_events"].astype(float))
    assert higher.query("term == 'harmed'")["n_events"].iloc[0] == 1


def test_the_classes_add_up_for_every_method():
    rng = np.random.default_rng(4)
    x = rng.integers(0, 101, 60)
    result = call(x, np.clip(x + rng.integers(-40, 41, 60), 0, 100), sd=20, cut=50, methods=METHODS)
    wide = result.estimates.pivot(index="estimand", columns="term", values="n_events").loc[list(METHODS)]
    assert wide[["recovered", "improved", "unchanged", "deteriorated"]].sum(axis=1).eq(60).all()


def test_important_and_detectable_change_are_set_side_by_side():
    # WHO-5 from 48 to 60 is important (10 points or more) and within noise (RC 0.997).
    result = call([48, 20, 60], [60, 70, 61], sd=18.0, reliability=ips.Reliability(0.777, "retest"), mic=10)
    table = (
        result.extras["mic_by_mdc"].query("direction == 'better'").set_index(["at_least_mic", "beyond_mdc"])
    )
    assert table.loc[(True, False), "n"] == 1
    assert table.loc[(True, True), "n"] == 1
    assert table.loc[(False, False), "n"] == 1


def test_chance_gives_two_and_a_half_percent_each_way():
    est = call([1, 2], [2, 1]).estimates.set_index("term")
    assert est.loc["expected_by_chance", "estimate"] == pytest.approx(0.025)
    rng = np.random.default_rng(7)
    true = rng.normal(50, np.sqrt(0.8) * 10, 20_000)
    x, y = (true + rng.normal(0, np.sqrt(0.2) * 10, 20_000) for _ in range(2))
    est = call(x, y, sd=10).estimates.set_index("term")
    assert est.loc["improved", "estimate"] == pytest.approx(0.025, abs=0.004)


def test_the_kind_of_reliability_is_always_told():
    codes = {n.code for n in call([1, 2], [2, 1], reliability=0.8, sd=None).notes}
    assert {"reliability_not_stated", "sd_from_this_sample"} <= codes
    assert "reliability_alpha" in {
        n.code for n in call([1], [1], reliability=ips.Reliability(0.9, "alpha")).notes
    }


@pytest.mark.parametrize(("before", "after"), [([], []), ([5], [6]), ([5, 5], [6, 6]), ([5, 6], [6, 7])])
def test_small_and_constant_data_keep_their_rows(before, after):
    result = call(before, after, sd=None, methods=METHODS, cut=50, mic=2)
    assert len(result.estimates) == 3 + 6 * len(METHODS)


def test_binned_counts_hold_everybody_once():
    result = call([48, 20, 60], [60, 70, 61])
    assert result.extras["binned"]["n"].sum() == 3


def test_the_highest_score_closes_the_last_interval():
    binned = call([100, 20, 60], [60, 100, 0], bin_width=20).extras["binned"]
    ends = {(row.before_from, row.after_from): row.n for row in binned.itertuples()}
    assert ends == {(80, 60): 1, (20, 80): 1, (60, 0): 1}
    assert call([7, 7], [7, 7], bin_width=5).extras["binned"][
        ["before_from", "after_from", "n"]
    ].values.tolist() == [[5, 5, 2]]
    assert call([0, 0], [0, 0], bin_width=5).extras["binned"][
        ["before_from", "after_from", "n"]
    ].values.tolist() == [[0, 0, 2]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reliability": 1.2}, "between 0 and 1"),
        ({"cut": "a"}, "clinical"),
        ({"cut": "d"}, "not offered"),
        ({"cut": "c", "clinical": (40, 0), "functional": (60, 1)}, "positive sd"),
        ({"cut": float("nan")}, "finite"),
        ({"methods": ["hlm"]}, "not offered"),
        ({"sd": -1}, "positive"),
        ({"better": "up"}, "not offered"),
    ],
)
def test_bad_input_gives_one_sentence(options, said):
    with pytest.raises(EstimationError) as caught:
        call([1, 2], [2, 1], **options)
    assert said in str(caught.value)


def test_recovery_needs_every_measure_below_its_threshold():
    scores = pd.DataFrame(
        {
            "p0": [15, 15, 4, 12, 9, 20],
            "p1": [5, 5, 12, 9, 5, None],
            "g0": [10, 10, 3, 5, 7, 10],
            "g1": [5, 9, 3, 5, 7, 3],
        }
    )
    result = assert_result(ips.recovery(scores, measures={"phq9": ("p0", "p1"), "gad7": ("g0", "g1")}))
    est = result.estimates.set_index("term")
    assert est.loc["case_at_start", ["n_events", "n"]].tolist() == [3, 5]
    assert est.loc["recovery", ["n_events", "n"]].tolist() == [2, 3]
    assert est.loc["reliable_recovery", ["n_events", "n"]].tolist() == [1, 3]
    assert est.loc["reliable_deterioration", "n_events"] == 1
    with pytest.raises(EstimationError, match="not offered"):
        ips.recovery(scores, measures={"who5": ("p0", "p1")})
    with pytest.raises(EstimationError, match="empty"):
        ips.recovery(scores, measures={})
