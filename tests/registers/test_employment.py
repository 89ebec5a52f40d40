"""Outcomes: persons worked by hand, and agreement with a week-by-week reference."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.language import say
from ipseval.core.weeks import week_from_yyww, yyww

from support.contract import assert_result

CANARY = "314159265358"
INDEX = "2020-11-02"  # Monday of 2020-W45; weeks 1..12 are W46 to 2021-W04, with week 53 among them
FIRST = week_from_yyww("2046")
N = 12


def job(who, start, end, hours, employer="a"):
    return {
        "pnr": who, "ajo_job_start_dato": start, "ajo_job_slut_dato": end, "ajo_loentimer": hours,
        "ajo_arbejdsgiver": employer,
    }  # fmt: skip


def outcomes(jobs, codes, **more):
    """One person a row; `codes` has the twelve weeks from W46 on."""
    ids = list(codes)
    people = pd.DataFrame({"pnr": ids, "index_date": INDEX})
    frame = pd.DataFrame([codes[i] for i in ids], columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    frame.insert(0, "pnr", ids)
    frame.insert(1, f"y_{yyww(FIRST - 1)}", 730)
    rows = jobs or [job("nobody", "2020-01-01", "2020-01-31", 1.0)]
    return ips.employment(
        people, jobs=pd.DataFrame(rows), dream=ips.dream.spells(frame), window=(1, N), **more
    )


def one(jobs, codes, **more):
    return outcomes(jobs, {"p": codes}, **more).data.iloc[0]


def test_a_coded_week_can_hold_paid_hours():
    # All twelve weeks on education help; a job with 40 paid hours from 1 to 31 December 2020.
    p = one([job("p", "2020-12-01", "2020-12-31", 40.0)], [720] * N)
    # December by Thursdays: W49 (3 Dec) to W53 (31 Dec), five weeks of 8 hours.
    assert (p.any_work, p.weeks_worked, p.hours_worked) == (1.0, 5, pytest.approx(40.0))
    assert p.hours_beside_benefit == pytest.approx(40.0)
    assert p.weeks_self_support == 0
    assert p.star_employment == 0.0
    assert (p.weeks_competitive_strict, p.positive_destination) == (5, 1.0)
    assert p.first_job_date == pd.Timestamp("2020-12-01")
    assert p.days_to_first_job == 29
    assert p.longest_job_days == 31


def test_a_blank_week_without_pay_is_no_work():
    p = one([], [0] * N)
    assert (p.any_work, p.weeks_worked, p.star_employment) == (0.0, 0, 0.0)
    assert p.weeks_self_support == N
    assert pd.isna(p.days_to_first_job)
    assert (p.start_weeks, p.start_event) == (N, 0.0)
    assert (p.job_weeks, p.job_event) == (N, 0.0)


def test_flexjob_is_competitive_only_in_the_inclusive_sense():
    p = one([job("p", "2020-12-01", "2020-12-31", 60.0)], [740] * 3 + [771] * 5 + [740] * 4)
    assert (p.weeks_competitive_strict, p.any_competitive_strict) == (0, 0.0)
    assert (p.weeks_competitive_inclusive, p.any_competitive_inclusive) == (5, 1.0)
    assert p.hours_beside_benefit == 0.0
    assert p.positive_destination == 1.0


@pytest.mark.parametrize(
    ("code", "competitive"), [(735, 0), (736, 0), (737, 0), (738, 0), (739, 0), (730, 5), (0, 5)]
)
def test_subsidies_and_placements_are_not_competitive(code, competitive):
    p = one([job("p", "2020-12-01", "2020-12-31", 60.0)], [code] * N)
    assert (p.weeks_worked, p.weeks_competitive_strict) == (5, competitive)


def test_week_53_is_a_week_like_the_others():
    # A job from Monday 28 December 2020 to Sunday 3 January 2021: 2020-W53 and nothing else.
    rows = [job("p", "2020-12-28", "2020-12-31", 24.0), job("p", "2021-01-01", "2021-01-03", 13.0)]
    p = one(rows, [0] * N)
    assert p.weeks_worked == 1
    assert p.hours_worked == pytest.approx(37.0)
    assert p.longest_job_days == 7
    later = one(
        [job("p", "2020-12-28", "2020-12-31", 24.0), job("p", "2021-01-01", "2021-01-31", 100.0)], [0] * N
    )
    assert (later.weeks_worked, later.longest_work_weeks) == (5, 5)
    assert later.star_employment == 1.0


def test_overlapping_jobs_add_hours_but_not_weeks():
    rows = [
        job("p", "2020-12-01", "2020-12-31", 50.0, "a"),
        job("p", "2020-12-10", "2020-12-31", 40.0, "b"),
        job("p", "2021-01-01", "2021-01-10", 10.0, "b"),
    ]
    p = one(rows, [0] * N)
    assert p.weeks_worked == 6
    assert p.hours_worked == pytest.approx(100.0)
    # a: 31 days; b: 10 December to 10 January, 32 days.
    assert p.longest_job_days == 32


def test_two_jobs_in_one_month_leave_the_weeks_between_free():
    rows = [job("p", "2020-12-01", "2020-12-06", 20.0), job("p", "2020-12-21", "2020-12-27", 20.0)]
    p = one(rows, [0] * N)
    assert (p.weeks_worked, p.longest_work_weeks, p.longest_job_days) == (2, 1, 7)
    inside = [*rows, job("p", "2020-12-02", "2021-01-20", 60.0), job("p", "2020-12-03", "2020-12-04", 5.0)]
    # 1 December to 20 January; the row's month is that of its end, so it begins on 1 January there.
    assert one(inside, [0] * N)["longest_job_days"] == 31


def test_negative_corrections_are_deducted():
    rows = [job("p", "2020-12-01", "2020-12-31", 50.0), job("p", "2020-12-01", "2020-12-31", -50.0)]
    gone = outcomes(rows, {"p": [0] * N})
    assert gone.data.iloc[0][["any_work", "weeks_worked", "hours_worked"]].tolist() == [0.0, 0, 0.0]
    assert pd.isna(gone.data["first_job_date"][0])
    assert "registers_netted" in [n.code for n in gone.notes]
    late = outcomes([job("p", "2020-12-01", "2020-12-31", 50.0), job("p", "2021-01-01", "2021-01-31", -20.0)],
                    {"p": [0] * N})  # fmt: skip
    p = late.data.iloc[0]
    assert (p.weeks_worked, p.hours_worked) == (5, pytest.approx(30.0))
    assert "registers_negative" in [n.code for n in late.notes]


def test_windows_beyond_the_job_rows_are_told():
    inside = [job("x", "2020-11-01", "2020-11-30", 9.0), job("x", "2021-01-01", "2021-01-31", 9.0)]
    assert "registers_jobs_end" not in [n.code for n in outcomes(inside, {"p": [0] * N}).notes]
    short = outcomes(inside[:1], {"p": [0] * N, "q": [0] * N})
    assert [n.values["n"] for n in short.notes if n.code == "registers_jobs_end"] == [2]


def test_small_hours_can_be_left_out():
    rows = [job("p", "2020-12-01", "2020-12-31", 40.0)]
    assert one(rows, [0] * N, min_hours=8.0)["weeks_worked"] == 5
    assert one(rows, [0] * N, min_hours=8.1)["weeks_worked"] == 0
    assert one(rows, [0] * N, min_weeks=6)["any_work"] == 0.0


def test_steady_work_is_half_of_the_weeks():
    half = [job("p", "2020-11-09", "2020-11-30", 60.0), job("p", "2020-12-01", "2020-12-17", 60.0)]
    assert one(half, [0] * N)["weeks_worked"] == 6
    assert one(half, [0] * N)["steady_work"] == 1.0
    assert one(half, [0] * N)["longest_job_days"] == 39
    assert one(half[:1], [0] * N)["steady_work"] == 0.0


def test_starts_compete_with_death_and_pension_and_breaks_end_them():
    rows = [job("late", "2021-01-04", "2021-01-31", 100.0), job("short", "2020-11-09", "2020-11-29", 60.0)]
    found = outcomes(rows, {"late": [0] * 4 + [999] * 8, "short": [0] * N, "never": [720] * N},
                     retention=(1, 3, 9), retention_gap=2).data.set_index("pnr")  # fmt: skip
    assert found.loc["late", ["start_weeks", "start_event", "weeks_at_risk"]].tolist() == [4.0, 2.0, 4]
    assert found.loc["never", ["start_weeks", "start_event"]].tolist() == [12.0, 0.0]
    short = found.loc["short"]
    assert short[["start_weeks", "start_event", "dropout_weeks", "dropout_event"]].tolist() == [
        0.0,
        1.0,
        3.0,
        1.0,
    ]
    assert short[["retained_1", "retained_3", "retained_9"]].tolist() == [1.0, 0.0, 0.0]
    assert found.loc["never", ["retained_1"]].isna().all()


def test_education_is_ordinary_or_preparatory_and_preparatory_is_apart():
    education = pd.DataFrame(
        {"pnr": ["p", "p", "q"], "from_date": ["2020-11-09", "2020-11-23", "2020-12-21"],
         "to_date": ["2020-11-29", "2020-12-06", None], "level": ["preparatory", "ordinary", "ordinary"]}
    )  # fmt: skip
    found = outcomes([], {"p": [0] * N, "q": [0] * N, "r": [651] * N}, education=education).data.set_index(
        "pnr"
    )
    assert found["weeks_preparatory_education"].tolist() == [2, 0, 0]
    assert found["weeks_ordinary_education"].tolist() == [2, 6, 0]
    assert found["positive_destination"].tolist() == [1.0, 1.0, 0.0]
    assert outcomes([], {"r": [651] * N}).data["positive_destination"].tolist() == [1.0]


def test_contacts_are_counted_inside_the_window():
    contacts = pd.DataFrame({"pnr": ["p", "p", "p"], "date": ["2020-11-08", "2020-11-09", "2021-01-31"]})
    assert one([], [0] * N, contacts=contacts)["psychiatric_contacts"] == 2


def test_windows_that_are_not_covered_are_told():
    people = pd.DataFrame({"pnr": ["p", "q"], "index_date": [INDEX, "2020-12-07"]})
    frame = pd.DataFrame([[0] * 13] * 2, columns=[f"y_{yyww(FIRST - 1 + w)}" for w in range(13)])
    frame.insert(0, "pnr", ["p", "q"])
    given = {
        "jobs": pd.DataFrame([job("p", "2020-12-01", "2020-12-31", 1.0)]),
        "dream": ips.dream.spells(frame),
    }
    missing = ips.employment(people, window=(1, N), **given)
    assert missing.data["weeks_seen"].tolist() == [12, 7]
    assert missing.data["any_work"].isna().tolist() == [False, True]
    assert missing.data["first_job_date"].isna().tolist() == [False, True]
    assert [n.values["n"] for n in missing.notes if n.code == "registers_unseen"] == [1]
    observed = ips.employment(people, window=(1, N), incomplete="observed", **given)
    assert observed.data["any_work"].tolist() == [1.0, 0.0]
    with pytest.raises(DesignError, match=r"1 of 2 persons; DREAM has .* is \(0, 7\)"):
        ips.employment(people, window=(1, N), incomplete="refuse", **given)
    with pytest.raises(DesignError, match="2 of 2 persons"):
        ips.employment(people, **given)
    batch = ips.employment(people, incomplete="batch", **given)
    assert batch.data["any_work"].isna().all()
    with pytest.raises(DesignError, match=r"names of outcomes \(any_work"):
        ips.employment(observed.data, window=(1, N), **given)
    assert "≥ 7.5" in say(
        "def_any_work", "da", **outcomes([], {"p": [0] * N}, min_hours=7.5).meanings["any_work"][1]
    )


def test_weeks_that_the_file_lacks_are_not_seen_and_hours_from_ratios_are_told():
    people = pd.DataFrame({"pnr": ["p", "absent"], "index_date": INDEX})
    frame = pd.DataFrame([[0] * 13], columns=[f"y_{yyww(FIRST - 1 + w)}" for w in range(13)])
    frame.insert(0, "pnr", ["p"])
    dream = ips.dream.spells(frame.drop(columns=f"y_{yyww(FIRST + 4)}"), tolerate=["week_missing"])
    row = {**job("p", "2020-12-01", "2020-12-31", 0.0), "ajo_fuldtid_beskaeftiget": 0.5}
    jobs = pd.DataFrame([row]).drop(columns="ajo_loentimer")
    found = ips.employment(people, jobs=jobs, dream=dream, window=(1, N), incomplete="observed")
    assert found.data["weeks_seen"].tolist() == [N - 1, N - 1]
    assert found.data["weeks_self_support"].tolist() == [N - 1, N - 1]
    assert found.data["hours_worked"].tolist() == pytest.approx([0.5 * 160.33, 0])
    assert {n.code: n.values.get("n") for n in found.notes}["registers_hours_from_ratio"] == 1
    assert found.registers == ("BFL", "DREAM")
    with pytest.raises(DesignError, match="2 of 2 persons"):
        ips.employment(people, jobs=jobs, dream=dream, window=(1, N))
    seen = ips.employment(people, jobs=jobs, dream=dream, window=(1, 4)).data
    assert seen["weeks_seen"].tolist() == [4, 4]


def test_the_result_prints_every_definition_and_holds_the_contract():
    rows = [job("a", "2020-12-01", "2020-12-31", 40.0)]
    found = outcomes(rows, {"a": [0] * N, "b": [720] * N, "c": [0] * N})
    with_arm = found.data.assign(arm=["t", "t", "c"])
    from dataclasses import replace

    result = assert_result(replace(found, data=with_arm).summary(by="arm"))
    shares = result.estimates.set_index(["outcome", "group"])
    assert shares.loc[("any_work", "t"), ["estimate", "n", "n_events"]].tolist() == [0.5, 2, 1]
    assert shares.loc[("retained_52", "t"), "status"] == "refused"
    told = {n.code for n in result.notes}
    for outcome in result.estimates["outcome"].unique():
        assert found.meanings[outcome][0] in told
    words = found.definitions("da")
    assert len(words) == len(found.kinds)
    assert not words["definition"].str.contains("[{}]").any()
    assert "(> 0 om ugen)" in say("def_any_work", "da", **found.meanings["any_work"][1])
    assert_result(found.summary())
    assert not {"start_event", "start_weeks", "dropout_event"} & set(found.summary().estimates["outcome"])
    with pytest.raises(EstimationError, match=r"go to ips\.time_to_event"):
        found.summary(outcomes=["start_event"])


def test_work_is_never_read_from_dream_nor_benefit_from_pay():
    without = ips.employment(
        pd.DataFrame({"pnr": ["p"], "index_date": [INDEX]}),
        jobs=pd.DataFrame([job("p", "2020-12-01", "2020-12-31", 40.0)]), window=(1, N),
    )  # fmt: skip
    assert "weeks_self_support" not in without.data
    assert "star_employment" not in without.data
    assert "registers_without_dream" in [n.code for n in without.notes]
    assert_result(without.summary())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ajo_loentimer": [None, 1.0]}, "missing or no number in 1 of 2"),
        ({"ajo_loentimer": [f"canary {CANARY}", 1.0]}, "missing or no number in 1 of 2"),
        ({"ajo_job_slut_dato": [None, "2020-12-31"]}, "empty in 1 of 2"),
        ({"ajo_job_slut_dato": [f"canary {CANARY}", "2020-12-31"]}, "no whole dates in some of 2"),
    ],
)
def test_bad_rows_are_counted_never_shown(change, said):
    jobs = pd.DataFrame([job("p", "2020-12-01", "2020-12-31", 1.0)] * 2).astype(object).assign(**change)
    people = pd.DataFrame({"pnr": ["p"], "index_date": [INDEX]})
    with pytest.raises(DesignError, match=said) as refusal:
        ips.employment(people, jobs=jobs)
    assert CANARY not in str(refusal.value)
    assert refusal.value.__cause__ is None
    with pytest.raises(DesignError, match="1 row") as refusal:
        ips.employment(pd.concat([people, people]), jobs=jobs)


# A reference that walks through days and weeks one by one.


def thursday(week_start):
    return week_start + timedelta(days=3)


def slow_hours(rows, index):
    """Net rows of the same employer and dates, and the paid hours of each week of the window."""
    monday = index + timedelta(days=7)
    weeks = [monday + timedelta(days=7 * w) for w in range(N)]
    net = {}
    for r in rows:
        key = (
            r["ajo_arbejdsgiver"],
            *(date.fromisoformat(r[f"ajo_job_{end}_dato"]) for end in ("start", "slut")),
        )
        net[key] = net.get(key, 0.0) + r["ajo_loentimer"]
    hours = [0.0] * N
    for (_, start, end), total in net.items():
        mine, at = [], start - timedelta(days=start.weekday())
        while at <= end:
            if (thursday(at).year, thursday(at).month) == (end.year, end.month):
                mine.append(at)
            at += timedelta(days=7)
        mine = mine or [start - timedelta(days=start.weekday())]
        for week in mine:
            if week in weeks:
                hours[weeks.index(week)] += total / len(mine)
    return net, hours


def longest(flags):
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def slow_job_days(net, gap_days, index):
    """Days of the longest job, by marking the days of each employer one at a time."""
    low = index + timedelta(days=7)
    best, days_paid = 0, []
    for employer in {key[0] for key in net}:
        marked = [False] * (7 * N)
        for (who, start, end), hours in net.items():
            for d in range(7 * N):
                if who == employer and hours > 0 and start <= low + timedelta(days=d) <= end:
                    marked[d] = True
        days_paid += [d for d, on in enumerate(marked) if on]
        run = gap = 0
        for on in marked:
            if on:
                run, gap = run + gap + 1 if run else 1, 0
                best = max(best, run)
            elif run:
                gap += 1
                if gap > gap_days:
                    run = gap = 0
    return best, min(days_paid, default=None)


def slow_person(rows, codes, min_hours, gap, retention, index):
    """Every outcome of one person, by walking through the weeks."""
    net, hours = slow_hours(rows, index)
    work = [h > 1e-9 and h >= min_hours - 1e-9 for h in hours]
    strict = [w and c not in (736, 771) for w, c in zip(work, codes, strict=True)]
    inclusive = [w and c != 736 for w, c in zip(work, codes, strict=True)]
    lasting = [i or c == 651 for i, c in zip(inclusive, codes, strict=True)]
    start = lasting.index(True) if any(lasting) else None
    stop = next((w for w, c in enumerate(codes) if c == 999), None)
    competing = stop is not None and (start is None or stop < start)
    job_competing = stop is not None and (not any(work) or stop < work.index(True))
    out = None
    if start is not None:
        for w in range(start, N):
            if not any(lasting[w : w + gap + 1]) and w + gap < N:
                out = w - start
                break
    job_days, first_day = slow_job_days(net, 4, index)
    found = {
        "any_work": float(any(work)), "weeks_worked": sum(work), "hours_worked": sum(hours),
        "steady_work": float(2 * sum(work) >= N), "longest_work_weeks": longest(work),
        "longest_job_days": job_days, "days_to_first_job": None if first_day is None else first_day + 7,
        "weeks_competitive_strict": sum(strict), "weeks_competitive_inclusive": sum(inclusive),
        "star_employment": float(longest([w and c == 0 for w, c in zip(work, codes, strict=True)]) >= 4),
        "weeks_self_support": sum(c == 0 for c in codes),
        "hours_beside_benefit": sum(h for h, c in zip(hours, codes, strict=True) if c in (720, 736)),
        "positive_destination": float(any(lasting)),
        "weeks_at_risk": N if stop is None else stop,
        "job_event": 2.0 if job_competing else float(any(work)),
        "job_weeks": stop if job_competing else work.index(True) if any(work) else N,
        "start_event": 2.0 if competing else float(start is not None),
        "start_weeks": stop if competing else N if start is None else start,
        "dropout_event": None if start is None else float(out is not None),
        "dropout_weeks": None if start is None else N - start if out is None else out,
    }  # fmt: skip
    for after in retention:
        seen = start is not None and start + after + gap < N
        found[f"retained_{after}"] = float(out is None or out > after) if seen else None
    return found


MONTHS = [("2020-11-01", 30), ("2020-12-01", 31), ("2021-01-01", 31)]


@st.composite
def job_row(draw):
    first, days = draw(st.sampled_from(MONTHS))
    a = draw(st.integers(0, days - 1))
    b = draw(st.integers(a, days - 1))
    start = date.fromisoformat(first)
    hours = draw(st.sampled_from([8.0, 20.0, 60.0, 150.0, -8.0, -60.0]))
    return job(
        "p",
        str(start + timedelta(days=a)),
        str(start + timedelta(days=b)),
        hours,
        draw(st.sampled_from("ab")),
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(job_row(), max_size=6),
    st.lists(st.sampled_from([0, 0, 720, 736, 771, 651, 999]), min_size=N, max_size=N),
    st.sampled_from([0.0, 15.0]),
    st.integers(0, 3),
    st.lists(
        st.tuples(st.sampled_from([-370, -53, -2, -1, 0, 0, 1, 2, 6, 53]), st.integers(0, 6)),
        min_size=1,
        max_size=4,
    ),
)
def test_every_outcome_agrees_with_walking_through_the_weeks(rows, codes, min_hours, gap, moves):
    """One history, seen from index dates inside the file, at its edges and years away; week 53 is inside."""
    around = [0, 720, *codes, 0, 771]  # the file has two weeks before and after
    frame = pd.DataFrame([around] * 2, columns=[f"y_{yyww(FIRST - 2 + w)}" for w in range(N + 4)])
    mondays = [date.fromisoformat(INDEX) + timedelta(days=7 * weeks) for weeks, _ in moves]
    people = pd.DataFrame(
        {"pnr": [f"{i:02d}" for i in range(len(moves))],
         "index_date": [str(m + timedelta(days=day)) for m, (_, day) in zip(mondays, moves, strict=True)]}
    )  # fmt: skip
    frame = pd.concat([frame.head(1)] * len(moves), ignore_index=True)
    frame.insert(0, "pnr", people["pnr"])
    jobs = [{**row, "pnr": i} for i in people["pnr"] for row in rows] or [
        job("x", "2020-01-01", "2020-01-31", 1.0)
    ]
    found = ips.employment(
        people, jobs=pd.DataFrame(jobs), dream=ips.dream.spells(frame), window=(1, N), min_hours=min_hours,
        retention_gap=gap, retention=(1, 4, 9), incomplete="batch",
    ).data  # fmt: skip
    for p, monday, (weeks, _) in zip(found.to_dict("records"), mondays, moves, strict=True):
        seen = [2 + weeks + w for w in range(N) if 0 <= 2 + weeks + w < len(around)]
        assert p["weeks_seen"] == len(seen)
        mine = [around[w] for w in seen] if len(seen) == N else [0] * N
        for name, expected in slow_person(rows, mine, min_hours, gap, (1, 4, 9), monday).items():
            if expected is None or (len(seen) < N and name != "weeks_at_risk"):
                assert pd.isna(p[name]), name
            elif len(seen) == N:
                assert p[name] == pytest.approx(expected, abs=1e-9), name


def test_many_people_are_cut_into_batches_that_do_not_matter(monkeypatch):
    rng = np.random.default_rng(3)
    ids = [f"{i:04d}" for i in range(200)]
    codes = {i: rng.choice([0, 720, 736, 771, 999], size=N).tolist() for i in ids}
    rows = [
        job(i, "2020-12-01", "2020-12-20", float(rng.integers(-10, 100)), str(rng.integers(2)))
        for i in rng.choice(ids, size=300)
    ]
    whole = outcomes(rows, codes).data
    monkeypatch.setattr("ipseval.outcomes.employment.BATCH", 17)
    pd.testing.assert_frame_equal(outcomes(rows, codes).data, whole)


def test_levels_of_education_that_are_not_known_are_counted_never_shown():
    education = pd.DataFrame(
        {"pnr": ["p"], "from_date": ["2020-11-09"], "to_date": [None], "level": [CANARY]}
    )
    with pytest.raises(DesignError, match="1 of 1 row") as refusal:
        one([], [0] * N, education=education)
    assert CANARY not in str(refusal.value)


def test_no_people_are_refused():
    jobs = pd.DataFrame([job("p", "2020-12-01", "2020-12-31", 1.0)])
    with pytest.raises(DesignError, match="there are no rows"):
        ips.employment(pd.DataFrame({"pnr": [], "index_date": []}), jobs=jobs)
