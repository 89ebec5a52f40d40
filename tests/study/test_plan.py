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


def test_malformed_yaml_names_the_line(tmp_path):
    with pytest.raises(SchemaError, match="line 3"):
        plan_from(tmp_path, "plan: x\ntitle: y\n  inputs: {\n")
