"""From files to persons: ids that are written differently, text where numbers are asked for."""

from pathlib import Path

import pandas as pd
import pytest

from ipseval.core.errors import SchemaError
from ipseval.loading.survey import Problem
from ipseval.study.people import _told, gather, read_inputs, select
from ipseval.study.plan import load_plan
from ipseval.study.runner import run_analyses

CANARY = "010190-1234"
PLAN = """
plan: two
title: T
inputs: {a: {file: a.csv, suffix: _a}, b: {file: b.csv, suffix: _b}}
DERIVED
bases: {everyone: {predicate: all}, old: {predicate: old, where: [WHERE]}}
results: {r: {verb: describe, base: everyone, with: {columns: [x_a]}}}
"""


def people(folder, a, b, *, derived="", where="{column: x_a, at_least: 2}"):
    text = PLAN.replace("DERIVED", derived).replace("WHERE", where)
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    for name, lines in (("a.csv", a), ("b.csv", b)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    plan = load_plan(folder)
    return plan, gather(plan, read_inputs(plan, folder))


def ids_of(folder, a, b):
    _, found = people(folder, ["id;x", *(f"{i};1" for i in a)], ["id;x", *(f"{i};2" for i in b)])
    return set(found.frame.index), int((found.frame["in_a"] & found.frame["in_b"]).sum())


def test_the_same_numbers_are_the_same_persons_whatever_a_file_stores_them_as(tmp_path):
    assert ids_of(tmp_path, ["1", "2"], ["1", "2", "A"]) == ({"1", "2", "A"}, 2)
    assert ids_of(tmp_path, ["1", "2"], ["1", "2,5"]) == ({"1", "2", "2.5"}, 1)


@pytest.mark.parametrize(
    ("a", "b"), [(["P1", "P2"], ["p1", "P2"]), (["001", "2"], ["1", "2"]), (["P 1"], ["P1"])]
)
def test_ids_that_differ_only_in_writing_are_refused_without_being_shown(tmp_path, a, b):
    with pytest.raises(
        SchemaError, match=r"^1 id\(s\) of input 'b' are those of input 'a' but for"
    ) as caught:
        ids_of(tmp_path, a, b)
    assert "P1" not in str(caught.value)


def test_ids_that_fold_alike_but_match_exactly_are_different_persons(tmp_path):
    assert ids_of(tmp_path, ["P1", "p1"], ["p1", "P1"]) == ({"P1", "p1"}, 2)


def test_blanks_around_an_id_make_no_second_person(tmp_path):
    frame = pd.DataFrame({"id": [" P1", "P2"], "x": [1, 2]})
    frame.to_excel(tmp_path / "b.xlsx", index=False)
    _, found = people(tmp_path, ["id;x", "P1;1", "P2;1"], ["id;x", "P1;1"])
    assert len(found.frame) == 2
    plan = load_plan(tmp_path)
    (tmp_path / "b.csv").unlink()
    assert set(gather(plan, read_inputs(plan, tmp_path)).frame.index) == {"P1", "P2"}
    pd.concat([frame, frame.assign(id=["P1", "P3"])]).to_excel(tmp_path / "b.xlsx", index=False)
    with pytest.raises(SchemaError, match=r"2 row\(s\) share their id with another but for blanks"):
        gather(plan, read_inputs(plan, tmp_path))


@pytest.mark.parametrize("operation", ["sum", "mean", "difference"])
def test_text_where_a_derived_column_needs_numbers_is_counted_and_never_shown(tmp_path, operation):
    derived = f"derived: {{d: {{operation: {operation}, columns: [t_a, x_a]}}}}"
    with pytest.raises(SchemaError) as caught:
        people(tmp_path, ["id;x;t", f"1;1;{CANARY}", "2;2;3"], ["id;x", "1;1"], derived=derived)
    assert "derived.d: column 't_a' has 1 row(s) that are not numbers" in str(caught.value)
    assert CANARY not in "".join(map(str, (caught.value, caught.value.__cause__, caught.value.__context__)))


def test_a_limit_on_a_text_column_is_one_sentence(tmp_path):
    plan, found = people(
        tmp_path, ["id;x;t", f"1;1;{CANARY}", "2;2;3"], ["id;x", "1;1"], where="{column: t_a, at_least: 2}"
    )
    with pytest.raises(SchemaError, match=r"bases.old: column 't_a' has 1 row\(s\) that are not numbers"):
        select(found, plan.bases["old"])


def test_limits_hold_numbers_and_dates_and_leave_out_who_has_none(tmp_path):
    rows = ["id;x;day", "1;1;2024-01-31", "2;2;2024-02-01", "3;;"]
    plan, found = people(tmp_path, rows, ["id;x", "1;1"])
    assert list(select(found, plan.bases["old"]).index) == ["2"]
    plan, found = people(tmp_path, rows, ["id;x", "1;1"], where="{column: day_a, at_most: 2024-01-31}")
    assert list(select(found, plan.bases["old"]).index) == ["1"]


def test_a_plan_whose_optional_files_are_all_absent_says_so(tmp_path):
    plan, _ = people(tmp_path, ["id;x", "1;1"], ["id;x", "1;1"])
    with pytest.raises(SchemaError, match="no input that is there"):
        gather(plan, {})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("columns: [x_a]}", "columns: [x_a], colour: red}", "results.r: 'colour' is no option of describe"),
        ("columns: [x_a]}", "columns: [x_a], frame: x}", "results.r: 'frame' is no option of describe"),
        ("verb: describe", "verb: response", "results.r: response needs waves"),
        ("DERIVED", "tables: {t: {results: r, title: T, with: {lang: en}}}", "tables.t: 'lang' is no option of table"),
        ("DERIVED", "figures: {f: {results: r, draw: forest, title: T, with: {colour: red}}}",
         "figures.f: 'colour' is no option of forest"),
        ("DERIVED", "scores: [{instrument: who55, input: a, items: [x], coding: 0-5}]", "did you mean 'WHO5'"),
        ("DERIVED", "scores: [{instrument: reading, input: a, items: [x], coding: 0-5}]", "is no instrument"),
    ],
)  # fmt: skip
def test_what_a_plan_asks_of_a_verb_that_does_not_offer_it_is_told(tmp_path, monkeypatch, old, new, said):
    monkeypatch.setitem(globals(), "PLAN", PLAN.replace(old, new))
    with pytest.raises(SchemaError) as caught:
        run_analyses(*people(tmp_path, ["id;x", "1;1"], ["id;x", "1;1"]))
    assert said in str(caught.value)


def test_waves_are_columns_that_say_who_is_in_a_file(tmp_path, monkeypatch):
    asked = PLAN.replace("verb: describe", "verb: response").replace(
        "columns: [x_a]", "waves: {a: in_a, b: x_b}"
    )
    monkeypatch.setitem(globals(), "PLAN", asked)
    with pytest.raises(SchemaError, match="waves names 'x_b', which is not one of the columns"):
        run_analyses(*people(tmp_path, ["id;x", "1;1"], ["id;x", "1;1"]))


def test_columns_that_hold_words_for_codes_are_named_in_one_warning():
    problems = [Problem("warning", c, "words", 2, f"column {c!r}: 2 row(s) ...") for c in ("x", "y", "z")]
    (said,) = _told([*problems])
    assert (
        said
        == "3 column(s) hold the words of codes and are read as those codes (x, y, z); nothing needs doing."
    )


def test_a_question_called_as_a_score_is_told_to_take_another_name(tmp_path):
    scored = 'scores: [{instrument: WHO5, input: a, items: [who1, who2, who3, who4, who5], coding: "0-5"}]'
    first = ["id;x;who1;who2;who3;who4;who5", "p;1;1;2;3;4;5"]
    with pytest.raises(SchemaError, match=r"who5_a.*a question another name than that of a score"):
        people(tmp_path, first, ["id;x", "p;2"], derived=scored)


def test_the_small_plan_of_the_documentation_runs_as_it_stands(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "plan_format.md").read_text(encoding="utf-8")
    small = page.split("## A small plan")[1].split("```yaml\n")[1].split("```")[0]
    items = [f"who5_{k}" for k in range(1, 6)]
    fields = "".join(f"  - {{name: {c}, type: integer}}\n" for c in items)
    for wave in ("start", "end"):
        schema = f"name: my_study/{wave}\nprimaryKey: id\nfields:\n  - {{name: id, type: string}}\n{fields}"
        (tmp_path / f"{wave}.yaml").write_text(schema, encoding="utf-8")
        rows = [";".join(["id", *items]), "a;1;2;3;4;5", "b;0;1;1;2;2", "c;2;2;2;2;3"]
        (tmp_path / f"{wave}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(small, encoding="utf-8")
    plan = load_plan(tmp_path)
    frame = gather(plan, read_inputs(plan, tmp_path)).frame
    assert frame["who5_start"].tolist() == frame["who5_end"].tolist() == [60.0, 24.0, 44.0]


def test_a_score_is_missing_for_the_reason_that_its_answers_give(tmp_path):
    fields = "".join(
        f"  - {{name: w{k}, type: integer, constraints: {{minimum: 0, maximum: 5}}}}\n" for k in range(1, 6)
    )
    (tmp_path / "wave.yaml").write_text(
        f"name: x/a\nprimaryKey: id\nblank: not_answered\nfields:\n  - {{name: id, type: string}}\n{fields}",
        encoding="utf-8",
    )
    text = PLAN.replace("file: a.csv, ", "file: a.csv, schema: wave.yaml, ").replace("x_a", "who5_a")
    scored = 'scores: [{instrument: WHO5, input: a, items: [w1, w2, w3, w4, w5], coding: "0-5"}]'
    (tmp_path / "plan.yaml").write_text(
        text.replace("DERIVED", scored).replace("WHERE", "{column: who5_a, at_least: 2}"), encoding="utf-8"
    )
    (tmp_path / "a.csv").write_text("id;w1;w2;w3;w4;w5\np;1;1;2;3;4\nq;;;;;\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id;y\np;2\n", encoding="utf-8")
    plan = load_plan(tmp_path)
    found = run_analyses(plan, gather(plan, read_inputs(plan, tmp_path))).results["r"].extras["missing"]
    assert found[["reason", "n"]].values.tolist() == [["not_answered", 1]]
