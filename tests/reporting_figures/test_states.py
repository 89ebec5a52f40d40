"""Figures from registers: what is drawn is what the result holds."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.weeks import monday, week_from_yyww, yyww
from ipseval.reporting.figures.display import figure_alt, figure_of
from ipseval.reporting.figures.states import largest, spread

FIRST = week_from_yyww("2050")


def spells(codes):
    codes = np.asarray(codes)
    frame = pd.DataFrame(codes, columns=[f"y_{yyww(FIRST + w)}" for w in range(codes.shape[1])])
    frame.insert(0, "pnr", [f"{i:03d}" for i in range(len(codes))])
    return ips.dream.spells(frame, states="group", censor=False)


@pytest.fixture(scope="module")
def few():
    return spells([[0, 0, 720, 720, 651], [720, 720, 730, 0, 0], [0, 720, 0, 720, 720], [651] * 5])


def test_the_bands_are_the_shares_and_fill_the_whole(few):
    axes = ips.state_bands(ips.dream.distribution(few), lang="en")
    bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
    assert len(bands) == 4
    tops = [
        [max(p[1] for p in b.get_paths()[0].vertices if p[0] == week) for week in range(5)] for b in bands
    ]
    assert tops[-1] == pytest.approx([1.0] * 5)
    # Persons on education help by week: 1, 2, 1, 2, 1 - the largest state, so it stands at the bottom.
    assert tops[0] == pytest.approx([0.25, 0.5, 0.25, 0.5, 0.25])
    texts = [t.get_text().replace("\n", " ") for t in axes.texts]
    assert texts == ["Education help", "No benefit", "Student grant", "Social assistance"]
    assert axes.alt.startswith("Stacked areas week by week from 2020-W50 to 2021-W01, n=4")
    assert "Education help 25% and 25%" in axes.alt
    assert [t.get_text() for t in axes.get_xticklabels()] == ["2020", "2021"]


def test_the_flows_are_the_changes(few):
    result = ips.dream.flows(few)
    axes = ips.state_flows(
        result, lang="da", labels=Labels(names={"su": {"da": "Stipendium", "en": "Grant"}})
    )
    written = sorted(int(t.get_text()) for t in axes.texts if t.get_text().isdigit())
    counted = [int(v) for v in result.estimates["estimate"]]
    assert [w for w in written if w] == sorted(counted)
    assert "Ingen ydelse til Uddannelseshjælp: 3" in axes.alt
    assert "Uddannelseshjælp til Stipendium: 1" in axes.alt
    assert len(axes.patches) == 16


def test_many_states_are_put_together_and_labels_do_not_overlap():
    assert largest({"a": 1, "b": 3, "c": 0}) == ["b", "a"]
    many = largest({f"s{k}": float(k + 1) for k in range(12)})
    assert many == ["s11", "s10", "s9", "s8", "s7", "s6", "s5", "rest"]
    at = spread(np.array([0.5, 0.51, 0.52, 0.99]), [0.1] * 4)
    assert (np.diff(at) >= 0.1 - 1e-9).all()
    assert at[-1] <= 0.95
    codes = np.tile([[111], [720], [730], [651], [890], [771], [783], [700], [740], [997]], (1, 3))
    codes[:, 1] = 0
    distribution, flows = ips.dream.distribution(spells(codes)), ips.dream.flows(spells(codes))
    assert "Others" in [t.get_text() for t in ips.state_bands(distribution, lang="en").texts]
    axes = ips.state_flows(flows, lang="en")
    assert sum(int(t.get_text()) for t in axes.texts if t.get_text().isdigit()) == 20


@pytest.fixture(scope="module")
def weekly():
    rng = np.random.default_rng(2)
    n, weeks = 60, 40
    ids = [f"{i:03d}" for i in range(n)]
    people = pd.DataFrame(
        {
            "pnr": ids,
            "arm": ["ips", "usual"] * 30,
            "index_date": monday(np.full(n, FIRST + 20)).astype("datetime64[s]"),
        }
    )
    days = monday(FIRST + rng.integers(0, weeks, 400))
    jobs = pd.DataFrame(
        {"pnr": rng.choice(ids, 400), "ajo_job_start_dato": days.astype("datetime64[s]"),
         "ajo_job_slut_dato": days.astype("datetime64[s]"), "ajo_loentimer": 8.0}
    )  # fmt: skip
    return ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs, what=["work"], window=(-15, 15))


def test_the_lines_are_the_shares_and_the_band_is_the_interval(weekly):
    est = weekly.estimates
    axes = ips.weekly_lines(weekly, lang="en")
    lines = {line.get_color(): line for line in axes.lines if len(line.get_xdata()) == 31}
    for group, line in zip(("treated", "control"), lines.values(), strict=True):
        mine = est[(est["scale"] == "share") & (est["group"] == group)]
        assert list(line.get_xdata()) == mine["term"].astype(int).tolist()
        assert list(line.get_ydata()) == pytest.approx(mine["estimate"].tolist())
    assert len({line.get_linestyle() for line in lines.values()}) == 2
    apart = ips.weekly_lines(weekly, show="difference", lang="en")
    mine = est[est["scale"] == "risk_difference"]
    corners = apart.collections[0].get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(100 * mine["ci_high"].max())
    assert corners[:, 1].min() == pytest.approx(100 * mine["ci_low"].min())
    assert "Week -1: " in apart.alt
    assert "percentage points" in apart.alt
    assert apart.get_legend() is None


def test_they_are_made_for_reports_and_other_results_are_refused(few, weekly):
    distribution = ips.dream.distribution(few)
    figure = figure_of(distribution, "state_bands", id="states", title="DREAM", banner="Opdigtet", lang="da")
    assert figure.png == figure.png
    assert figure.alt.startswith("Opdigtet. Stablede flader")
    assert "I lønnet arbejde uge for uge" in figure_alt(weekly, "weekly_lines")
    for draw, wrong in (
        (ips.state_bands, weekly),
        (ips.state_flows, distribution),
        (ips.weekly_lines, distribution),
    ):
        with pytest.raises(ReportError, match="this result is another"):
            draw(wrong)
    with pytest.raises(ReportError, match="outcome='benefit'"):
        ips.weekly_lines(weekly, outcome="benefit")
    from dataclasses import replace

    hidden = distribution.estimates.copy()
    hidden.loc[0, "estimate"] = np.nan
    with pytest.raises(ReportError, match="not shown"):
        ips.state_bands(replace(distribution, estimates=hidden))
