from pathlib import Path

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError

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
