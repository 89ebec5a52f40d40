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
        DesignError, match="0 of 80 persons are treated, and both the treated and the control"
    ):
        ips.weekly_shares(people, by="arm", treated="IPS", jobs=jobs, dream=dream)
    with pytest.raises(DesignError, match="needs dream="):
        ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs)
