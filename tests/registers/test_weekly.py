"""Weekly shares of both arms, and the band of their difference."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import monday, week_from_yyww, yyww
from ipseval.outcomes.weekly import sup_t

from support.contract import assert_result

FIRST, N = week_from_yyww("2010"), 60


def registers(seed, n=80):
    rng = np.random.default_rng(seed)
    ids = [f"{i:03d}" for i in range(n)]
    codes = rng.choice([0, 121, 651, 720, 997], size=(n, N))
    dream = pd.DataFrame(codes, columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    dream.insert(0, "pnr", ids)
    at = rng.integers(25, 35, n)
    people = pd.DataFrame(
        {
            "pnr": ids,
            "arm": rng.choice(["ips", "usual"], n),
            "index_date": monday(FIRST + at).astype("datetime64[s]"),
        }
    )
    days = monday(FIRST + rng.integers(0, N, 300))
    jobs = pd.DataFrame(
        {"pnr": rng.choice(ids, 300), "ajo_job_start_dato": days.astype("datetime64[s]"),
         "ajo_job_slut_dato": days.astype("datetime64[s]"), "ajo_loentimer": 8.0}
    )  # fmt: skip
    return people, jobs, ips.dream.spells(dream), codes, at


@pytest.mark.parametrize("seed", range(2))
def test_shares_are_those_counted_person_by_person(seed):
    people, jobs, dream, codes, at = registers(seed)
    result = assert_result(
        ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs, dream=dream, window=(-20, 20),
                          what=["work", "education", "work_or_education", "benefit", "self_support"])
    )  # fmt: skip
    est = result.estimates
    worked = {
        (person, (day.toordinal() - date(1969, 12, 29).toordinal()) // 7)
        for person, day in zip(jobs["pnr"], jobs["ajo_job_slut_dato"], strict=True)
    }
    for group, arm in (("treated", "ips"), ("control", "usual")):
        mine = people.index[people["arm"] == arm]
        for week in (-20, -1, 0, 1, 20):
            code = [codes[i, at[i] + week] for i in mine]
            work = [(people["pnr"][i], FIRST + at[i] + week) in worked for i in mine]
            expected = {
                "work": sum(work),
                "education": sum(c == 651 for c in code),
                "work_or_education": sum(w or c == 651 for w, c in zip(work, code, strict=True)),
                "benefit": sum(c == 720 for c in code),
                "self_support": sum(c == 0 for c in code),
            }
            for outcome, events in expected.items():
                row = est[
                    (est["outcome"] == outcome) & (est["group"] == group) & (est["term"] == str(week))
                ].iloc[0]
                assert (row["n_events"], row["n"]) == (events, len(mine))


def test_the_difference_has_the_usual_error_and_a_wider_band():
    people, jobs, dream, *_ = registers(3)
    est = ips.weekly_shares(
        people, by="arm", treated="ips", jobs=jobs, dream=dream, window=(-20, 20)
    ).estimates
    shares = est[est["scale"] == "share"].set_index(["outcome", "group", "term"])
    for row in est[est["scale"] == "risk_difference"].itertuples():
        t, c = (shares.loc[(row.outcome, g, row.term)] for g in ("treated", "control"))
        assert row.estimate == pytest.approx(t["estimate"] - c["estimate"])
        error = np.sqrt(sum(a["estimate"] * (1 - a["estimate"]) / (a["n"] - 1) for a in (t, c)))
        assert row.std_error == pytest.approx(error)
        if error > 0:
            assert row.ci_high - row.estimate > 1.96 * error


def test_the_band_of_one_week_is_the_interval_and_of_many_independent_weeks_is_sidaks():
    assert sup_t(np.eye(1), 0.95, 1) == pytest.approx(1.96, abs=0.03)
    from scipy.stats import norm

    assert sup_t(np.eye(40) * 4, 0.95, 1) == pytest.approx(norm.isf((1 - 0.95 ** (1 / 40)) / 2), abs=0.04)
    same = np.ones((40, 40))
    assert sup_t(same, 0.95, 1) == pytest.approx(1.96, abs=0.04)


def test_persons_not_seen_through_the_window_are_counted():
    people, jobs, dream, *_ = registers(4)
    result = ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs, dream=dream, window=(-28, 20))
    left = next(n.values["n"] for n in result.notes if n.code == "registers_unseen")
    assert 0 < left < len(people)
    assert result.base.n == len(people) - left
    with pytest.raises(
        DesignError, match=r"none of the \d+ treated persons .* widest window .* is \(-2\d, 2\d\)"
    ):
        ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs, dream=dream, window=(-104, 104))
    with pytest.raises(
        DesignError,
        match=r"0 of 80 persons are treated \(treated= is \w+, the column \w+\), and both the treated and the control",
    ):
        ips.weekly_shares(people, by="arm", treated="IPS", jobs=jobs, dream=dream)
    with pytest.raises(DesignError, match="needs dream="):
        ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs)


def weekly(people, jobs, dream, **more):
    return ips.weekly_shares(
        people, by="arm", treated="ips", jobs=jobs, dream=dream, window=(-20, 20), **more
    )


def test_weights_of_one_change_no_number():
    people, jobs, dream, *_ = registers(5)
    plain = weekly(people, jobs, dream)
    weighted = weekly(people.assign(w=1.0), jobs, dream, weights="w")
    told = ["scale", "n_events"]  # a weighted share is called so, and is no number of persons
    pd.testing.assert_frame_equal(plain.estimates.drop(columns=told), weighted.estimates.drop(columns=told))
    pd.testing.assert_frame_equal(plain.sample, weighted.sample)


def by_hand(hit, weight):
    """The weighted share of one arm and its squared error, persons being independent."""
    share = np.average(hit, weights=weight)
    n = len(hit)
    return share, (weight**2 * (hit - share) ** 2).sum() / weight.sum() ** 2 * n / (n - 1)


def test_weighted_shares_and_their_errors_are_those_of_the_weighted_mean_person_by_person():
    people, jobs, dream, codes, at = registers(6)
    weight = np.random.default_rng(6).choice([0.0, 1 / 3, 0.5, 1.0], len(people))
    coded = {"education": 651, "self_support": 0}
    result = assert_result(weekly(people.assign(w=weight), jobs, dream, weights="w", what=list(coded)))
    assert dict(result.sample[["step", "n"]].to_numpy())["registers_weighed"] == (weight > 0).sum()
    table = result.estimates.set_index(["outcome", "term", "group"]).sort_index()
    assert table["n_events"].isna().all()  # persons with the event are no share of those weighed
    for outcome, code in coded.items():
        for week in (-20, 0, 7, 20):
            found = []
            for group, arm in (("treated", "ips"), ("control", "usual")):
                mine = np.flatnonzero((people["arm"] == arm) & (weight > 0))
                hit = np.array([codes[i, at[i] + week] == code for i in mine], dtype=float)
                found.append(by_hand(hit, weight[mine]))
                row = table.loc[(outcome, str(week), group)]
                assert (row["scale"], row["n"]) == ("weighted_share", len(mine))
                assert row["estimate"] == pytest.approx(found[-1][0], abs=1e-14)
            row = table.loc[(outcome, str(week), "")]
            (treated, error2), (control, other2) = found
            assert row["estimate"] == pytest.approx(treated - control, abs=1e-14)
            assert row["std_error"] == pytest.approx(np.sqrt(error2 + other2), rel=1e-12)


def test_a_week_of_everybody_does_not_vary_whatever_the_weights():
    people, jobs, _, codes, _ = registers(7)
    dream = pd.DataFrame(np.zeros_like(codes), columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    dream.insert(0, "pnr", people["pnr"])
    weight = np.random.default_rng(7).random(len(people)) + 0.01
    est = weekly(
        people.assign(w=weight), jobs, ips.dream.spells(dream), weights="w", what=["self_support"]
    ).estimates
    row = est[est["scale"] == "risk_difference"]
    assert (row["std_error"] == 0).all()
    assert row["estimate"].abs().max() < 1e-14


@pytest.mark.parametrize("bad", [np.nan, -0.5, np.inf])
def test_weights_that_are_none_are_refused(bad):
    people, jobs, dream, *_ = registers(8)
    people = people.assign(w=[bad, *[1.0] * (len(people) - 1)])
    with pytest.raises(DesignError, match="1 of 80 persons have a weight that is missing"):
        weekly(people, jobs, dream, weights="w")
