"""Weekly shares leave the machine week by week: few in or out of work hide the week, and nothing tells them."""

import pandas as pd
import pytest

import ipseval as ips

START = pd.Timestamp("2021-01-04")
WEEKS = 8


@pytest.fixture(scope="module")
def figure():
    """Sixty treated and eighty controls; from week 0 on more of them work, at first few."""
    people = pd.DataFrame(
        {"pnr": [f"{k:010d}" for k in range(140)], "index_date": START, "arm": [1] * 60 + [0] * 80}
    )
    rows = []
    for k in range(140):
        first = (k % 60) // 3 if k < 60 else (k % 80) // 2
        begin = START + pd.Timedelta(weeks=first)
        for month in pd.period_range("2021-01", "2021-03", freq="M"):
            if begin <= month.end_time:
                start = max(begin, month.start_time)
                rows.append((f"{k:010d}", start, month.end_time.normalize(), 100.0))
    columns = ["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer"]
    jobs = pd.DataFrame(rows, columns=columns)
    return ips.weekly_shares(people, by="arm", treated=1, jobs=jobs, what=["work"], window=(0, WEEKS - 1))


@pytest.fixture(scope="module")
def table(figure, tmp_path_factory):
    out = ips.release(figure, tmp_path_factory.mktemp("weekly") / "out", profile="dst-5")
    fates = pd.DataFrame(
        [(f.status, f.n, f.n_events, f.estimate) for f in out.judged.fates[0]],
        columns=["fate", "shown_n", "shown_events", "shown"],
    )
    return pd.concat([figure.estimates.reset_index(drop=True), fates], axis=1)


def test_no_week_needs_a_person_and_most_leave(table):
    assert "needs_person" not in set(table["fate"])
    assert (table["fate"] == "ok").mean() > 0.4


def test_few_in_work_are_hidden_and_many_are_shown(table):
    shares = table[table["scale"] == "share"]
    few = shares["n_events"].between(1, 4)
    assert few.any()
    assert shares.loc[few, ["shown_events", "shown"]].isna().all().all()
    many = (shares["n_events"] >= 5) & (shares["n"] - shares["n_events"] >= 5)
    assert many.any()
    assert (shares.loc[many, "shown_events"] == shares.loc[many, "n_events"]).all()


def test_a_difference_goes_with_the_share_of_either_arm(table):
    shares = table[table["scale"] == "share"]
    hidden = set(shares.loc[shares["shown"].isna(), "term"])
    gaps = table[table["scale"] == "risk_difference"].set_index("term")
    assert hidden
    assert gaps.loc[sorted(hidden), "shown"].isna().all()
    assert gaps.loc[sorted(set(gaps.index) - hidden), "shown"].notna().all()


def test_what_lies_between_two_states_is_a_count_too():
    from ipseval.outcomes.weekly_evidence import weekly_evidence

    people = pd.DataFrame(
        {"pnr": [f"p{k}" for k in range(100)], "index_date": START, "arm": [1] * 50 + [0] * 50}
    )
    rows = [
        {"outcome": o, "group": g, "term": "3", "n": 50, "n_events": n}
        for o, sizes in (("work", (20, 20)), ("work_or_education", (22, 30)))
        for g, n in zip(("treated", "control"), sizes, strict=True)
    ]
    treated = (people["arm"] == 1).to_numpy()
    words = ("pnr", "index_date", "arm", "0 to 8")
    made = weekly_evidence(pd.DataFrame(rows), people, treated, {"treated": 50, "control": 50}, words)
    between = {n for count in made.counts for n in [count.n] if any("not work" in c for c, _ in count.where)}
    assert between == {2, 10}


def test_who_is_not_followed_is_counted():
    from ipseval.outcomes.weekly_evidence import weekly_evidence

    people = pd.DataFrame(
        {"pnr": [f"p{k}" for k in range(100)], "index_date": START, "arm": [1] * 50 + [0] * 50}
    )
    rows = [{"outcome": "work", "group": "treated", "term": "3", "n": 48, "n_events": 20}]
    treated = (people["arm"] == 1).to_numpy()
    words = ("pnr", "index_date", "arm", "0 to 8")
    made = weekly_evidence(pd.DataFrame(rows), people, treated, {"treated": 48, "control": 50}, words)
    counts = {count.where: count.n for count in made.counts}
    for fact in made.sums:
        assert counts[fact.total] == sum(counts[part] for part in fact.parts)
    assert sorted(counts.values()) == [0, 2, 2, 20, 28, 48, 50, 50, 50, 98, 100]


def test_weighted_shares_are_hidden_with_the_few_they_rest_on(figure, tmp_path):
    people = pd.DataFrame(
        {"pnr": [f"{k:010d}" for k in range(140)], "index_date": START, "arm": [1] * 60 + [0] * 80}
    ).assign(w=[1.0] * 60 + [0.0] * 20 + [0.5] * 60)
    days = pd.DataFrame(
        {"pnr": people["pnr"], "ajo_job_start_dato": START, "ajo_job_slut_dato": START, "ajo_loentimer": 8.0}
    )
    jobs = days.iloc[[*range(2), *range(80, 100)]]  # two treated and twenty controls work in week 0
    made = ips.weekly_shares(
        people, by="arm", treated=1, jobs=jobs, what=["work"], window=(0, 0), weights="w"
    )
    assert made.estimates["n"].tolist() == [60, 60, 120]
    out = ips.release(made, tmp_path / "out", profile="dst-5")
    shown = [fate.estimate for fate in out.judged.fates[0]]
    assert shown[0] is None
    assert shown[2] is None
    assert shown[1] == pytest.approx(20 / 60)
