import pytest

from ipseval.core.identity import holds_cpr


@pytest.mark.parametrize(
    "text",
    ["0101901234", "010190-1234", "010190 1234", "ring: 010190\u20131234.", "010190 \u2013 1234", "010190\u20111234", "610190-1234"],
)  # fmt: skip
def test_what_looks_like_a_cpr_number_is_seen_however_it_was_typed(text):
    assert holds_cpr(text)


@pytest.mark.parametrize(
    "text", ["", "320190-1234", "011390-1234", "10101901234", "01019012345", "010190-12", "010190--1234"]
)
def test_other_digits_are_not(text):
    assert not holds_cpr(text)
