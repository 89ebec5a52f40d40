from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ipseval.core.errors import EstimationError
from ipseval.core.provenance import fingerprint
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

from support.contract import assert_result


def example():
    rows = [
        {"outcome": "job", "scale": "share", "estimate": 0.5, "n": 4, "n_events": 2},
        {"outcome": "who5", "scale": "mean", "status": "refused", "n": 0},
    ]
    return Result(
        "describe",
        estimates_frame(rows),
        sample_frame([("in_frame", "", 5), ("analysed", "", 4)]),
        Method("available_answers", missing="available_answers"),
        Base("all", 5, "everyone"),
        notes=(Note("complete_cases.", row=1),),
    )


def test_a_result_shows_itself_without_address_or_clock():
    result = example()
    assert repr(result) == "<Result describe: 2 estimates, n = 4 of 5>"
    html = result._repr_html_()
    assert "job" in html
    assert "in the data: 5" in html


def test_the_contract_notices_a_note_without_words():
    with pytest.raises(AssertionError, match="Danish and English words"):
        assert_result(example())


def test_unknown_columns_are_refused():
    with pytest.raises(EstimationError, match="no column"):
        estimates_frame([{"odds": 2.0}])


def test_extras_cannot_be_changed_afterwards():
    with pytest.raises(TypeError):
        example().extras["more"] = pd.DataFrame()


def test_the_fingerprint_is_of_content():
    a = pd.DataFrame({"x": [1, 2, None], "y": ["a", "b", None]})
    b = pd.DataFrame({"x": [1.0, 2.0, float("nan")], "y": ["a", "b", None]})
    assert fingerprint(a) == fingerprint(b)
    other_bits = np.array([1, 2, -np.nan])
    assert np.signbit(other_bits[2])
    assert fingerprint(a) == fingerprint(a.assign(x=other_bits)), "missing is missing, whatever its bits"
    assert fingerprint(a) != fingerprint(a.iloc[::-1])
    nothing = pd.DataFrame({"x": [0.0, 1.0]})
    assert fingerprint(nothing) == fingerprint(nothing.assign(x=[-0.0, 1.0])), "nothing has no sign"
    assert fingerprint(a) != fingerprint(a.rename(columns={"x": "z"}))
    assert fingerprint(a) != fingerprint(a.assign(x=[1, 2, 3]))


def test_methods_text_speaks_both_languages():
    assert "5 persons" in example().methods_text("en")
    assert "5 personer" in example().methods_text("da")


def long_data():
    return pd.DataFrame(
        {"Respondent_ID": ["a", "a", "b", None], "familieid": [1, 1, 1, 1], "x": [1, 0, 1, 1]}
    )


@pytest.mark.parametrize(("n", "told"), [(4, True), (3, True), (2, False)])
def test_rows_counted_as_persons_that_a_column_denies_are_told(n, told):
    result = replace(
        example(), base=Base("all", n, "everyone"), source=Source.of(frame=long_data()), notes=()
    )
    assert [note.code for note in result.notes] == (["rows_repeat_a_person"] if told else [])
    assert [note.code for note in replace(result, kind="x").notes] == [note.code for note in result.notes]
    if told:
        assert f"Respondent_ID holds 2 different persons, but {n} rows" in result.notes[0].sentence


def test_rows_of_different_persons_and_columns_of_families_are_not_told():
    data = long_data().drop(columns="Respondent_ID")
    assert Source.of(frame=data).persons is None
    assert Source.of(frame=data.assign(id=range(4))).persons is None
    assert Source.of(people=data, jobs=long_data()).persons is None
    households = replace(example(), base=Base("all", 9, unit="number"), source=Source.of(frame=long_data()))
    assert "rows_repeat_a_person" not in [note.code for note in households.notes]
