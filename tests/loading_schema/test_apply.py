from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.core.errors import SchemaError
from ipseval.loading.codebook import AnswerSet, Codebook, MissingCode, Variable
from ipseval.loading.schema_use import apply_schema
from loading_schema.surveys import CANARY, SMALL, good, schema, survey


@pytest.fixture
def small(tmp_path):
    return schema(tmp_path, SMALL)


def listed(series):
    return [None if pd.isna(v) else v for v in series]


def test_types_words_roles_and_measure(small):
    done = apply_schema(survey(good()), small)
    assert {c: str(t) for c, t in done.data.dtypes.items()} == {
        "id": "str",
        "koen": "Int64",
        "alder": "Int64",
        "job": "Int64",
        "timer": "float64",
        "dato": "datetime64[us]",
    }
    book = done.codebook
    assert book.labels().value("koen", 2, "en") == "Woman"
    assert book.labels().name("alder", "da") == "Alder"
    assert (book["koen"].role, book["koen"].measure, book["id"].role) == ("background", "nominal", "id")
    assert list(done.data.columns) == list(done.reasons.columns)


def test_missing_codes_skip_logic_and_blanks_get_their_reasons(small):
    columns = {
        "id": ["a", "b", "c", "d", "e", "f"],
        "koen": [1, 9, 8, np.nan, "Ved ikke", "ubesvaret"],
        "alder": [20, 99, np.nan, 21, 22, 23],
        "job": [1, 0, 9, 1, 0, np.nan],
        "timer": [9.0, np.nan, np.nan, np.nan, 12.0, np.nan],
        "dato": [None] * 6,
    }
    done = apply_schema(survey(columns), small)
    assert listed(done.data["koen"]) == [1, None, None, None, None, None]
    assert listed(done.reasons["koen"]) == [
        None, "not_answered", "dont_know", "not_answered", "dont_know", "not_answered",
    ]  # fmt: skip
    assert listed(done.reasons["alder"]) == [None, "not_answered", "not_answered", None, None, None]
    # nine hours are hours; who was not asked is told apart from who left it blank, and from who is unknown
    assert listed(done.data["timer"]) == [9.0, None, None, None, 12.0, None]
    assert listed(done.reasons["timer"]) == [
        None, "not_asked", "system_missing", "not_answered", None, "system_missing",
    ]  # fmt: skip
    assert listed(done.codes["koen"]) == [None, 9, 8, None, "Ved ikke", "ubesvaret"]


def test_skip_logic_follows_a_chain(tmp_path):
    text = """
fields:
  - {name: a, type: integer, categories: [0, 1]}
  - {name: b, type: integer, categories: [0, 1], askedIf: {column: a, in: [1]}}
  - {name: c, type: integer, askedIf: {column: b, in: [1]}}
  - {name: d, type: integer, askedIf: [{column: a, in: [1]}, {column: b, in: [0, 1]}]}
"""
    columns = {c: [np.nan] * 4 for c in "abcd"} | {"a": [0, 1, 1, np.nan], "b": [np.nan, 0, 1, np.nan]}
    done = apply_schema(survey(columns), schema(tmp_path, text))
    assert listed(done.reasons["c"]) == ["not_asked", "not_asked", "system_missing", "system_missing"]
    assert listed(done.reasons["d"]) == ["not_asked", "system_missing", "system_missing", "system_missing"]


def test_the_schema_has_the_last_word_on_codes_the_file_set_aside(small):
    columns = {**good(), "koen": pd.array([1, pd.NA, pd.NA, pd.NA], dtype="Int64")}
    aside = {"koen": [None, 8.0, 2.0, 7.0]}
    book = Codebook({"koen": Variable("koen", missing=(MissingCode(2, 8, "not_answered"),))})
    done = apply_schema(survey(columns, codes=aside, codebook=book), small)
    assert listed(done.data["koen"]) == [1, None, 2, None]
    assert listed(done.reasons["koen"]) == [None, "dont_know", None, "system_missing"]
    assert listed(done.codes["koen"]) == [None, 8.0, None, 7.0]
    assert listed(done.restored("koen")) == [1, 8.0, 2, 7.0]


def test_words_that_the_file_set_aside_are_read_by_the_schema_too(small):
    columns = {**good(), "koen": pd.array([1, pd.NA, pd.NA, pd.NA], dtype="Int64")}
    done = apply_schema(survey(columns, codes={"koen": [None, "Ved ikke", "kvinde", "?"]}), small)
    assert listed(done.data["koen"]) == [1, None, 2, None]
    assert listed(done.reasons["koen"]) == [None, "dont_know", None, "system_missing"]


def test_reasons_of_the_file_are_kept_where_the_schema_says_nothing(small):
    data = survey({**good(), "timer": [5.0, np.nan, np.nan, np.nan]})
    data.reasons.loc[2, "timer"] = "not_relevant"
    done = apply_schema(data, small)
    assert listed(done.reasons["timer"]) == [None, "not_asked", "not_relevant", "not_asked"]


def test_aliases_and_letter_case_become_the_names_of_the_schema(small):
    columns = pd.DataFrame(good()).rename(columns={"id": "Respondent", "koen": "GENDER", "alder": "Alder"})
    book = Codebook({"GENDER": Variable("GENDER", {"da": "Kønnet"}), "Alder": Variable("Alder")})
    done = apply_schema(survey(columns, codebook=book), small)
    assert list(done.data.columns) == list(good())
    assert set(done.codebook.variables) == set(good())


def test_words_become_codes_and_it_is_told(small):
    done = apply_schema(survey({**good(), "koen": ["mand", "Woman", " KVINDE ", "1"]}), small)
    assert listed(done.data["koen"]) == [1, 2, 2, 1]
    assert [(p.level, p.rule, p.n_rows) for p in done.report.problems] == [("warning", "words", 3)]


def test_columns_the_schema_does_not_know_stay_with_their_words(small):
    book = Codebook(
        {"ekstra": Variable("ekstra", {"da": "Ekstra"}), "koen": Variable("koen")},
        {"s": AnswerSet("s", ("ekstra",))},
    )
    done = apply_schema(survey({**good(), "ekstra": [1, 2, 3, 4]}, codebook=book), small)
    assert list(done.data["ekstra"]) == [1, 2, 3, 4]
    assert done.codebook["ekstra"].label == {"da": "Ekstra"}
    assert done.codebook.sets["s"].columns == ("ekstra",)


def test_sets_come_along_only_when_whole(tmp_path):
    text = "fields: [{name: a, type: integer}, {name: b, type: integer, optional: true}]\n"
    found = schema(tmp_path, text + "sets: [{name: ab, columns: [a, b], title: Begge}]\n")
    assert set(apply_schema(survey({"a": [1], "b": [0]}), found).codebook.sets) == {"ab"}
    assert apply_schema(survey({"a": [1]}), found).codebook.sets == {}


def test_report_mode_loses_nothing(small):
    columns = {**good(), "alder": ["20", CANARY, "99", "31"], "koen": [1, 7, 2, 9]}
    done = apply_schema(survey(columns), small, on_problem="report")
    assert list(done.data["alder"]) == columns["alder"]
    assert done.codebook["alder"].type == "string"
    assert listed(done.data["koen"]) == [1, 7, 2, None]
    assert {p.rule for p in done.report.problems} == {"number", "maximum", "categories"}
    with pytest.raises(SchemaError) as refused:
        apply_schema(survey(columns), small)
    for rule in ("number", "maximum", "categories"):
        assert f"[{rule}]" in str(refused.value)
    with pytest.raises(SchemaError, match="on_problem='warn' is not offered"):
        apply_schema(survey(columns), small, on_problem="warn")


def test_a_second_application_changes_nothing(small):
    columns = {**good(), "koen": [1, 9, 8, np.nan], "timer": [1.0, np.nan, np.nan, np.nan]}
    once = apply_schema(survey(columns), small)
    twice = apply_schema(once, small)
    pd.testing.assert_frame_equal(once.data, twice.data)
    pd.testing.assert_frame_equal(once.reasons, twice.reasons)
    pd.testing.assert_frame_equal(once.codes, twice.codes)
    assert once.codebook == twice.codebook


def test_ids_are_text_however_they_were_stored(small):
    for ids in ([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4], [" 1", "2 ", "3", "4"]):
        done = apply_schema(survey({**good(), "id": ids}), small)
        assert list(done.data["id"]) == ["1", "2", "3", "4"]
    long = [2**60 + i for i in range(4)]
    assert list(apply_schema(survey({**good(), "id": long}), small).data["id"]) == [str(i) for i in long]
    kept = apply_schema(survey({**good(), "id": ["007", "7", "7.0", "x"]}), small)
    assert list(kept.data["id"]) == ["007", "7", "7.0", "x"]


@settings(max_examples=25, deadline=None)
@given(
    answers=st.lists(
        st.tuples(st.sampled_from([None, 0, 1, 8, 9]), st.one_of(st.none(), st.floats(0, 60))),
        min_size=1,
        max_size=8,
    )
)
def test_an_answer_or_a_reason_never_both_never_neither(small_once, answers):
    job, hours = zip(*answers, strict=True)
    n = len(answers)
    columns = {
        "id": [str(i) for i in range(n)],
        "koen": [1] * n,
        "alder": [20] * n,
        "job": pd.Series(job, dtype=object),
        "timer": pd.Series(hours, dtype=object),
        "dato": [None] * n,
    }
    done = apply_schema(survey(columns), small_once)
    for column in done.data:
        assert (done.data[column].isna() == done.reasons[column].notna()).all(), column
    blank = pd.Series(hours, dtype=object).isna()
    no_job = pd.Series(job, dtype=object) == 0
    assert (
        done.reasons["timer"].eq("not_asked").fillna(False).to_numpy() == (blank & no_job).to_numpy()
    ).all()


@pytest.fixture(scope="module")
def small_once(tmp_path_factory):
    return schema(tmp_path_factory.mktemp("schema"), SMALL)


def test_dates_in_every_form_a_reader_may_give(small):
    forms = [date(2023, 5, 1), datetime(2023, 5, 1, 12, 30), "01.05.2023", "2023-05-01T08:00"]
    done = apply_schema(survey({**good(), "dato": forms}), small)
    assert list(done.data["dato"].dt.strftime("%d-%m-%Y %H:%M")) == ["01-05-2023 00:00"] * 4
