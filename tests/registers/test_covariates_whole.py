"""All covariates on the invented registers: blind to what comes after, and right for persons worked by hand."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_yyww, week_of_date
from ipseval.loading.registers.reader import read_register
from ipseval.loading.synthetic_registers import write_registers

LEVELS = {"0010": "compulsory", "3970": "upper_secondary", "5166": "vocational", "6519": "higher"}
CANARY = "314159265358"


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("covariates")
    write_registers(folder, persons=900, participants=60, seed=8, formats=["parquet"])

    def read(register):
        return read_register(folder, register=register).data

    def events(register, column):
        return read(register).rename(columns={column: "date"})[["pnr", "date"]]

    bef = read("bef")
    kin = bef.drop_duplicates("pnr")[["pnr", "mor_id", "far_id"]]
    people = pd.concat(
        [
            pd.read_parquet(folder / f"{name}.parquet")[["pnr", "index_date"]]
            for name in ("participants", "comparison")
        ]
    ).drop_duplicates("pnr")
    wide = pd.read_parquet(folder / "dream.parquet")
    weeks = [c for c in wide if c.startswith("y_")]
    return {
        "people": people.merge(kin, on="pnr", how="left"),
        "wide": ips.dream.read(folder / "dream.parquet", columns=weeks).data,
        "jobs": read("bfl"),
        "events": {
            "psych": pd.concat([events("psyk_adm", "d_inddto"), events("lpr3_kontakter", "dato_start")]),
            "medicine": events("lmdb", "eksd"),
            "charge": events("krsi", "sig_sigtdto"),
            "decision": events("kraf", "afg_afgoedto"),
            "care": events("bua", "anb_start"),
        },
        "latest": {
            "education": ips.highest_education(read("udda"), levels=LEVELS),
            "grade": read("udfk").rename(columns={"bevisdato": "date", "karakter": "value"}),
            "children": ips.own_children(bef),
            "visitation": ips.visitation_groups(wide.rename(columns={"PNR": "pnr"})),
        },
    }


def made(given):
    return ips.covariates(
        given["people"], dream=ips.dream.spells(given["wide"]), jobs=given["jobs"], events=given["events"],
        latest=given["latest"], parents={"mother": "mor_id", "father": "far_id"},
    )  # fmt: skip


def blind_from(people):
    """The day from which nothing of a person may matter: the last index date that looks at them."""
    sides = [people[["pnr", "index_date"]]]
    for parent in ("mor_id", "far_id"):
        sides.append(people[[parent, "index_date"]].rename(columns={parent: "pnr"}))
    return pd.concat(sides).dropna().groupby("pnr")["index_date"].max()


def changed_dates(frame, column, limit, rng):
    """Drop half of what is dated at or after the limit, move the rest on, and add new rows there."""
    late = (frame[column] >= frame["pnr"].map(limit)).to_numpy()
    gone = late & (rng.random(len(frame)) < 0.5)
    moved = frame.copy()
    moved.loc[late, column] = moved.loc[late, column] + pd.Timedelta(days=400)
    if "value" in frame:
        moved.loc[late, "value"] = (
            frame["value"].iloc[rng.integers(0, len(frame), int(late.sum()))].to_numpy()
        )
    more = frame.sample(min(len(limit), len(frame)), random_state=3).copy()
    more["pnr"] = rng.choice(limit.index, len(more))
    more[column] = more["pnr"].map(limit) + pd.to_timedelta(rng.integers(0, 900, len(more)), unit="D")
    if "value" in frame:
        more = more.drop_duplicates(["pnr", column])
        more = more[~more.set_index(["pnr", column]).index.isin(moved.set_index(["pnr", column]).index)]
    return pd.concat([moved[~gone], more], ignore_index=True)


def test_nothing_dated_at_or_after_the_index_date_changes_any_covariate(given):
    rng = np.random.default_rng(1)
    limit = blind_from(given["people"])
    wide = given["wide"].copy()
    names = [c for c in wide if c.startswith("y_")]
    first_blind = (
        wide["pnr"].map(pd.Series(week_of_date(limit.to_numpy()), index=limit.index)).fillna(0).to_numpy()
    )
    for name in names:
        late = week_from_yyww(name.removeprefix("y_")) >= first_blind
        wide.loc[late, name] = rng.choice(
            np.array([0, 111, 651, 720, 783, 997, 999], "int16"), int(late.sum())
        )
    month = limit.dt.to_period("M").dt.to_timestamp()
    jobs = given["jobs"]
    late_jobs = (jobs["ajo_job_slut_dato"] >= jobs["pnr"].map(month)).to_numpy()
    jobs = jobs.assign(ajo_loentimer=jobs["ajo_loentimer"].where(~late_jobs, 99.0))[
        ~late_jobs | (np.arange(len(jobs)) % 3 > 0)
    ]
    other = {
        "people": given["people"], "wide": wide, "jobs": jobs,
        "events": {k: changed_dates(v, "date", limit, rng) for k, v in given["events"].items()},
        "latest": {k: changed_dates(v, "date", limit, rng) for k, v in given["latest"].items()},
    }  # fmt: skip
    before, after = made(given), made(other)
    pd.testing.assert_frame_equal(before, after)
    assert not wide.equals(given["wide"])
    # The same changes a day too early are seen, so the test can fail.
    earlier = limit - pd.Timedelta(days=700)
    seen = made({**given, "events": {k: changed_dates(v, "date", earlier, rng) for k, v in given["events"].items()},
                 "latest": {k: changed_dates(v, "date", earlier, rng) for k, v in given["latest"].items()}})  # fmt: skip
    for column in (
        "psych_1y",
        "charge_3y",
        "education",
        "children",
        "visitation",
        "mother_psych_ever",
        "mother_education",
    ):
        assert not before[column].equals(seen[column]), column


def test_every_kind_of_covariate_is_there_and_means_what_it_says(given):
    found = made(given).set_index("pnr")
    assert {"grade", "education", "children", "visitation", "mother_education", "father_education"} <= set(
        found
    )
    assert {
        "mother_weeks_kontanthjaelp_1y",
        "father_psych_1y",
        "medicine_1y",
        "care_ever",
        "decision_5y",
    } <= set(found)
    assert set(found["education"].dropna()) <= set(LEVELS.values())
    assert found["father_education"].isna().any()
    for person in found.index[:40]:
        index = given["people"].set_index("pnr").loc[person, "index_date"]
        care = given["events"]["care"]
        assert found.loc[person, "care_ever"] == ((care["pnr"] == person) & (care["date"] < index)).sum()
        children = given["latest"]["children"]
        mine = children[(children["pnr"] == person) & (children["date"] < index)]["value"]
        assert found.loc[person, "children"] == mine.max() or (
            pd.isna(found.loc[person, "children"]) and not len(mine)
        )


def test_a_child_born_on_the_index_date_and_a_group_of_the_running_quarter_do_not_count():
    bef = pd.DataFrame(
        {"pnr": ["c1", "c2", "c3", "p"], "foed_dag": pd.to_datetime(["2019-05-01", "2021-03-01", "2021-03-02", "1995-01-01"]),
         "mor_id": ["p", "p", "p", None], "far_id": [None, "q", "", None]}
    )  # fmt: skip
    children = ips.own_children(pd.concat([bef, bef]))
    assert children[children["pnr"] == "p"]["value"].tolist() == [1, 2, 3]
    assert children["pnr"].tolist() == ["p", "p", "p", "q"]
    dream = pd.DataFrame({"pnr": ["p"], "visit04kv2020": ["2"], "VISIT01KV2021": ["1"], "y_2101": [720]})
    groups = ips.visitation_groups(dream)
    assert groups["value"].tolist() == ["2", "1"]
    people = pd.DataFrame({"pnr": ["p", "q"], "index_date": ["2021-03-01", "2021-03-31"]})
    spells = ips.dream.spells(dream[["pnr", "y_2101"]])
    found = ips.covariates(people, dream=spells, latest={"children": children, "group": groups})
    assert found["children"].tolist() == [1.0, 1.0]
    assert found["group"].tolist()[0] == "2"
    assert pd.isna(found["group"][1])


def test_registers_that_cannot_be_used_are_told_without_values():
    people = pd.DataFrame({"pnr": ["p"], "index_date": ["2021-03-01"]})
    spells = ips.dream.spells(pd.DataFrame({"pnr": ["p"], "y_2101": [720]}))
    two = pd.DataFrame({"pnr": ["p", "p"], "date": ["2021-01-01"] * 2, "value": [CANARY, "b"]})
    with pytest.raises(DesignError, match=r"1 person.* two different values") as refusal:
        ips.covariates(people, dream=spells, latest={"grade": two})
    assert CANARY not in str(refusal.value)
    with pytest.raises(DesignError, match="'value' is not a column"):
        ips.covariates(people, dream=spells, latest={"grade": two[["pnr", "date"]]})
    udda = pd.DataFrame({"pnr": ["p"], "hfaudd": [CANARY], "hf_vfra": ["2015-01-01"]})
    with pytest.raises(DesignError, match="code of 1 of 1") as refusal:
        ips.highest_education(udda, levels=LEVELS)
    assert CANARY not in str(refusal.value)
    with pytest.raises(DesignError, match="visitQQkvYYYY"):
        ips.visitation_groups(pd.DataFrame({"pnr": ["p"]}))
