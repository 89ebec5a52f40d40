import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError

RNG = np.random.default_rng(8)
PANEL = pd.DataFrame({"id": np.repeat(np.arange(60), 6), "period": np.tile(np.arange(6), 60)})
PANEL["on"] = ((PANEL["id"] < 25) & (PANEL["period"] >= 3 + PANEL["id"] % 2)).astype(int)
PANEL["y"] = PANEL["on"] * 1.5 + PANEL["period"] + RNG.normal(size=360)
PEOPLE = pd.DataFrame({"id": np.arange(90), "ips": np.tile([1, 0], 45), "x": RNG.normal(size=90)})
PEOPLE["weeks"] = np.ceil(RNG.exponential(20, 90))
PEOPLE["job"] = RNG.integers(0, 3, 90)
PEOPLE["work"] = np.where(RNG.random(90) < 0.2, np.nan, PEOPLE["job"] == 1)
TOWNS = pd.DataFrame({"town": np.repeat(np.arange(9), 10), "period": np.tile(np.arange(10), 9)})
TOWNS["y"] = RNG.normal(size=90) + TOWNS["period"]
TOWNS["on"] = ((TOWNS["town"] < 2) & (TOWNS["period"] > 6)).astype(int)


def test_points_of_an_event_study_stand_at_the_effects():
    result = ips.panel_effect(
        PANEL, outcome="y", id="id", time="period", treatment="on", method="event_study"
    )
    axes = ips.event_study(result, lang="en")
    rows = result.estimates[result.estimates["term"] == "event_time"]
    marks = next(line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_allclose(marks.get_xdata(), rows["contrast"].astype(float))
    np.testing.assert_allclose(marks.get_ydata(), rows["estimate"])
    low, high = axes.get_ylim()
    assert low < rows["ci_low"].min()
    assert high > rows["ci_high"].max()
    assert "Effect by periods" in axes.alt
    with pytest.raises(ReportError, match="event_study"):
        ips.event_study(ips.two_by_two(3, 9, 2, 8))


@pytest.mark.parametrize("survival", [False, True])
def test_lines_of_incidence_are_the_curves(survival):
    result = ips.time_to_event(PEOPLE, duration="weeks", event="job", by="ips")
    axes = ips.incidence(result, survival=survival, lang="da")
    curves = result.extras["curves"]
    for line, (_, own) in zip(axes.lines, curves.groupby("group", sort=False), strict=True):
        expected = 1 - own["incidence"] if survival else own["incidence"]
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert axes.get_ylim() == (0.0, 1.0)
    with pytest.raises(ReportError, match="curves"):
        ips.incidence(ips.two_by_two(3, 9, 2, 8))


def test_the_treated_towns_gap_lies_over_those_in_name_only():
    result = ips.synthetic_control(TOWNS, outcome="y", unit="town", time="period", treatment="on")
    with pytest.raises(ReportError, match="2 treated"):
        ips.synthetic_paths(result)
    axes = ips.synthetic_paths(result, unit="1", lang="en")
    paths = result.extras["paths"]
    thick = max(axes.lines, key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(thick.get_ydata(), paths.loc[paths["unit"] == "1", "gap"])
    assert "7 untreated" in axes.alt
    with pytest.raises(ReportError, match="synthetic_control"):
        ips.synthetic_paths(ips.two_by_two(3, 9, 2, 8))


def test_roads_stand_by_size_with_balance_and_refusals():
    data = PEOPLE.assign(
        work=(PEOPLE["job"] == 1).astype(int), town=np.where(PEOPLE["ips"] == 1, 0, PEOPLE["id"] % 5)
    )
    design = ips.match("ips ~ x", data, id="id")
    roads = {
        "matched": ips.effect(design, outcome="work", data=data),
        "adjusted": ips.effect(data, outcome="work", treatment="ips", covariates=["x"]),
        "towns": ips.effect(data, outcome="work", treatment="ips", cluster="town", vcov="cr2"),
    }
    result = ips.triangulate(roads, designs={"matched": design})
    axes = ips.specification_curve(result, lang="en", title="Roads")
    marks = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert marks == sorted(marks)
    np.testing.assert_allclose(marks, sorted(result.estimates["estimate"].dropna()))
    texts = [t.get_text() for t in axes.texts]
    assert "cannot be computed" in texts
    assert f"{result.extras['beside'].set_index('name').loc['matched', 'largest_smd']:.2f}" in texts
    with pytest.raises(ReportError, match="triangulate"):
        ips.specification_curve(ips.two_by_two(3, 9, 2, 8))


def test_every_cell_of_the_tipping_map_carries_its_effect():
    result = ips.tipping_point(PEOPLE, outcome="work", treatment="ips")
    axes = ips.tipping_map(result, lang="en")
    grid = result.extras["grid"]
    assert len(axes.texts) == len(grid) == 121
    assert [t.get_text().replace("−", "-") for t in axes.texts] == [
        f"{round(v, 2) + 0.0:.2f}" for v in grid["estimate"]
    ]
    assert f"in {int((grid['p_value'] < 0.05).sum())} of 121" in axes.alt
    with pytest.raises(ReportError, match="refused"):
        ips.tipping_map(ips.two_by_two(3, 9, 2, 8))
