"""Covariates at the index date: counted by hand, and blind to everything after it."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import monday, week_from_yyww, yyww

FIRST, N = week_from_yyww("1510"), 330


def registers(seed, n=60):
    rng = np.random.default_rng(seed)
    ids = np.array([f"{i:03d}" for i in range(n)])
    codes = np.repeat(rng.choice([0, 720, 730, 651, 783, 997], size=(n, N // 10)), 10, axis=1)
    at = rng.integers(5, N - 5, n)
    days = (monday(FIRST + at) + rng.integers(0, 7, n).astype("timedelta64[D]")).astype("datetime64[s]")
    people = pd.DataFrame({"pnr": ids, "index_date": days, "mor_id": [*ids[n // 2 :], *[None] * (n // 2)]})
    day = monday(FIRST) + rng.integers(0, 7 * N, 900).astype("timedelta64[D]")
    jobs = pd.DataFrame(
        {"pnr": rng.choice(ids, 900), "ajo_job_slut_dato": day.astype("datetime64[s]"), "ajo_loentimer": 20.0}
    )
    contacts = pd.DataFrame({"pnr": rng.choice(ids, 400), "date": day[:400].astype("datetime64[s]")})
    return people, codes, at, jobs, contacts


def spells(codes, ids):
    frame = pd.DataFrame(codes, columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    frame.insert(0, "pnr", ids)
    return ips.dream.spells(frame)


def made(people, codes, jobs, contacts):
    return ips.covariates(
        people,
        dream=spells(codes, people["pnr"]),
        jobs=jobs,
        events={"psych": contacts},
        parents={"mother": "mor_id"},
    )


@pytest.mark.parametrize("seed", range(3))
def test_nothing_after_the_index_date_is_looked_at(seed):
    people, codes, at, jobs, contacts = registers(seed)
    before = made(people, codes, jobs, contacts)
    rng = np.random.default_rng(seed + 100)
    # The mothers' weeks are read up to the child's index week, so only what lies after both is free to change.
    free_from = at.copy()
    place = {p: i for i, p in enumerate(people["pnr"])}
    for child, mother in enumerate(people["mor_id"]):
        if isinstance(mother, str):
            free_from[place[mother]] = max(free_from[place[mother]], at[child])
    changed = codes.copy()
    for i, week in enumerate(free_from):
        changed[i, week:] = rng.choice([0, 111, 999], N - week)
    index = dict(zip(people["pnr"], people["index_date"], strict=True))
    month = jobs["pnr"].map(index).dt.to_period("M")
    late_jobs = jobs["ajo_job_slut_dato"].dt.to_period("M") >= month
    late = contacts["date"] >= contacts["pnr"].map(index)
    own = contacts[~late]
    after = made(people, changed, jobs[~late_jobs], contacts)
    pd.testing.assert_frame_equal(before, after)
    mine = [c for c in before if not c.startswith("mother_psych")]
    pd.testing.assert_frame_equal(before[mine], made(people, codes, jobs, own)[mine])
    earlier = codes.copy()
    earlier[np.arange(len(at)), at - 1] = 111
    assert not before["current_group"].equals(made(people, earlier, jobs, contacts)["current_group"])


def test_weeks_shares_ratios_and_events_are_those_counted_by_hand():
    people, codes, at, jobs, contacts = registers(9)
    found = made(people, codes, jobs, contacts).set_index("pnr")
    names = {0: "blank", 720: "uddannelseshjaelp", 730: "kontanthjaelp", 651: "su"}
    for i, person in enumerate(people["pnr"]):
        row = found.loc[person]
        for k in (1, 2, 3, 5):
            weeks = [codes[i, w] for w in range(max(at[i] - 52 * k, 0), at[i])]
            assert row[f"weeks_seen_{k}y"] == len(weeks)
            for code, name in names.items():
                assert row[f"weeks_{name}_{k}y"] == sum(c == code for c in weeks)
        for q in (1, 4):
            weeks = [codes[i, w] for w in range(at[i] - 13 * q, at[i] - 13 * (q - 1)) if w >= 0]
            share = sum(c == 730 for c in weeks) / 13 if len(weeks) == 13 else np.nan
            assert row[f"share_kontanthjaelp_q{q}"] == pytest.approx(share, nan_ok=True)
        now = codes[i, at[i] - 1]
        run = 0
        while run < at[i] and codes[i, at[i] - 1 - run] == now:
            run += 1
        assert row["current_weeks"] == run
        index = people["index_date"][i]
        own = jobs[jobs["pnr"] == person]
        last_month = own["ajo_job_slut_dato"].dt.to_period("M") == index.to_period("M") - 1
        assert row["ratio_m1"] == pytest.approx(20.0 * last_month.sum() / 160.33)
        days = (index.normalize() - contacts.loc[contacts["pnr"] == person, "date"]).dt.days
        assert row["psych_1y"] == ((days > 0) & (days <= 365.25)).sum()


def test_parents_are_read_at_the_childs_index_date_and_unknown_ones_are_missing():
    people, codes, at, jobs, contacts = registers(5)
    found = made(people, codes, jobs, contacts)
    half = len(people) // 2
    assert found["mother_weeks_kontanthjaelp_1y"][half:].isna().all()
    for child in range(half):
        mother = half + child
        weeks = [codes[mother, w] for w in range(max(at[child] - 52, 0), at[child])]
        assert found["mother_weeks_kontanthjaelp_1y"][child] == sum(c == 730 for c in weeks)


@pytest.mark.parametrize("year", [1995, 2035])
def test_an_index_date_outside_dream_has_no_history_instead_of_an_empty_one(year):
    people, codes, _, jobs, contacts = registers(5)
    absent = pd.DataFrame({"pnr": ["nobody"], "index_date": pd.Timestamp(f"{year}-06-01"), "mor_id": None})
    moved = people.assign(
        index_date=people["index_date"].mask(people.index == 0, pd.Timestamp(f"{year}-06-01"))
    )
    found = made(pd.concat([moved, absent], ignore_index=True), codes, jobs, contacts).iloc[[0, -1]]
    assert (found["current_group"] == "gap").all()
    assert (found["weeks_seen_5y"] == 0).all()
    assert found.filter(regex="^share_").isna().all(axis=None)
    assert (found.filter(regex="^weeks_") == 0).all(axis=None)


def test_people_must_stand_once_and_dream_must_be_codes():
    people, codes, *_ = registers(1)
    with pytest.raises(DesignError, match="repeat a person"):
        ips.covariates(pd.concat([people, people.head(1)]), dream=spells(codes, people["pnr"]))
    with pytest.raises(DesignError, match="not of states"):
        ips.covariates(people, dream=spells(codes, people["pnr"]).grouped("group"))
    with pytest.raises(DesignError, match="'far_id' is not a column"):
        ips.covariates(people, dream=spells(codes, people["pnr"]), parents={"father": "far_id"})
