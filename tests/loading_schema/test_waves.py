import pandas as pd
import pytest

from ipseval.core.errors import SchemaError
from ipseval.loading.listing import validation_text
from ipseval.loading.schema import load_schema
from ipseval.loading.schema_use import apply_schema
from ipseval.loading.validation import validate
from ipseval.loading.validation_waves import check_ties, unchecked
from loading_schema.surveys import CANARY, schema, survey

SLUT = """
name: small/slut
primaryKey: id
fields:
  - {name: id, aliases: [nr]}
  - {name: aar, type: integer}
  - {name: slut, type: date}
  - {name: besvaret, type: date, optional: true}
consistency:
  - {check: known, with: small/start}
  - {check: equal, column: aar, with: small/start, otherColumn: foedt, level: warning}
  - {check: notBefore, column: slut, with: small/start, otherColumn: start}
  - {check: notBefore, column: besvaret, otherColumn: slut}
"""


@pytest.fixture
def slut(tmp_path):
    return schema(tmp_path, SLUT)


def ends(**changes):
    return survey(
        {
            "nr": [1, 2, 3],
            "aar": [2001, 2002, 2003],
            "slut": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]),
            **changes,
        }
    )


def starts(**changes):
    return survey(
        {
            "id": ["1", "2", "3", "4"],
            "foedt": [2001, 2002, 2003, 2004],
            "start": ["2023-05-01", "01-05-2023", None, "2023-05-01"],
            **changes,
        }
    )


def found(problems):
    return [(p.level, p.column, p.rule, p.n_rows) for p in problems]


def test_waves_that_agree(slut):
    assert validate(ends(), slut, {"small/start": starts()}) == ()
    assert validate(ends(), slut, {"start": starts()}) == ()


def test_every_tie_is_checked_and_counted(slut):
    other = starts(
        id=["1", "2", "5", None], foedt=[2001, 2009, 2003, 1], start=["2023-05-01", "2024-02-02", None, None]
    )
    answered = ends(besvaret=["2024-01-01", "2024-01-31", None])
    assert found(validate(answered, slut, {"start": other})) == [
        ("error", "id", "known", 1),
        ("error", "slut", "notBefore", 1),
        ("error", "besvaret", "notBefore", 1),
        ("warning", "aar", "equal", 1),
    ]
    read = apply_schema(answered, slut, on_problem="report")
    assert sorted(found(check_ties(read, slut, {"start": other}))) == sorted(
        found(validate(answered, slut, {"start": other}))
    )


def test_ties_to_files_not_given_are_named(slut):
    assert validate(ends(), slut) == ()
    assert unchecked(slut, {}) == ("small/start",)
    assert unchecked(slut, {"start": starts()}) == ()


def test_a_wave_without_the_column_says_so(slut):
    other = starts().rename({"foedt": "foedtt", "start": "begyndt"})
    rules = found(validate(ends(), slut, {"start": other}))
    assert rules == [("error", "aar", "other_file", 0), ("error", "slut", "other_file", 0)]
    text = validation_text(validate(ends(), slut, {"start": other}))
    assert "did you mean 'foedtt'" in text


def test_numbers_in_order_and_doubled_persons_do_not_multiply(tmp_path):
    text = """
primaryKey: id
fields: [{name: id}, {name: trin, type: number}]
consistency: [{check: notBefore, column: trin, with: x, otherColumn: trin}]
"""
    tied = schema(tmp_path, text)
    here = survey({"id": ["a", "b", "c"], "trin": [1.0, 2.0, None]})
    there = survey({"id": ["a", "a", "b"], "trin": ["0", "9", "3"]})
    assert found(validate(here, tied, {"x": there})) == [("error", "trin", "notBefore", 1)]


def test_no_value_of_either_wave_is_told(slut):
    other = starts(id=[CANARY, "2", "3", "4"], foedt=[CANARY, 2002, 2009, 2004])
    with pytest.raises(SchemaError) as refused:
        apply_schema(ends(nr=[1, f"{CANARY}9", 3]), slut, others={"start": other})
    assert CANARY not in str(refused.value)
    assert "[known]" in str(refused.value)


def test_a_row_without_an_id_is_told_once(slut):
    rules = [p.rule for p in validate(ends(nr=[1, None, 3]), slut, {"start": starts()})]
    assert rules == ["missing_id"]


def test_ips_ung_ties_the_three_files():
    slut = load_schema("ips_ung/slut")
    assert unchecked(slut, {}) == ("ips_ung/registrering", "ips_ung/start")
    assert load_schema("ips_ung/registrering").consistency == ()
