"""What somebody who imports only a scorer meets: names, what is known of it, refusals that say the way out."""

import pandas as pd
import pytest

import ipseval.instruments
from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments import GAD7, MDI, WHO5, catalog_text
from ipseval.instruments.instrument import shipped_ids

COLUMNS = [f"q{i}" for i in range(1, 6)]


def score(**columns):
    answers = pd.DataFrame([[3, 4, 2, 3, 5], [1, 2, 0, 2, 1]], columns=COLUMNS)
    return WHO5.score(answers.assign(**columns), items=COLUMNS, coding="0-5")


def test_a_star_gives_every_instrument_and_nothing_that_is_not_there():
    names = ipseval.instruments.__all__
    assert {i.upper() for i in shipped_ids()} < set(names)
    assert all(hasattr(ipseval.instruments, name) for name in names)


@pytest.mark.parametrize("instrument", [WHO5, GAD7, MDI])
def test_print_says_all_that_is_known_and_repr_one_line(instrument):
    said = str(instrument)
    assert said == catalog_text("en", only=[instrument.id])
    assert instrument.licence in said
    assert all(cut.source in said for cut in instrument.scores[0].cuts)
    assert "\n" not in repr(instrument)
    assert repr(WHO5) == "<Instrument who5: 5 items, 1 score>"


def test_names_in_capitals_are_known_and_others_offered():
    assert catalog_text(only=["WHO5"]) == catalog_text(only=["who5"])
    with pytest.raises(SchemaError, match=r"'gad': did you mean 'gad7' or 'gad2'|'gad': did you mean 'gad2'"):
        catalog_text(only=["gad", "who5"])


@pytest.mark.parametrize("instrument", [WHO5, GAD7, MDI])
def test_no_rows_give_the_columns_of_some(instrument):
    names = [item.id for item in instrument.items]
    some = pd.DataFrame([[1] * len(names)], columns=names)
    coding = {"who5": "0-5", "gad7": "0-3", "mdi": "0-5"}[instrument.id]
    whole = instrument.score(some, items=names, coding=coding, extras=["cuts", "bounds"])
    none = instrument.score(some.iloc[:0], items=names, coding=coding, extras=["cuts", "bounds"])
    pd.testing.assert_frame_equal(none, whole.iloc[:0])


@pytest.mark.parametrize("texts", [["3", "4"], ["3.0", " 4 "], ["3,0", "-1"]])
def test_numbers_written_as_text_are_told_as_such(texts):
    with pytest.raises(
        ScoringError, match=r"'q2' \(2 row\(s\)\) hold numbers written as text; make them numbers"
    ):
        score(q2=texts)
    with pytest.raises(ScoringError, match="hold text where an answer code is expected"):
        score(q2=["ofte", "aldrig"])


def test_a_misspelt_argument_is_offered():
    with pytest.raises(ScoringError, match="no option 'max_mising': did you mean 'max_missing'"):
        WHO5.score(pd.DataFrame(columns=COLUMNS), items=COLUMNS, coding="0-5", max_mising=1)


def test_an_unknown_option_is_answered_with_all_there_are():
    with pytest.raises(ScoringError, match="no option 'prefix': there are 'items', 'coding', 'missing'"):
        WHO5.score(pd.DataFrame(columns=COLUMNS), items=COLUMNS, coding="0-5", prefix="t0_")


def test_points_of_words_that_do_not_fit_are_told_as_points_and_codes_as_codes():
    words = {"aldrig": 1, "lidt": 2, "ofte": 3, "hele tiden": 4, "altid": 5, "mest": 6}
    frame = pd.DataFrame({c: ["aldrig", "mest"] for c in COLUMNS})
    with pytest.raises(ScoringError, match=r"a map gives each answer its points: 0 to the lowest, 5 to the"):
        WHO5.score(frame, items=COLUMNS, coding=words)
    with pytest.raises(ScoringError, match="declare the codes of these columns"):
        WHO5.score(pd.DataFrame([[1] * 5], columns=COLUMNS), items=COLUMNS, coding="1-7")
