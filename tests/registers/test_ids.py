"""Ids that lost their zeros, or are written otherwise in two frames, are refused and never pass for strangers."""

from functools import partial

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.outcomes.ids import places_of

IDS = ["0101010001", "0202020002", "1303030003", "2404040004"]
WEEKS = [f"y_21{week:02d}" for week in range(1, 53)]


def everything():
    people = pd.DataFrame(
        {
            "pnr": IDS,
            "index_date": pd.Timestamp("2021-03-01"),
            "arm": [1, 0, 1, 0],
            "birth_date": pd.Timestamp("2001-05-05"),
            "mor_id": IDS[1:] + IDS[:1],
        }
    )
    jobs = pd.DataFrame({"pnr": IDS, "ajo_job_slut_dato": pd.Timestamp("2021-04-30"), "ajo_loentimer": 80.0})
    dream = ips.dream.spells(pd.DataFrame({"pnr": IDS, **dict.fromkeys(WEEKS, 730)}))
    return people, jobs, dream


def _employment(people, jobs, dream):
    return ips.employment(people, jobs=jobs, dream=dream, window=(1, 20))


def _weekly(people, jobs, dream):
    return ips.weekly_shares(people, by="arm", treated=1, jobs=jobs, dream=dream, window=(1, 20))


def _neet(people, jobs, dream):
    return ips.neet(people, jobs=jobs, dream=dream, year=2021, definition="dst_amr")


def _covariates(people, jobs, dream):
    return ips.covariates(people, jobs=jobs, dream=dream)


def _nested(people, jobs, _):
    return ips.dream.with_rows(people, jobs=jobs)


VERBS = [_employment, _weekly, _neet, _covariates, _nested]


def numbers(frame, kind):
    return frame.assign(pnr=frame["pnr"].astype("int64").astype(kind))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("kind", "said"), [("int64", "2 row(s) have"), ("float64", "numbers with decimals")])
def test_job_rows_whose_ids_were_read_as_numbers_are_refused(verb, kind, said):
    people, jobs, dream = everything()
    with pytest.raises(DesignError, match="jobs: 'pnr'") as refused:
        verb(people, numbers(jobs, kind), dream)
    assert said in str(refused.value)
    assert not any(one.lstrip("0") in str(refused.value) for one in IDS)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_people_whose_ids_were_read_as_numbers_are_refused(verb, kind):
    people, jobs, dream = everything()
    with pytest.raises(DesignError, match="people: 'pnr'"):
        verb(numbers(people, kind), jobs, dream)


def test_against_dream_alone_ids_are_held_too():
    people, _, dream = everything()
    with pytest.raises(
        DesignError, match=r"2 row\(s\) have an id that is found in DREAM only with zeros in front"
    ):
        ips.covariates(numbers(people, "int64"), dream=dream)
    parents = people.assign(mor_id=people["mor_id"].astype("int64").astype(float))
    with pytest.raises(DesignError, match="'mor_id' holds numbers with decimals"):
        ips.covariates(parents, dream=dream, parents={"mother": "mor_id"})


@pytest.mark.parametrize("register", ["education", "contacts", "events", "latest"])
def test_other_registers_are_held_too(register):
    people, jobs, dream = everything()
    rows = pd.DataFrame(
        {
            "pnr": IDS,
            "date": "2021-01-04",
            "from_date": "2021-01-04",
            "to_date": "2021-06-01",
            "level": "ordinary",
        }
    ).assign(value=1)
    rows = numbers(rows, "int64")
    verb = partial(ips.employment, jobs=jobs, window=(1, 20), **{register: rows})
    if register in ("events", "latest"):
        verb = partial(ips.covariates, **{register: {"psych": rows}})
    with pytest.raises(DesignError, match=rf"{register}.*2 row\(s\) have an id that is found in people"):
        verb(people, dream=dream)


def test_shorter_ids_of_strangers_and_numbers_that_lost_nothing_pass():
    people, jobs, dream = everything()
    kept = people[~people["pnr"].str.startswith("0")]
    stranger = jobs.assign(pnr=["99", "", "1303030003", "2404040004"])
    assert _employment(numbers(kept, "int64"), stranger, dream).data["any_work"].tolist() == [1.0, 1.0]


def test_a_place_is_found_for_those_who_are_there():
    found = places_of(pd.Series(["b", "x", None], name="pnr"), pd.Series(["a", "b"], name="pnr"), "jobs")
    assert found.isna().tolist() == [False, True, True]
    assert found.iloc[0] == 1


def test_pseudo_index_dates_refuses_what_nobody_could_share():
    people, _, _ = everything()
    controls = people[["pnr"]].assign(kommune=["101", "101", "147", "147"])
    treated = pd.DataFrame({"index_date": [pd.Timestamp("2021-03-01")], "kommune": [101]})
    eligible = controls.assign(first_date="2021-01-04", last_date="2021-12-26")
    with pytest.raises(DesignError, match="strata='kommune': no control has a value"):
        ips.pseudo_index_dates(controls, treated=treated, eligible=eligible, strata=["kommune"], seed=1)
    with pytest.raises(DesignError, match=r"controls: 'pnr': 2 row.*found in eligible"):
        ips.pseudo_index_dates(numbers(controls, "int64"), treated=treated, eligible=eligible, seed=1)
    whole = numbers(controls.iloc[2:], "int64")
    assert (
        ips.pseudo_index_dates(whole, treated=treated, eligible=eligible, seed=1)["index_date"].notna().all()
    )
    written = treated.assign(kommune="101")
    drawn = ips.pseudo_index_dates(controls, treated=written, eligible=eligible, strata=["kommune"], seed=1)
    assert drawn["index_date"].notna().tolist() == [True, True, False, False]


def test_job_columns_take_the_id_of_the_verb_and_are_named_where_one_is_missing():
    people, jobs, dream = everything()
    people, jobs = people.rename(columns={"pnr": "CPR"}), jobs.rename(columns={"pnr": "CPR"})
    own = jobs.rename(columns={"ajo_job_slut_dato": "slut", "ajo_loentimer": "timer"})
    columns = ips.JobColumns(end="slut", hours="timer")
    found = ips.employment(people, jobs=own, dream=dream, id="CPR", columns=columns, window=(1, 20)).data
    assert found.equals(ips.employment(people, jobs=jobs, dream=dream, id="CPR", window=(1, 20)).data)
    with pytest.raises(DesignError, match=r"'ajo_job_slut_dato' is not a column.*columns=ips.JobColumns"):
        ips.employment(people, jobs=own, dream=dream, id="CPR", window=(1, 20))


def test_hours_with_a_decimal_comma_are_told_as_such():
    people, jobs, dream = everything()
    text = jobs.assign(ajo_loentimer=["80,5", "-3,25", "70", ""])
    with pytest.raises(DesignError, match=r"in 3 of 4 row\(s\), of which 2 are text with a decimal comma"):
        _employment(people, text, dream)


def hyphened(frame):
    return frame.assign(pnr=frame["pnr"].str[:6] + "-" + frame["pnr"].str[6:])


@pytest.mark.parametrize("verb", VERBS)
def test_ids_with_hyphens_or_spaces_are_no_strangers(verb):
    people, jobs, dream = everything()
    for unlike in (hyphened(people), people.assign(pnr=people["pnr"] + " ")):
        with pytest.raises(DesignError, match=r"people: 'pnr'.* only without hyphens, spaces") as refused:
            verb(unlike.drop(columns="mor_id"), jobs if verb is not _covariates else None, dream)
        assert not any(one[:6] in str(refused.value) for one in IDS)
    with pytest.raises(DesignError, match=r"jobs: 'pnr': 4 row\(s\) have an id .* only without hyphens"):
        verb(people, hyphened(jobs), dream)


def test_numbers_that_became_text_with_a_decimal_are_no_strangers():
    people, jobs, dream = everything()
    text = jobs.assign(pnr=jobs["pnr"].astype(float).astype(str))
    with pytest.raises(DesignError, match=r"jobs: 'pnr': 4 row\(s\) have an id .* spaces or decimals"):
        _employment(people, text, dream)


@pytest.mark.parametrize("unlike", [hyphened, lambda people: numbers(people, "int64")])
def test_weeks_around_index_dates_do_not_leave_out_ids_written_otherwise(unlike):
    people, _, dream = everything()
    found = ips.dream.weeks_after(dream, people, in_codes=[730], spans=[(1, 20)])
    assert found["weeks_1_20"].tolist() == [20] * 4
    with pytest.raises(DesignError, match=r"people: 'pnr'.* found in DREAM only with"):
        ips.dream.weeks_after(dream, unlike(people), in_codes=[730], spans=[(1, 20)])
    with pytest.raises(DesignError, match=r"people: 'pnr'.* found in DREAM only with"):
        ips.dream.count_persons(dream, sets={"a": [730]}, years=[2021], people=unlike(people), by="arm")


def test_many_people_of_whom_none_is_found_are_of_another_kind():
    _, jobs, dream = everything()
    many = pd.DataFrame({"pnr": [f"55{k:08d}" for k in range(20)], "index_date": pd.Timestamp("2021-03-01")})
    with pytest.raises(DesignError, match=r"jobs: none of the 20 people is found among its 4 row\(s\)"):
        _employment(many, jobs, dream)
    with pytest.raises(DesignError, match=r"DREAM: none of the 20 people is found among its 4 row\(s\)"):
        _employment(many, jobs.iloc[:0], dream)
    alone = ips.employment(many, jobs=jobs.iloc[:0], window=(1, 20)).data
    assert alone["any_work"].tolist() == [0.0] * 20
    assert _employment(many.iloc[1:], jobs, dream).data["any_work"].tolist() == [0.0] * 19


@pytest.mark.parametrize(
    "months", [["2021-04"] * 4, ["2021"] * 4, [2021] * 4, [202104] * 4, list(pd.to_datetime([202104] * 4))]
)
def test_months_without_a_day_and_numbers_read_as_nanoseconds_are_no_dates(months):
    people, jobs, dream = everything()
    with pytest.raises(DesignError, match=r"no whole dates.*dayfirst=True.*format='%Y%m'"):
        _employment(people, jobs.assign(ajo_job_slut_dato=months), dream)
    as_told = pd.to_datetime(pd.Series(["202104"] * 4), format="%Y%m") + pd.offsets.MonthEnd(0)
    told = _employment(people, jobs.assign(ajo_job_slut_dato=as_told), dream)
    assert told.data.equals(_employment(people, jobs, dream).data)
    zoned = people.assign(index_date=people["index_date"].dt.tz_localize("Europe/Copenhagen"))
    assert _employment(zoned, jobs, dream).data["weeks_worked"].tolist() == [5] * 4


def test_job_rows_of_quite_other_months_are_refused_for_many_people():
    many = pd.DataFrame(
        {
            "pnr": [f"55{k:08d}" for k in range(20)],
            "index_date": pd.Timestamp("2021-03-01"),
            "birth_date": pd.Timestamp("2001-05-05"),
            "arm": [0, 1] * 10,
        }
    )
    dream = ips.dream.spells(pd.DataFrame({"pnr": many["pnr"], **dict.fromkeys(WEEKS, 730)}))
    jobs = pd.DataFrame(
        {"pnr": many["pnr"], "ajo_job_slut_dato": pd.Timestamp("2019-04-30"), "ajo_loentimer": 80.0}
    )
    for verb in (_employment, _weekly, _neet):
        with pytest.raises(
            DesignError, match=r"the rows are from 2019-04 to 2019-04, and .* any of 20 people"
        ):
            verb(many, jobs, dream)
    near = jobs.assign(ajo_job_slut_dato=pd.Timestamp("2021-03-31"))
    assert _employment(many, near, dream).data["any_work"].tolist() == [1.0] * 20
    assert _employment(many.iloc[1:], jobs, dream).data["any_work"].tolist() == [0.0] * 19


def test_a_pay_file_read_twice_is_refused_and_single_rows_alike_are_added():
    people, _, dream = everything()
    months = pd.date_range("2021-03-31", periods=6, freq="ME")
    jobs = pd.DataFrame([(i, m) for i in IDS for m in months], columns=["pnr", "ajo_job_slut_dato"])
    jobs["ajo_loentimer"] = 80.0
    with pytest.raises(DesignError, match=r"jobs: 24 of 48 row\(s\) are another row once more"):
        _employment(people, pd.concat([jobs, jobs]), dream)
    once = _employment(people, jobs, dream).data["hours_worked"]
    alike = _employment(people, pd.concat([jobs, jobs[jobs["pnr"] == IDS[0]]]), dream).data["hours_worked"]
    assert (alike / once).tolist() == [2.0, 1.0, 1.0, 1.0]


def test_job_columns_that_are_named_must_be_there():
    people, jobs, dream = everything()
    for wrong in ({"employer": "SEnr"}, {"start": "strat"}, {"hours": "timr"}, {"full_time": "grad"}):
        columns = ips.JobColumns(**wrong)
        with pytest.raises(DesignError, match=f"jobs=.*'{next(iter(wrong.values()))}' is not a column"):
            ips.employment(people, jobs=jobs, dream=dream, columns=columns, window=(1, 20))
    bare = ips.JobColumns(start="")
    assert len(ips.employment(people, jobs=jobs, dream=dream, columns=bare, window=(1, 20)).data) == 4


def test_a_pay_file_without_employers_says_that_jobs_are_one():
    people, jobs, dream = everything()
    told = {n.code: n.values.get("n") for n in _employment(people, jobs, dream).notes}
    assert told["registers_no_employer"] == 4
    named = _employment(people, jobs.assign(ajo_arbejdsgiver="a"), dream)
    assert "registers_no_employer" not in {n.code for n in named.notes}


def test_definitions_that_need_more_columns_are_named():
    people, jobs, dream = everything()
    with pytest.raises(DesignError, match=r"vive_2019 needs arrival_age, above_compulsory; stil needs"):
        ips.neet(people, jobs=jobs, dream=dream, year=2021, definition=["dst_amr", "vive_2019", "stil"])


def test_registers_whose_ids_have_hyphens_are_read_without():
    people, jobs, dream = everything()
    written = pd.DataFrame({"pnr": IDS, **dict.fromkeys(WEEKS, 730)})
    for unlike in (hyphened(written), hyphened(written).assign(pnr=lambda d: d["pnr"].str.lstrip("0"))):
        read = ips.dream.spells(unlike)
        assert read.frame()["pnr"].tolist() == IDS
        assert _employment(people, jobs, read).data.equals(_employment(people, jobs, dream).data)
    other = ips.dream.spells(written.assign(pnr=["a-1", "a-2", "a-3", "a-4"]))
    assert other.frame()["pnr"].tolist() == ["a-1", "a-2", "a-3", "a-4"]


def test_a_stratum_that_is_partly_written_otherwise_is_refused():
    people, _, _ = everything()
    controls = people[["pnr"]].assign(kommune=["101", "101", "147", "147"])
    treated = pd.DataFrame({"index_date": [pd.Timestamp("2021-03-01")] * 2, "kommune": ["0101", "147"]})
    eligible = controls.assign(first_date="2021-01-04", last_date="2021-12-26")
    draw = {"eligible": eligible, "strata": ["kommune"], "seed": 1}
    with pytest.raises(DesignError, match=r"controls 'kommune': 2 row.* only with zeros in front"):
        ips.pseudo_index_dates(controls, treated=treated, **draw)
    with pytest.raises(DesignError, match=r"treated 'kommune': 2 row.* a value.* only with zeros in front"):
        ips.pseudo_index_dates(
            controls.assign(kommune=["0101", "0101", "0147", "147"]),
            treated=treated.assign(kommune=["101", "147"]),
            **draw,
        )


def test_weeks_with_codes_that_the_list_lacks_are_seen_at_once(tmp_path):
    weeks = pd.DataFrame({"pnr": IDS, **dict.fromkeys(WEEKS, "730,0")})
    spells = ips.dream.spells(weeks)
    assert repr(spells).endswith("to 2021-W52, 208 weeks with codes that the list lacks (.told)>")
    stored = ips.dream.spells(weeks, store=tmp_path / "s.parquet")
    assert repr(stored).endswith("2021-W52, 208 weeks with codes that the list lacks (.told)>")


def test_a_cpr_column_is_the_person_column_of_any_register(tmp_path):
    path = tmp_path / "bef2021.csv"
    path.write_text("CPR;foed_dag\n010101-0001;2001-01-01\n20202-0002;2002-02-02\n")
    read = ips.read_register(path, register="bef")
    assert read.data["pnr"].tolist() == IDS[:2]
    assert [(p.rule, p.n_rows) for p in read.report.problems] == [("id_zeros", 1)]


def test_covariates_that_nobody_could_have_are_refused():
    many = pd.DataFrame({"pnr": [f"55{k:08d}" for k in range(20)], "index_date": pd.Timestamp("2021-06-01")})
    dream = ips.dream.spells(pd.DataFrame({"pnr": many["pnr"], **dict.fromkeys(WEEKS, 730)}))
    jobs = pd.DataFrame(
        {"pnr": many["pnr"], "ajo_job_slut_dato": pd.Timestamp("2021-05-31"), "ajo_loentimer": 160.33}
    )
    assert ips.covariates(many, dream=dream, jobs=jobs)["ratio_m1"].tolist() == [1.0] * 20
    with pytest.raises(DesignError, match=r"rows are from 2018-05 to 2018-05, and the time of 12 months"):
        ips.covariates(many, dream=dream, jobs=jobs.assign(ajo_job_slut_dato="2018-05-31"))
    with pytest.raises(DesignError, match=r"none of the 20 index dates has weeks of DREAM .*2021-W01 to"):
        ips.covariates(many.assign(index_date="2020-06-01"), dream=dream)
    with pytest.raises(DesignError, match=r"'dagpneg': did you mean 'dagpenge'"):
        ips.covariates(many, dream=dream, groups=["blank", "dagpneg"])


def test_controls_of_whom_nobody_was_ever_eligible_are_refused():
    controls = pd.DataFrame({"pnr": [f"55{k:08d}" for k in range(20)], "sex": ["1", "2"] * 10})
    treated = pd.DataFrame({"index_date": [pd.Timestamp("2021-03-01")], "sex": "1"})
    eligible = controls[["pnr"]].assign(first_date="2011-01-04", last_date="2011-12-26")
    draw = {"treated": treated, "strata": ["sex"], "seed": 1}
    with pytest.raises(DesignError, match=r"none of 20 was eligible in a week when a treated .* same sex"):
        ips.pseudo_index_dates(controls, eligible=eligible, **draw)
    right = eligible.assign(last_date="2021-12-26")
    assert ips.pseudo_index_dates(controls, eligible=right, **draw)["index_date"].notna().sum() == 10
