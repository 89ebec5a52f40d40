"""KOTRE's rows as enrolments."""

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError

CANARY = "314159265358"
LEVELS = {"1199": "ordinary", "1006": "preparatory"}


def rows(**change):
    return pd.DataFrame(
        {"pnr": ["a", "a", "b"], "elev3_vfra": ["2020-08-10", "2021-08-09", "2020-01-06"],
         "elev3_vtil": ["2021-06-25", "2022-12-31", None], "udd": ["1006", "1199", "1199"],
         "audd": ["0000", "9999", "1199"]} | change
    )  # fmt: skip


def test_levels_come_from_the_table_and_what_is_under_way_has_no_end():
    found = ips.enrolments(rows(), levels=LEVELS)
    assert found["level"].tolist() == ["preparatory", "ordinary", "ordinary"]
    assert found["to_date"].isna().tolist() == [False, True, True]
    assert found["from_date"].tolist() == [
        pd.Timestamp(d) for d in ("2020-08-10", "2021-08-09", "2020-01-06")
    ]
    assert (
        ips.enrolments(rows(), levels={"1006": "course"}, default="ordinary")["level"].tolist()[0] == "course"
    )


@pytest.mark.parametrize(
    ("change", "levels", "said"),
    [
        ({}, {"1006": "ordinary"}, "education code of 2 of 3"),
        ({"udd": [CANARY, "1199", "1199"]}, LEVELS, "education code of 1 of 3"),
        ({}, {"1199": "other"}, "levels='other' is not offered"),
        ({"elev3_vfra": [None, "2021-08-09", "2020-01-06"]}, LEVELS, "empty in 1 of 3"),
        ({"elev3_vtil": ["2019-01-01", None, None]}, LEVELS, "1 of 3 row"),
        ({"elev3_vtil": [CANARY, None, None]}, LEVELS, "no whole dates in some of 3"),
    ],
)
def test_rows_that_cannot_be_used_are_counted_never_shown(change, levels, said):
    with pytest.raises(DesignError, match=said) as refusal:
        ips.enrolments(rows(**change), levels=levels)
    assert CANARY not in str(refusal.value)


def test_the_invented_register_goes_all_the_way(tmp_path):
    ips.write_registers(tmp_path, persons=300, seed=3, formats=["parquet"])
    kotre = ips.read_register(tmp_path / "kotre2024.parquet", register="kotre").data
    education = ips.enrolments(kotre, levels=LEVELS)
    assert len(education) == len(kotre)
    people = pd.read_parquet(tmp_path / "participants.parquet")
    jobs = ips.read_register(tmp_path, register="bfl").data
    spells = ips.dream.spells(tmp_path / "dream.parquet")
    found = ips.employment(people, jobs=jobs, dream=spells, education=education, window=(-52, 52)).data
    grant = ips.employment(people, jobs=jobs, dream=spells, window=(-52, 52)).data
    # Enrolments and the grant's code tell the same weeks, since the invented lives are in both.
    assert found["weeks_ordinary_education"].add(found["weeks_preparatory_education"]).sum() > 0
    assert (found["weeks_worked"] == grant["weeks_worked"]).all()
