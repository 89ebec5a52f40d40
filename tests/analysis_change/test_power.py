from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.power import power_of, smallest
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "power"


def design_of(row):
    if row.kind.endswith("means"):
        return ips.PowerDesign(row.kind, sd=row.sd)
    name = "discordant" if row.kind == "paired_shares" else "share"
    return ips.PowerDesign(row.kind, **{name: row.share})


def test_power_equals_r():
    expected = pd.read_csv(ORACLE / "expected.csv")
    ours = [power_of(design_of(row), int(row.n), row.effect, 0.05) for row in expected.itertuples()]
    np.testing.assert_allclose(ours, expected["power"], rtol=0, atol=1e-8)


def test_persons_effect_and_power_close_the_circle():
    plan = ips.PowerDesign("paired_means", sd=20, response=0.75)
    est = assert_result(ips.power(plan, effect=10)).estimates.set_index("term")
    n = int(est.loc["persons_needed", "estimate"])
    assert power_of(plan, n, 10, 0.05) >= 0.8 > power_of(plan, n - 2, 10, 0.05)
    result = assert_result(ips.power(plan, n=n, effect=10))
    est = result.estimates.set_index("term")["estimate"]
    assert est["detectable_effect"] <= 10
    assert power_of(plan, n, est["detectable_effect"], 0.05) == pytest.approx(0.8, abs=1e-6)
    assert "answers_lost" in {note.code for note in result.notes}


def test_clusters_bind_however_many_persons_are_added():
    plan = ips.PowerDesign("two_means", sd=20, clusters=12, icc=0.05)
    result = assert_result(ips.power(plan, effect=2))
    row = result.estimates.iloc[0]
    assert row["status"] == "refused"
    assert {"clusters_bind", "clusters_cap"} <= {note.code for note in result.notes}
    result = assert_result(ips.power(plan, n=400))
    assert "more_clusters_not_persons" in {note.code for note in result.notes}
    wide = ips.PowerDesign("two_means", sd=20, clusters=12, icc=0.0)
    assert power_of(plan, 400, 8, 0.05) < power_of(wide, 400, 8, 0.05)


def test_sawtooth_power_is_walked_over():
    dips = {10: 0.81, 11: 0.79, 12: 0.82}
    assert smallest(lambda n: dips.get(n, 0.9 if n > 12 else 0.1), 0.8) == 12
    assert smallest(lambda n: 0.5, 0.8) is None


def test_an_effect_that_cannot_be_seen_is_refused():
    plan = ips.PowerDesign("paired_shares", discordant=0.1)
    result = assert_result(ips.power(plan, n=15))
    assert result.estimates.iloc[0]["status"] == "refused"


@pytest.mark.parametrize("kind", ["two_means", "two_shares", "paired_shares", "paired_means"])
def test_more_persons_see_smaller_effects(kind):
    plan = {
        "two_means": ips.PowerDesign("two_means", sd=10, ratio=2),
        "two_shares": ips.PowerDesign("two_shares", share=0.3, clusters=20, icc=0.02),
        "paired_shares": ips.PowerDesign("paired_shares", discordant=0.5),
        "paired_means": ips.PowerDesign("paired_means", sd=10),
    }[kind]
    few, many = (
        ips.power(plan, n=n).estimates.set_index("term").loc["detectable_effect", "estimate"]
        for n in (60, 160)
    )
    assert many < few


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ips.PowerDesign("paired_means"), "needs sd="),
        (lambda: ips.PowerDesign("two_shares", share=1.5), "needs share="),
        (lambda: ips.PowerDesign("three_arms"), "not offered"),
        (lambda: ips.PowerDesign("paired_means", sd=1, clusters=9), "two arms"),
        (lambda: ips.PowerDesign("two_means", sd=1, clusters=2), "4 or more"),
        (lambda: ips.PowerDesign("two_means", sd=1, icc=1), "icc="),
        (lambda: ips.PowerDesign("two_means", sd=1, response=0), "response="),
        (lambda: ips.power(ips.PowerDesign("paired_means", sd=1)), "both empty"),
        (lambda: ips.power(ips.PowerDesign("paired_means", sd=1), n=1), "2 or more"),
        (lambda: ips.power(ips.PowerDesign("paired_means", sd=1), effect=0), "not be zero"),
        (lambda: ips.power(ips.PowerDesign("paired_means", sd=1), n=9, target=80), "target=80"),
    ],
)
def test_bad_input_gives_one_sentence(make, said):
    with pytest.raises(EstimationError) as caught:
        make()
    assert said in str(caught.value)
