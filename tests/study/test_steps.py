"""A person mends a plan in one go: every step that fails is told, with the file and its place in it."""

import pytest

from ipseval.core.errors import IpsevalError, SchemaError
from ipseval.core.labels import Labels
from ipseval.study.people import gather, read_inputs
from ipseval.study.plan import load_plan
from ipseval.study.report import build_report, make_outcome
from ipseval.study.runner import run_analyses
from ipseval.study.steps import column_hint

CANARY = "010190-1234"
PLAN = """
plan: mine
title: T
inputs: {a: {file: a.csv, suffix: _a}}
DERIVED
bases: {all: {predicate: all}, old: {predicate: old, where: [{column: t_a, at_least: 2}]}}
results:
  first: {verb: change, base: all, with: {before: t_a, after: x_a}}
  second: {verb: change, base: all, with: {before: x_a, after: t_a}}
  third: {verb: describe, base: old, with: {columns: [x_a]}}
  fourth: {verb: triangulate, base: all, with: {results: [first]}}
  fifth: {verb: describe, base: all, with: {columns: [x_a]}}
TABLES
"""


@pytest.fixture
def written(tmp_path):
    def write(text, **parts):
        for name in ("DERIVED", "TABLES"):
            text = text.replace(name, parts.get(name.lower(), ""))
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "plan.yaml").write_text(text, encoding="utf-8")
        (folder / "a.csv").write_text(f"id;x;y;t\n1;1;2;{CANARY}\n2;2;2;3\n3;4;1;2\n", encoding="utf-8")
        return load_plan(folder), folder

    return write


def test_every_step_that_fails_is_told_with_its_file_and_what_rests_on_it_is_not_tried(written):
    plan, folder = written(PLAN)
    with pytest.raises(IpsevalError) as caught:
        make_outcome(plan, folder)
    head, *lines = str(caught.value).splitlines()
    assert head == "mine/plan.yaml: 3 step(s) of the plan could not be done:"
    assert [line.split(":")[0].strip(" -") for line in lines] == [
        "bases.old",
        "results.first",
        "results.second",
    ]
    assert all(CANARY not in line for line in lines)


def test_scores_and_derived_columns_that_fail_are_told_together(written):
    derived = """
scores:
  - {instrument: WHO5, input: a, items: [x, y], coding: "0-5"}
  - {instrument: GAD7, input: a, items: [x], coding: "0-3"}
"""
    plan, folder = written(PLAN, derived=derived)
    with pytest.raises(IpsevalError) as caught:
        make_outcome(plan, folder)
    assert "3 step(s)" in str(caught.value)
    assert "bases.old: " in str(caught.value)
    assert "scores[0], WHO5 of a: " in str(caught.value)
    assert "scores[1], GAD7 of a: " in str(caught.value)


def test_a_table_that_cannot_be_made_names_itself(written):
    tables = "tables: {one: {results: fifth, title: T, with: {select: {outcome: no}}}, two: {results: fifth, title: T, with: {select: {outcome: way}}}}"
    bad = PLAN[: PLAN.index("  first:")] + PLAN[PLAN.index("  fifth:") :]
    bad = bad.replace(", old: {predicate: old, where: [{column: t_a, at_least: 2}]}", "")
    plan, folder = written(bad, tables=tables)
    outcome = make_outcome(plan, folder)
    with pytest.raises(IpsevalError, match=r"2 step\(s\).*\n  - tables.one: .*\n  - tables.two: "):
        build_report(outcome, lang="da", banner="")


def test_an_instrument_that_is_none_is_told_with_all_other_faults_and_where_to_look(written):
    derived = "scores: [{instrument: who55, input: b, items: [x], coding: 0-5}]"
    with pytest.raises(SchemaError) as caught:
        written(PLAN, derived=derived)
    said = str(caught.value)
    assert "2 problem(s)" in said
    assert (
        "scores[0]: 'who55' is no instrument: did you mean 'WHO5'? `ipseval instruments` lists them" in said
    )


def test_misused_options_and_absent_columns_are_told_together(written):
    plan, folder = written(PLAN.replace("columns: [x_a]}", "columns: [z_a], colour: red}"))
    with pytest.raises(SchemaError) as caught:
        run_analyses(plan, gather(plan, read_inputs(plan, folder)))
    said = str(caught.value)
    assert said.startswith("mine/plan.yaml: 2 option(s) or column(s) are misused and 1 column(s) are not in")
    assert "results.third: 'z_a' is not a column: did you mean" in said


@pytest.mark.parametrize("asked", ["Køn", "køn_start", "Koen", "koen_start"])
def test_a_column_is_offered_by_its_title(asked):
    labels = Labels({"sex_start": {"da": "Køn", "en": "Gender"}, "age_start": {"da": "Alder"}})
    assert "did you mean 'sex_start'" in column_hint(asked, ["age_start", "sex_start", "k_start"], labels)


@pytest.mark.parametrize("asked", ["Køn", "køn_start", "Koen", "kon_start"])
def test_a_column_is_offered_for_its_danish_spelling(asked):
    assert "did you mean 'koen_start'" in column_hint(asked, ["alder_start", "koen_start"], Labels())
