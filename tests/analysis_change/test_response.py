import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result


def test_the_sets_of_ips_ung_add_up():
    start, end = list(range(55)), [*range(40), 55, 56, 57]
    result = assert_result(ips.response({"start": start, "end": end}, registered=range(66)))
    est = result.estimates.set_index(["outcome", "term"])["n_events"]
    sets = ["response_both", "response_first_only", "response_second_only", "response_neither"]
    assert est["response"][sets].tolist() == [40, 15, 3, 8]
    assert est["answered"].tolist() == [55, 43]
    assert result.estimates["n"].eq(66).all()


def test_without_a_register_neither_is_refused():
    result = assert_result(ips.response({"start": [1, 2], "end": [2]}))
    row = result.estimates[result.estimates["term"] == "response_neither"].iloc[0]
    assert row["status"] == "refused"


def test_three_waves_are_eight_sets_and_frames_may_be_given():
    waves = {
        name: pd.DataFrame({"person": ids}) for name, ids in {"a": [1, 2], "b": [2], "c": [2, 3]}.items()
    }
    est = assert_result(ips.response(waves, registered=[1, 2, 3, 4], id="person")).estimates
    counts = est[est["outcome"] == "response"].set_index("term")["n_events"]
    assert len(counts) == 8
    assert counts["a+b+c"] == counts["a"] == counts["c"] == counts["response_none"] == 1


def test_those_outside_the_register_are_told_not_counted():
    result = assert_result(ips.response({"start": [1, 9]}, registered=[1, 2]))
    assert [note.code for note in result.notes] == ["ids_not_registered"]
    assert result.estimates["n_events"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("waves", "said"),
    [
        ({}, "empty"),
        ({"start": [1, 1]}, "1 id(s) that stand more than once"),
        ({"start": [1, None]}, "1 missing id"),
        ({"start": "abc"}, "to text"),
        ({"start": []}, "nobody to count"),
    ],
)
def test_bad_input_gives_one_sentence(waves, said):
    with pytest.raises(EstimationError) as caught:
        ips.response(waves)
    assert said in str(caught.value)


def test_an_id_is_one_person_whether_a_file_stores_it_as_number_or_text():
    result = ips.response({"start": [1, 2], "end": ["1", 2.0]})
    assert result.estimates["n_events"].tolist()[0] == 2
    with pytest.raises(EstimationError, match="stand more than once"):
        ips.response({"start": [1, "1"]})
