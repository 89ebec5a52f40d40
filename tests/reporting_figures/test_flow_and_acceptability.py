"""Flow chart and acceptability curve: what is drawn is what the result holds."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"who": range(120), "ips": np.arange(120) % 3 == 0, "age": rng.integers(18, 30, 120)}
    )
    frame["ips"] = frame["ips"].astype(int)
    frame["weeks"] = rng.normal(20 + 5 * frame["ips"], 8)
    frame["cost"] = rng.gamma(2.0, 9_000, 120) + 6_000 * frame["ips"]
    frame.loc[:4, "weeks"] = np.nan
    return frame


def test_every_step_of_the_flow_is_a_box_with_its_n_and_those_left_out_stand_between(people):
    design = ips.match("ips ~ age", people, id="who")
    result = ips.effect(design, outcome="weeks")
    axes = ips.flow_chart(result, lang="en")
    texts = [t.get_text() for t in axes.texts]
    assert sum("n = " in t for t in texts) == len(result.sample)
    assert "40 left out" in texts  # 80 controls, 40 in the comparison
    assert len(axes.patches) == len(result.sample)
    assert axes.alt.startswith("Treated: ")


def test_a_flow_of_many_groups_is_left_to_a_table(people):
    result = ips.describe(people.assign(town=people["who"] % 7), columns=["age"], by="town")
    with pytest.raises(ReportError, match="layout='flow'"):
        ips.flow_chart(result)


def test_each_line_is_the_curve_of_its_perspective(people):
    frame = people.dropna().assign(state=lambda f: f["cost"] / 3)
    result = ips.cost_effectiveness(
        frame, cost={"municipality": "cost", "state": "state"}, effect="weeks", treatment="ips",
        willingness=[500, 2000], resamples=199,
    )  # fmt: skip
    axes = ips.acceptability(result, lang="en")
    curve = result.extras["acceptability"]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 101]
    assert len(drawn) == 2
    for line, group in zip(drawn, ["municipality", "state"], strict=True):
        own = curve[curve["group"] == group]
        np.testing.assert_array_equal(line.get_ydata(), own["acceptable"])
    assert len({line.get_linestyle() for line in drawn}) == 2
    assert "The state, 2000:" in axes.alt


def test_without_a_curve_nothing_is_drawn(people):
    frame = people.dropna().assign(town=lambda f: np.where(f["ips"] == 1, f["who"] % 3, 5 + f["who"] % 4))
    few = ips.cost_effectiveness(
        frame, cost="cost", effect="weeks", treatment="ips", cluster="town", willingness=[1], resamples=99
    )
    with pytest.raises(ReportError, match="no curve"):
        ips.acceptability(few)
