import pandas as pd
import pytest

from ipseval.core import identity
from ipseval.core.checks import near_names, require_columns, require_level, require_option
from ipseval.core.errors import EstimationError


def test_near_names_ignore_case():
    assert near_names("WHO_5", ["who5", "gad7"]) == ["who5"]


def test_missing_columns_are_all_named_at_once_with_near_names():
    frame = pd.DataFrame({"who5_start": [1], "who5_slut": [2]})
    with pytest.raises(EstimationError) as caught:
        require_columns(frame, ["who5_strat", "zzz"], argument="columns")
    assert "2 unknown" in str(caught.value)
    assert "did you mean 'who5_start'" in str(caught.value)


def test_a_level_given_in_percent_is_refused():
    with pytest.raises(EstimationError, match=r"0\.95"):
        require_level(95)


def test_options_are_offered():
    with pytest.raises(EstimationError, match="'ml', 'firth'"):
        require_option("fith", ("ml", "firth"), argument="method")


@pytest.mark.parametrize(
    ("text", "found"),
    [("ring 010190-1234 tak", True), ("0101901234", True), ("4101901234", False), ("12345678901", False), ("ca. 15", False)],
)  # fmt: skip
def test_cpr_numbers_are_known_by_their_date(text, found):
    assert identity.holds_cpr(text) is found


def test_replacement_numbers_count_too():
    assert identity.holds_cpr("610190-1234")


def test_a_column_that_stands_twice_is_named():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    with pytest.raises(EstimationError, match=r"stand more than once in the frame: 'a'; rename or drop"):
        require_columns(frame, ["a", "b"], argument="columns")
