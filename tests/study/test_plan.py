import pytest

from ipseval.core.errors import SchemaError
from ipseval.study.plan import load_plan, packaged_plans

SMALL = """
plan: small
title: {da: "Lille", en: "Small"}
inputs: {start: {file: start.csv, suffix: _start}}
bases: {all: {predicate: {da: "alle", en: "all"}, answered: [start]}}
results: {koen: {verb: describe, base: all, with: {columns: [koen_start]}}}
"""


def plan_from(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


def test_every_packaged_plan_reads():
    assert "ips_ung" in packaged_plans()
    for name in packaged_plans():
        assert load_plan(name).id == name


def test_a_small_plan_reads(tmp_path):
    plan = plan_from(tmp_path, SMALL)
    assert plan.analyses["koen"].options == {"columns": ["koen_start"]}
    assert load_plan(tmp_path).id == "small", "a folder with plan.yaml is a plan too"


def test_an_unknown_plan_offers_near_names():
    with pytest.raises(SchemaError, match="did you mean 'ips_ung'"):
        load_plan("ips_ugn")


def test_all_faults_of_a_plan_are_told_at_once(tmp_path):
    broken = (
        SMALL.replace("verb: describe", "verb: descrbe")
        .replace("base: all", "base: al")
        .replace("answered: [start]", "answered: [strat]")
        + "tabels: {}\n"
    )
    with pytest.raises(SchemaError) as caught:
        plan_from(tmp_path, broken)
    assert "'tabels' is unknown: did you mean 'tables'" in str(caught.value)
    with pytest.raises(SchemaError) as caught:
        plan_from(tmp_path, broken.replace("tabels: {}\n", ""))
    said = str(caught.value)
    assert "3 problem(s)" in said
    assert "did you mean 'describe'" in said
    assert "did you mean 'start'" in said


def test_a_public_verb_that_plans_do_not_offer_is_told_apart_from_a_typo(tmp_path):
    with pytest.raises(
        SchemaError, match=r"'histogram' is public, but plans do not offer it: see VERBS in study"
    ):
        plan_from(tmp_path, SMALL.replace("verb: describe", "verb: histogram"))


def test_malformed_yaml_names_the_line(tmp_path):
    with pytest.raises(SchemaError, match="line 3"):
        plan_from(tmp_path, "plan: x\ntitle: y\n  inputs: {\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("scores: {a: 1}", "scores: must be a list"),
        ("derived: [1]", "derived: must be a mapping"),
        ("derived: {d: {operation: difference, columns: [a]}}", "'difference' takes 2 column"),
        ("derived: {d: {operation: sum, columns: a}}", "derived.d.columns: must be a list"),
        ("report: text", "report: must be a list"),
        ("labels: [1]", "labels: must be a mapping"),
        ("values: {x: [1]}", "values.x: must be a mapping"),
        ("cohort: schema", "did you mean 'schemas'"),
        ("tables: {'../../t': {results: koen, title: T}}", "must be named with a-z"),
        ("figures: {'../../f:x': {results: koen, draw: forest, title: T}}", "must be named with a-z"),
        ("figures: {f: {results: [], draw: forest, title: T}}", "names no results"),
        ("tables: {t: {results: koen, title: T}}\nfigures: {t: {results: koen, title: T}}", "name of a table too"),
        ("tables: {t: {results: koen, title: T, with: [1]}}", "tables.t.with: must be a mapping"),
    ],
)  # fmt: skip
def test_a_part_of_another_kind_is_a_fault_and_no_traceback(tmp_path, line, said):
    with pytest.raises(SchemaError) as caught:
        plan_from(tmp_path, f"{SMALL}{line}\n")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("answered: [start]", "answered: start", "bases.all.answered: must be a list"),
        ("answered: [start]", "where: {column: x}", "bases.all.where: must be a list"),
        ("answered: [start]", "where: [{column: x, in: 3}]", "bases.all.where[0].in: must be a list"),
        ("answered: [start]", "where: [{column: x, at_least: many}]", "at_least: must be a number or a date"),
        ("suffix: _start", "aliases: a", "inputs.start.aliases: must be a list"),
        ("with: {columns: [koen_start]}", "with: [koen_start]", "results.koen.with: must be a mapping"),
        ("plan: small", "plan: ../../small", "plan: names files of the report"),
    ],
)
def test_a_value_of_another_kind_is_a_fault_and_no_traceback(tmp_path, old, new, said):
    with pytest.raises(SchemaError) as caught:
        plan_from(tmp_path, SMALL.replace(old, new))
    assert said in str(caught.value)


def test_words_in_one_language_stand_for_both(tmp_path):
    plan = plan_from(tmp_path, SMALL.replace('{da: "Lille", en: "Small"}', '{en: "Small"}'))
    assert plan.title == {"da": "Small", "en": "Small"}
