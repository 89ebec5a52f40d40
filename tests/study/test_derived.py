"""Columns of yes and no that a plan makes from answers, and what is told of them."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from ipseval.core.errors import IpsevalError, SchemaError
from ipseval.study.plan import load_plan
from ipseval.study.report import make_outcome, make_report

WORDS = {1: "Ja, fuldtid", 2: "Ja, deltid", 3: "Nej"}
SCHEMA = """
name: s/end
title: {da: Slut}
wave: end
primaryKey: id
blank: not_answered
fields:
  - {name: id, type: string, role: id, constraints: {required: true, unique: true}}
  - name: arb
    type: KIND
    title: {da: "Er du i arbejde?", en: "Do you work?"}
    categories: [ANSWERS]
  - {name: age, type: integer, constraints: {minimum: 0, maximum: 99}}
  - {name: said, type: string, role: free_text}
"""
PLAN = """
plan: jobs
title: T
inputs: {end: {file: FILE, schema: end.yaml, id: id, suffix: _end}}
derived:
  job: {in: CODES, columns: [arb_end], label: {da: I job, en: In a job}}
bases: {all: {predicate: {da: alle, en: all}}}
results:
  answers: {verb: describe, base: all, with: {columns: [arb_end, job]}}
  odds: {verb: odds_ratios, base: all, with: {formula: "job ~ age_end"}}
tables: {one: {results: answers, title: T}, two: {results: odds, title: T}}
report: [{heading: H, items: [one, two]}]
RELEASE
"""
ANSWERS = np.array([1.0] * 20 + [2.0] * 20 + [3.0] * 25 + [np.nan] * 6)


@pytest.fixture
def written(tmp_path):
    def write(kind="sav", codes="[1, 2]", release="", plan=PLAN):
        rng = np.random.default_rng(4)
        n = len(ANSWERS)
        frame = pd.DataFrame(
            {"id": [f"P{k}" for k in range(n)], "arb": ANSWERS, "age": rng.integers(18, 60, n)}
        )
        frame["said"] = ""
        if kind == "sav":
            pyreadstat.write_sav(frame, str(tmp_path / "end.sav"), variable_value_labels={"arb": WORDS})
        else:
            frame.assign(arb=frame.arb.map(WORDS)).to_csv(tmp_path / "end.csv", sep=";", index=False)
        quoted = {c: c if kind == "sav" else f'"{w}"' for c, w in WORDS.items()}
        answers = ", ".join(f'{{value: {quoted[c]}, label: {{da: "{w}"}}}}' for c, w in WORDS.items())
        schema = SCHEMA.replace("KIND", "integer" if kind == "sav" else "string").replace("ANSWERS", answers)
        (tmp_path / "end.yaml").write_text(schema, encoding="utf-8")
        text = plan.replace("FILE", f"end.{kind}").replace("CODES", codes).replace("RELEASE", release)
        (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
        return load_plan(tmp_path), tmp_path

    return write


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("sav", "[1, 2]"),
        ("sav", '["1", 2]'),
        ("sav", '["Ja, fuldtid", "Ja, deltid"]'),
        ("csv", '["Ja, fuldtid", "Ja, deltid"]'),
    ],
)
def test_yes_is_the_answers_named_and_missing_stays_missing_with_its_reason(written, kind, codes):
    outcome = make_outcome(*written(kind, codes))
    frame = outcome.people.frame
    assert frame["job"].value_counts(dropna=False).to_dict() == {1: 40, 0: 25, pd.NA: 6}
    assert (frame["job"].isna() == frame["arb_end"].isna()).all()
    assert set(outcome.people.reasons.loc[frame["job"].isna(), "job"]) == {"not_answered"}
    told = outcome.results["answers"].estimates.query("outcome == 'job'")
    assert dict(zip(told["term"].astype(str), told["n_events"], strict=True)) == {"1": 40, "0": 25}
    odds = outcome.results["odds"].estimates.iloc[-1]
    assert (odds["n"], odds["n_events"]) == (65, 40)


def test_a_table_says_what_counts_as_yes_in_the_words_of_the_file(written, tmp_path):
    plan, folder = written()
    make_report(plan, data=folder, out=tmp_path / "out", lang="da")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("I job: ja for svarene ") == 2
    for said in ("Ja, fuldtid", "Ja, deltid", "Er du i arbejde?", "et manglende svar forbliver manglende"):
        assert said in page
    assert "Hændelsen er svaret &quot;Ja&quot;" in page or 'Hændelsen er svaret "Ja"' in page


def test_a_release_of_yes_beside_the_answers_it_is_made_of_tells_no_small_cell(
    written, tmp_path, monkeypatch
):
    few = np.array([1.0] * 38 + [2.0] * 2 + [3.0] * 25 + [np.nan] * 6)
    monkeypatch.setitem(globals(), "ANSWERS", few)
    plan, folder = written(release="release: dst-5")
    make_report(plan, data=folder, out=tmp_path / "out", lang="en", only="tables")
    out = pd.read_csv(tmp_path / "out" / "release" / "answers.csv", sep=None, engine="python", dtype=str)
    counts = out[out.iloc[:, 2] == "arb_end"].set_index(out.columns[3])["Count"]
    # 40 in a job are told, so that 38 beside it would tell of two.
    assert counts[["1", "2"]].isna().all()


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ("[1, 4]", "derived.job.in names 1 code(s) that are no answer of 'arb_end' in its schema: '4'"),
        ('["Ja, fultid"]', "did you mean 'Ja, fuldtid'"),
        ("[]", "derived.job.in: names no answer"),
        ("1", "derived.job.in: must be a list"),
        ("[no]", "derived.job.in: holds yes or no without quotes"),
        ("[1], operation: any", "derived.job: needs either an operation"),
    ],
)
def test_codes_that_no_answer_has_are_refused(written, codes, said):
    with pytest.raises(SchemaError) as caught:
        make_outcome(*written(codes=codes))
    assert said in str(caught.value)


@pytest.mark.parametrize("column", ["age_end", "said_end"])
def test_a_column_without_answers_to_choose_from_is_refused(written, column):
    with pytest.raises(SchemaError, match=f"column '{column}' has no list of answers to choose from"):
        make_outcome(*written(plan=PLAN.replace("columns: [arb_end], label", f"columns: [{column}], label")))


def test_an_outcome_of_three_answers_is_told_the_way_of_a_plan(written):
    with pytest.raises(IpsevalError, match=r"results.odds: .*a plan does so under derived, with in: "):
        make_outcome(*written(plan=PLAN.replace("job ~ age_end", "arb_end ~ age_end")))


def test_faults_of_scores_columns_and_bases_are_told_together_and_nothing_that_is_none(written):
    plan = (
        PLAN.replace("job ~ age_end", "job ~ nothere + rses_end")
        .replace(
            "derived:", "scores: [{instrument: RSES, input: end, items: [arb, age], coding: 1-4}]\nderived:"
        )
        .replace("in: CODES", "in: [7]")
        .replace("bases: {", "bases: {old: {predicate: old, where: [{column: agee, at_least: 30}]}, ")
    )
    with pytest.raises(SchemaError) as caught:
        make_outcome(*written(plan=plan))
    said = str(caught.value)
    assert "3 step(s)" in said
    for part in ("scores[0], RSES of end: ", "derived.job.in names 1", "bases.old: 'agee' is not a column"):
        assert part in said
    assert "results.odds: 'nothere' is not a column" in said
    assert "'rses_end' is not a column" not in said
