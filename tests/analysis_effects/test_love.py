from pathlib import Path

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, ReportError

PEOPLE = pd.read_csv(Path(__file__).parents[1] / "oracles" / "effect_matching" / "input.csv")


def test_marks_stand_at_the_absolute_differences_before_and_after():
    result = ips.weight("treat ~ years + educ + married + re74", PEOPLE, method="overlap").balance()
    axes = ips.love(result, lang="en", labels=ips.Labels({"re74": {"en": "Earnings in 1974"}}))
    est = result.estimates
    sizes = est[est["group"] == "before"].set_index("term")["estimate"].abs().sort_values(ascending=False)
    marks = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "s"]
    assert marks == pytest.approx(list(sizes))
    after = est[est["group"] == "after"].set_index("term")["estimate"].abs().loc[sizes.index]
    filled = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert filled == pytest.approx(list(after))
    assert "Earnings in 1974" in [t.get_text() for t in axes.get_yticklabels()]
    assert axes.alt.startswith("Standardised differences before")


def test_other_results_are_refused():
    with pytest.raises(ReportError, match="balance"):
        ips.love(ips.two_by_two(3, 9, 2, 8))


def test_overlap_bars_hold_the_shares_and_say_what_is_common():
    result = ips.weight("treat ~ years + educ + married + re74", PEOPLE).balance()
    axes = ips.overlap(result, lang="en")
    bins = result.extras["propensity"]
    before = bins[bins["group"] == "before"]
    common = before.pivot(index="from", columns="arm", values="share").min(axis=1).sum()
    assert f"is {common:.2f} before" in axes.alt
    assert len(axes.patches) == len(bins)
    areas = [p.get_height() * p.get_width() for p in axes.patches[: len(before)]]
    half = len(before) // 2
    assert sum(areas[:half]) == pytest.approx(-sum(areas[half:])), "both arms have the same area"
    with pytest.raises(ReportError, match="balance"):
        ips.overlap(ips.two_by_two(3, 9, 2, 8))


@pytest.mark.parametrize("kind", ["pairs", "replaced", "full", "weights", "atc"])
def test_balance_by_town_compares_each_with_its_own_counterparts(kind):
    people = PEOPLE.assign(town=[f"t{i % 3}" for i in range(len(PEOPLE))])
    formula = "treat ~ years + educ"
    design = {
        "pairs": lambda: ips.match(formula, people, ratio=2, caliper=0.3),
        "replaced": lambda: ips.match(formula, people, replace=True, ratio=2),
        "full": lambda: ips.match(formula, people, method="full"),
        "weights": lambda: ips.weight(formula, people, method="entropy"),
        "atc": lambda: ips.match(formula, people, estimand="ATC", replace=True),
    }[kind]()
    result = design.balance(by="town")
    table, whole = result.extras["groups"], result.estimates
    target = 0 if kind == "atc" else 1
    used = people[(design.weight > 0) & (design.d == target)]
    sizes = table.drop_duplicates("group").set_index("group")["n_target"]
    assert sizes.to_dict() == used["town"].value_counts().to_dict()
    for covariate in ("years", "educ"):
        own = table[table["covariate"] == covariate].set_index("group")["smd_after"]
        after = whole[(whole["term"] == covariate) & (whole["group"] == "after")]["estimate"].iloc[0]
        # Towns' people add up to everybody, and so do the people matched to them.
        assert (own * sizes).sum() / sizes.sum() == pytest.approx(after, abs=1e-10)
    with pytest.raises(DesignError, match="missing in"):
        design.balance(by="town", data=people.assign(town=None))
