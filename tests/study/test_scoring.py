"""Scores in a report say what was done; a coding that the labels contradict, and misused columns, are refused."""

import dataclasses

import pandas as pd
import pytest

from ipseval.core.errors import SchemaError
from ipseval.loading.codebook import Codebook, Variable
from ipseval.study.plan import Score, load_plan
from ipseval.study.report import inputs_folder, make_outcome
from ipseval.study.runner import check_names
from ipseval.study.scoring import refuse_turned_coding, scored_sentences, scores_made


def survey_words(low, high):
    values = {"1": {"da": low}, **{str(i): {"da": str(i)} for i in range(2, 6)}, "6": {"da": high}}
    return Codebook({f"w{i}": Variable(f"w{i}", values=values, type="integer") for i in range(1, 6)})


def who5(coding):
    return Score("WHO5", "start", tuple(f"w{i}" for i in range(1, 6)), coding)


@pytest.mark.parametrize(
    ("low", "high", "coding", "turned"),
    [
        ("Hele tiden", "På intet tidspunkt", "1-6", True),
        ("Hele tiden", "På intet tidspunkt", "1-6 reversed", False),
        ("Aldrig", "Hele tiden", "1-6", False),
        ("Aldrig", "Hele tiden", "1-6 reversed", True),
        ("rød", "blå", "1-6", False),
    ],
)
def test_a_coding_that_the_labels_contradict_is_refused(low, high, coding, turned):
    if turned:
        with pytest.raises(SchemaError, match=r"5 item\(s\).*run the other way"):
            refuse_turned_coding(who5(coding), survey_words(low, high))
    else:
        refuse_turned_coding(who5(coding), survey_words(low, high))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    plan = load_plan("ips_ung")
    return make_outcome(plan, inputs_folder(plan, None, tmp_path_factory.mktemp("x") / "report", "da"))


def test_every_score_column_says_how_it_was_made(outcome):
    words = {c: scored_sentences([one])[0] for one in outcome.people.scores for c in one.columns}
    assert {"who5_start", "who5_slut", "mestring_start", "who5_band_slut"} <= set(words)
    scored = outcome.people.frame["who5_start"].notna().sum()
    prorated = outcome.people.frame["who5_prorated_start"].eq(True).sum()
    assert f"{scored} forms are scored, {prorated} of them prorated" in words["who5_start"]["en"]
    assert words["who5_slut"]["en"].startswith("WHO-5 (0-100) (End):")


@pytest.mark.parametrize(
    ("coding", "da"),
    [
        ("1-6", "kodning 1-6, "),
        ("1-6 reversed", "kodning 1-6, hvor den laveste kode er det højeste svar, "),
        ({1: 5}, "kodning point givet svar for svar, "),
    ],
)
def test_the_coding_is_said_in_the_language_of_the_report(outcome, coding, da):
    from ipseval.study.people import instrument_of

    first = dataclasses.replace(outcome.plan.scores[0], coding=coding)
    plan = dataclasses.replace(outcome.plan, scores=(first,))
    words = scored_sentences(scores_made(plan, outcome.people.frame, {0: instrument_of(first)}))
    assert all(da in text["da"] for text in words)
    assert words
    assert all("reversed" not in text["da"] for text in words)


def test_a_score_without_a_label_is_named_by_its_instrument_and_wave(outcome):
    plan = outcome.plan
    from ipseval.study.people import instrument_of
    from ipseval.study.scoring import score_labels

    names = score_labels(plan, {i: instrument_of(score) for i, score in enumerate(plan.scores)})
    assert names["who5_slut"] == {"da": "WHO-5 (0-100) (Slut)", "en": "WHO-5 (0-100) (End)"}
    assert names["who5"]["da"] == "WHO-5 (0-100)"
    own = outcome.people.labels.names
    assert {k: own[k] for k in plan.labels} == dict(plan.labels)


def changed(outcome, analysis, **options):
    own = dataclasses.replace(outcome.plan.analyses[analysis], options=options)
    return dataclasses.replace(outcome.plan, analyses={analysis: own})


def test_categories_are_not_taken_for_numbers(outcome):
    plan = changed(outcome, "odds", formula="i_job_uddannelse_slut ~ koen_start")
    with pytest.raises(SchemaError, match=r"write C\(koen_start\)"):
        check_names(plan, outcome.people)
    check_names(changed(outcome, "odds", formula="i_job_uddannelse_slut ~ C(koen_start)"), outcome.people)


def test_a_formula_names_columns_with_blanks_in_backticks(outcome):
    frame = outcome.people.frame.rename(columns={"alder_start": "Alder i år_start"})
    people = dataclasses.replace(outcome.people, frame=frame)
    check_names(
        changed(outcome, "odds", formula="i_job_uddannelse_slut ~ `Alder i år_start` + C(koen_start)"), people
    )
    with pytest.raises(SchemaError) as told:
        check_names(changed(outcome, "odds", formula="i_job_uddannelse_slut ~ Alder i år_start"), people)
    assert "without backticks" in str(told.value)
    assert "is not a column" not in str(told.value)


def test_free_text_is_never_tabulated(outcome):
    variables = dict(outcome.people.codebook.variables)
    variables["koen_start"] = dataclasses.replace(variables["koen_start"], role="free_text")
    people = dataclasses.replace(outcome.people, codebook=Codebook(variables))
    with pytest.raises(SchemaError, match="free text"):
        check_names(changed(outcome, "koen", columns=["koen_start"]), people)


def test_a_model_without_formula_and_a_comparison_without_groups_are_refused(outcome):
    with pytest.raises(SchemaError, match="needs a formula"):
        check_names(changed(outcome, "odds", models="univariable"), outcome.people)
    with pytest.raises(SchemaError, match="needs answered"):
        check_names(changed(outcome, "bortfald", by=["koen_start"]), outcome.people)


def test_prorated_forms_are_counted():
    from ipseval.instruments import WHO5

    frame = pd.DataFrame({f"w{i}": [3, 4, None if i == 1 else 2] for i in range(1, 6)})
    scored = WHO5.score(frame, items=[f"w{i}" for i in range(1, 6)], coding="0-5").add_suffix("_start")
    plan = load_plan("ips_ung")
    plan = dataclasses.replace(plan, scores=plan.scores[:1])
    (words,) = scored_sentences(scores_made(plan, scored, {0: WHO5}))
    assert "3 forms are scored, 1 of them prorated" in words["en"]


def test_waves_that_were_coded_alike_share_a_sentence_and_others_do_not(outcome):
    made = [one for one in outcome.people.scores if one.columns[0] in ("who5_start", "who5_slut")]
    (told,) = scored_sentences(made)
    counts = [f"{one.wave['da']} {one.scored} ({one.prorated})" for one in made]
    assert told["da"].endswith(f": {', '.join(counts)}.")
    assert told["da"].count("kodning") == 1
    turned = dataclasses.replace(made[1], coding={"da": "1-6", "en": "1-6"})
    assert len(scored_sentences([made[0], turned])) == 2


def test_inputs_without_a_person_in_common_are_told(outcome):
    frame = outcome.people.frame.copy()
    assert outcome.people.warnings[-1].startswith("slut.sav")
    frame["in_slut"] = ~frame["in_start"]
    people = dataclasses.replace(outcome.people, frame=frame)
    assert "'start' and 'slut' have no person in common" in people.warnings[-1]


def test_a_report_that_contradicts_itself_is_not_written(outcome, monkeypatch):
    from ipseval.core.errors import ReportError
    from ipseval.reporting import formats
    from ipseval.study.report import refuse_contradictions

    refuse_contradictions(outcome)
    right = formats.show
    monkeypatch.setattr(
        formats, "show", lambda value, kind, lang: right(value, kind, lang).replace("44", "47")
    )
    with pytest.raises(ReportError, match="contradicts itself"):
        refuse_contradictions(outcome)
