import traceback

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.core.errors import SchemaError
from ipseval.loading.codebook import Codebook, Variable
from ipseval.loading.listing import validation_text
from ipseval.loading.schema_use import apply_schema
from ipseval.loading.validation import validate
from loading_schema.surveys import CANARY, CANARY_NUMBER, SMALL, good, schema, survey


@pytest.fixture
def small(tmp_path):
    return schema(tmp_path, SMALL)


def rules(problems):
    return {(p.column, p.rule): p.n_rows for p in problems}


def changed(**columns):
    return survey({**good(), **columns})


def test_a_good_file_has_no_problems(small):
    assert validate(survey(good()), small) == ()
    assert validation_text((), file="start.csv") == "start.csv meets its schema."


@pytest.mark.parametrize(
    ("column", "values", "rule", "n"),
    [
        ("koen", [1, 2, 3, 7], "categories", 2),
        ("koen", [1, 2, "manden", "kv."], "unknown_words", 2),
        ("koen", [1.0, 1.5, 2.0, 2.0], "whole", 1),
        ("koen", [1.0, 2.0, 1e300, 1.0], "whole", 1),
        ("koen", [1.0, 2.0, np.inf, 1.0], "unknown_words", 1),
        ("timer", [1.0, 2.0, np.inf, 1.0], "number", 1),
        ("alder", [14, 29, 30, 31], "maximum", 2),
        ("alder", [14, 29, 15, 16], "minimum", 1),
        ("alder", ["20", "ca. 15", "21", "tyve"], "number", 2),
        ("timer", ["1,5", "2.5", "3", None], "decimal_mark", 2),
        ("timer", ["1.234", "2", "3", None], "decimal_mark", 1),
        ("dato", ["2023-05-01", "05/31/2023", "32-01-2023", "snart"], "date", 3),
        ("dato", ["2022-12-31", "31-12-2022", "2023-01-01", None], "minimum", 2),
        ("id", ["a", "b", None, ""], "missing_id", 2),
        ("id", ["a", "a", "b", "b"], "duplicate_id", 4),
        ("id", [1.0, 1, "1", "2"], "duplicate_id", 3),
        ("kommentar", ["fint", "010190-1234", "se 0101901234!", "ingen"], "cpr_number", 2),
        ("id", ["0101901234", "b", "c", "d"], "cpr_number", 1),
        ("tal", [101901234, 3112991234, 12345678, 5], "cpr_number", 2),
        ("tal", pd.array([101901234, 3112991234, 101901235, 5]), "cpr_number", 3),
    ],
)
def test_each_problem_is_counted_in_rows(small, column, values, rule, n):
    found = rules(
        validate(
            changed(**{column: pd.Series(values, dtype=object if isinstance(values, list) else None)}), small
        )
    )
    assert found[(column, rule)] == n


@pytest.mark.parametrize(
    ("constraint", "kind", "values", "rule", "n"),
    [
        ("{required: true}", "string", ["a", None, "", "b"], "required", 2),
        ("{unique: true}", "string", ["a", "a", None, None], "unique", 2),
        ("{enum: [a, b]}", "string", ["a", "b", "c", None], "enum", 1),
        ("{enum: [1, 2]}", "integer", [1, 2, 3, None], "enum", 1),
        ("{pattern: 'x[0-9]'}", "string", ["x1", "x12", "ax1", "x1\n"], "pattern", 2),
        (
            "{maximum: '2023-05-31'}",
            "datetime",
            ["2023-05-31 23:59", "2023-06-01 00:00", None, None],
            "maximum",
            1,
        ),
        ("{minimum: -1.5}", "number", [-1.5, -1.6, 0, None], "minimum", 1),
    ],
)
def test_each_constraint(tmp_path, constraint, kind, values, rule, n):
    found = schema(tmp_path, f"fields:\n  - {{name: v, type: {kind}, constraints: {constraint}}}\n")
    assert rules(validate(survey({"v": pd.Series(values, dtype=object)}), found)) == {("v", rule): n}


def test_booleans_and_codes_of_text(tmp_path):
    found = schema(
        tmp_path,
        "fields:\n  - {name: v, type: boolean}\n  - {name: k, categories: [{value: m, label: Mand}, {value: k}]}\n",
    )
    columns = {"v": ["ja", "Nej", "true", "måske"], "k": ["m", "MAND", "k", "x"]}
    assert rules(validate(survey(columns), found)) == {
        ("v", "boolean"): 1,
        ("k", "categories"): 1,
        ("k", "words"): 1,
    }


def test_long_serial_numbers_are_no_personal_numbers(small):
    serials = pd.array([101901234, 7_777_777_777, 8_888_888_888, 9_999_999_999])
    assert validate(changed(id=serials), small) == ()


def test_a_required_answer_is_only_required_of_those_who_were_asked(tmp_path):
    text = """
fields:
  - {name: a, type: integer, categories: [0, 1]}
  - {name: b, type: integer, askedIf: {column: a, in: [1]}, constraints: {required: true}}
"""
    found = schema(tmp_path, text)
    columns = {"a": [1.0, 1.0, 0.0, np.nan], "b": [5.0, np.nan, np.nan, np.nan]}
    assert rules(validate(survey(columns), found)) == {("b", "required"): 2}


def test_a_composite_key(tmp_path):
    found = schema(tmp_path, "primaryKey: [id, wave]\nfields:\n  - {name: id}\n  - {name: wave}\n")
    ok = survey({"id": ["a", "a", "b"], "wave": ["1", "2", "1"]})
    assert validate(ok, found) == ()
    bad = survey({"id": ["a", "a", "b"], "wave": ["1", "1", None]})
    assert rules(validate(bad, found)) == {("id + wave", "missing_id"): 1, ("id + wave", "duplicate_id"): 2}


def test_a_missing_column_is_offered_by_name_and_by_label(small):
    columns = good()
    book = Codebook(
        {"s_1": Variable("s_1", {"da": "Alder"}), "job2": Variable("job2", {"da": "Noget andet"})}
    )
    columns["s_1"], columns["job2"] = columns.pop("alder"), columns.pop("job")
    found = {p.column: p.message for p in validate(survey(columns, codebook=book), small)}
    assert "'s_1' (its label is like the title)" in found["alder"]
    assert "'job2'" in found["job"]
    assert "aliases" in found["job"]
    assert "'s_1', 'job2'" in found[""]


def test_a_wave_with_other_column_names_is_told_in_one_go(small):
    names = dict(zip(good(), ["nummer", "q1", "q2", "q3", "q4", "q5"], strict=True))
    other = survey(pd.DataFrame(good()).rename(columns=names))
    (problem,) = validate(other, small)
    assert (problem.rule, problem.level) == ("no_columns", "error")
    assert "first row" in problem.message


def test_without_a_header_row_nobody_is_shown_as_a_column_name(small):
    rows = {CANARY: ["b"], "id": ["c"], "010190-1234": ["d"], "x": ["e"]}
    text = validation_text(validate(survey(rows), small))
    assert CANARY not in text
    assert "010190" not in text


def test_a_wave_of_which_only_the_id_and_one_column_are_known_shows_its_names(small):
    columns = {"id": ["a", "b"], "alder": [20, 21], **{f"q{i}": [1, 2] for i in range(12)}}
    found = {p.rule: p.message for p in validate(survey(columns), small)}
    assert "'q0', 'q1'" in found["column_unknown"]
    assert "and more" in found["column_unknown"]


def test_a_column_name_that_stands_twice(small):
    frame = pd.DataFrame(good())
    frame.insert(2, "koen", frame["koen"], allow_duplicates=True)
    data = survey(good())
    twice = type(data)(
        frame, frame.isna().astype(object).where(frame.isna(), None), data.codebook, data.report
    )
    (problem,) = validate(twice, small)
    assert (problem.rule, problem.level) == ("column_doubled", "error")
    assert "'koen'" in problem.message


def test_an_empty_file(small):
    empty = survey({c: v[:0] for c, v in good().items()})
    assert rules(validate(empty, small)) == {("", "no_rows"): 0}


def test_answers_to_questions_that_were_not_asked_are_a_warning(small):
    problems = validate(changed(timer=[37.5, 3.0, 20.0, np.nan]), small)
    assert [(p.level, p.column, p.rule, p.n_rows) for p in problems] == [
        ("warning", "timer", "answered_not_asked", 1)
    ]


def test_words_of_another_code_show_a_turned_coding(small):
    turned = Codebook({"koen": Variable("koen", values={"1": {"da": "kvinde"}, "2": {"da": "Mand"}})})
    problems = validate(survey(good(), codebook=turned), small)
    assert [(p.level, p.rule) for p in problems] == [("error", "labels_turned")]
    assert "1, 2" in problems[0].message
    other_words = Codebook({"koen": Variable("koen", values={"1": {"da": "Dreng"}, "2": {"da": "Pige"}})})
    assert validate(survey(good(), codebook=other_words), small) == ()


def test_level_of_a_field_makes_its_breaches_warnings(tmp_path):
    found = schema(
        tmp_path, "fields:\n  - {name: a, type: integer, level: warning, constraints: {minimum: 3}}\n"
    )
    (problem,) = validate(survey({"a": [1, 5]}), found)
    assert problem.level == "warning"


def broken_everywhere():
    return {
        "id": ["a", "a", None, "d"],
        "koen": [1, CANARY, CANARY_NUMBER, "Mand"],
        "alder": [20, CANARY, CANARY_NUMBER, 3],
        "timer": ["1,5", "2.5", CANARY, None],
        "dato": [CANARY, "2020-01-01", None, "2023-01-01"],
        "kommentar": [f"{CANARY} 010190-1234", None, "x", "y"],
        "ekstra": [CANARY, "a", "b", "c"],
    }


def test_all_problems_at_once_and_no_value_in_any_of_them(small):
    broken = survey(broken_everywhere())
    problems = validate(broken, small)
    assert len(rules(problems)) == len(problems)
    assert rules(problems) == {
        ("id", "missing_id"): 1,
        ("id", "duplicate_id"): 2,
        ("koen", "categories"): 1,
        ("koen", "unknown_words"): 1,
        ("job", "column_missing"): 0,
        ("alder", "number"): 1,
        ("alder", "minimum"): 1,
        ("alder", "maximum"): 1,
        ("timer", "number"): 1,
        ("timer", "decimal_mark"): 2,
        ("dato", "date"): 1,
        ("dato", "minimum"): 1,
        ("", "column_unknown"): 0,
        ("koen", "words"): 1,
        ("kommentar", "cpr_number"): 1,
    }
    text = validation_text(problems, file="start.csv")
    levels = [p.level for p in problems]
    assert levels == sorted(levels)
    for told in (text, repr(problems), repr(broken)):
        for secret in (CANARY, str(CANARY_NUMBER), "010190"):
            assert secret not in told


def test_the_refusal_and_its_traceback_show_no_value(small):
    with pytest.raises(SchemaError) as caught:
        apply_schema(survey(broken_everywhere()), small)
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(error.__context__) + repr(error.__cause__)
    assert "column 'alder': 1 row(s) lie above the maximum 29" in told
    for secret in (CANARY, str(CANARY_NUMBER), "010190"):
        assert secret not in told


def test_every_message_is_one_line_that_says_what_to_do(small):
    for problem in validate(survey(broken_everywhere()), small):
        assert "\n" not in problem.message
        assert problem.message.endswith(".")
        assert ";" in problem.message or "," in problem.message
        if problem.n_rows:
            assert str(problem.n_rows) in problem.message


def test_the_listing_names_what_was_not_checked(small):
    text = validation_text(validate(changed(koen=[1, 2, 3, 1]), small), file="x.sav", not_checked=["a/slut"])
    assert text.splitlines()[0] == "x.sav: 1 error(s), 0 warning(s)."
    assert "[categories]" in text
    assert text.endswith("ties to a/slut.")


def test_columns_with_the_same_problem_share_a_line(small):
    columns = {k: v for k, v in good().items() if k not in ("timer", "dato", "alder")}
    columns["aldre"] = [1, 2, 3, 4]
    problems = validate(survey(columns), small)
    text = validation_text(problems)
    assert "  - columns 'timer', 'dato': not in the file under any name like it" in text
    assert "  - column 'alder': not in the file; if it is 'aldre'" in text
    assert len([p for p in problems if p.rule == "column_missing"]) == 3


def test_a_column_named_as_the_title_of_a_field_is_offered(small):
    columns = {"Køn" if k == "koen" else k: v for k, v in good().items()}
    (problem,) = (p for p in validate(survey(columns), small) if p.rule == "column_missing")
    assert "if it is 'Køn', add that name under its 'aliases'" in problem.message


def test_neither_file_nor_schema_is_changed(small):
    data = survey(broken_everywhere())
    before = data.data.copy(deep=True)
    validate(data, small)
    apply_schema(data, small, on_problem="report")
    pd.testing.assert_frame_equal(data.data, before)


@settings(max_examples=25, deadline=None)
@given(
    codes=st.lists(
        st.one_of(st.none(), st.integers(-2, 11), st.sampled_from(["Mand", "1", "2,0", "x", "Ved ikke"])),
        min_size=1,
        max_size=12,
    ),
    order=st.randoms(use_true_random=False),
)
def test_counts_agree_with_the_definition_whatever_the_order(small_once, codes, order):
    shuffled = list(codes)
    order.shuffle(shuffled)
    found = []
    for column in (codes, shuffled):
        ids = [f"p{i}" for i in range(len(column))]
        book = rules(validate(survey({"id": ids, "koen": pd.Series(column, dtype=object)}), small_once))
        found.append({rule: n for (name, rule), n in book.items() if name == "koen"})
    assert found[0] == found[1]
    words = {"Mand", "1", "2,0", "Ved ikke"}
    outside = sum(isinstance(c, int) and c not in (1, 2, 8, 9) for c in codes)
    unknown = sum(isinstance(c, str) and c not in words for c in codes)
    assert found[0].get("categories", 0) == outside
    assert found[0].get("unknown_words", 0) == unknown


@pytest.fixture(scope="module")
def small_once(tmp_path_factory):
    return schema(tmp_path_factory.mktemp("schema"), SMALL)
