"""CPR: the date decides, the century by the seventh digit, modulus 11 only raises the confidence."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.core.identity import cpr_digits, find_cpr, holds_cpr, parse_cpr

CENTURIES = [
    # seventh digits, two-digit years, century: the table of CPR-kontoret
    ("0123", range(100), 1900),
    ("49", range(37), 2000),
    ("49", range(37, 100), 1900),
    ("5678", range(58), 2000),
    ("5678", range(58, 100), 1800),
]


@pytest.mark.parametrize(("digits", "years", "century"), CENTURIES)
def test_the_seventh_digit_tells_the_century(digits, years, century):
    for digit in digits:
        for year in years:
            assert parse_cpr(f"1506{year:02d}{digit}123").birth == date(century + year, 6, 15)


def test_the_official_example_holds():
    read = parse_cpr("070761-4285")
    assert (read.modulus_11, read.confidence, read.sex, read.birth) == (
        True,
        "confirmed",
        "male",
        date(1961, 7, 7),
    )


def check_digit(nine):
    """Give the tenth digit by trying all ten, with the weights written out."""
    for last in range(10):
        digits = [int(d) for d in f"{nine}{last}"]
        if (4 * digits[0] + 3 * digits[1] + 2 * digits[2] + 7 * digits[3] + 6 * digits[4] + 5 * digits[5]
                + 4 * digits[6] + 3 * digits[7] + 2 * digits[8] + digits[9]) % 11 == 0:  # fmt: skip
            return str(last)
    return None


@given(st.dates(date(1937, 1, 1), date(1999, 12, 31)), st.integers(0, 399))
@settings(max_examples=50)
def test_modulus_11_is_told_and_never_rejects(day, serial):
    nine = f"{day:%d%m%y}{serial:03d}"
    right = check_digit(nine)
    for last in "0123456789":
        read = parse_cpr(nine + last)
        assert read.birth == day
        assert read.modulus_11 == (last == right)
        assert read.sex == ("female" if int(last) % 2 == 0 else "male")


def test_a_first_of_january_without_check_digit_is_an_exception_and_others_are_unconfirmed():
    assert parse_cpr("010165-0001").confidence == "exception"
    assert parse_cpr("010163-0001").confidence == "unconfirmed"
    assert parse_cpr("020165-0001").confidence == "unconfirmed"


@pytest.mark.parametrize(
    "text", ["310490-1234", "290201-0123", "000190-1234", "011390-1234", "610090-1234", "920190-1234"]
)
def test_what_is_no_day_is_no_personal_number(text):
    assert parse_cpr(text) is None
    assert not holds_cpr(text)


def test_a_leap_day_is_one_in_the_century_that_the_seventh_digit_tells():
    assert parse_cpr("290200-1234") is None  # 1900
    assert parse_cpr("290200-4234").birth == date(2000, 2, 29)


@pytest.mark.parametrize(
    ("text", "birth"),
    [("670761-4285", date(1961, 7, 7)), ("910190-1234", date(1990, 1, 31)), ("0101901AB2", date(1990, 1, 1))],
)
def test_replacement_numbers_are_known_and_are_never_confirmed(text, birth):
    read = parse_cpr(text)
    assert read.replacement
    assert read.confidence == "replacement"
    assert read.birth == birth


def test_letters_in_the_place_of_the_century_leave_the_birth_unknown():
    assert parse_cpr("010190-AB12").birth is None
    assert parse_cpr("010190-ABCD") is None


def test_the_repr_holds_neither_number_nor_birth_nor_sex():
    text = repr(parse_cpr("070761-4285"))
    for part in ("0707", "4285", "1961", "male"):
        assert part not in text


@pytest.mark.parametrize(
    "text", ["070761-4285", "070761 4285", "0707614285", "707614285", "707614285.0", "070761\u20134285"]
)
def test_however_it_was_written_it_is_one_number(text):
    assert cpr_digits(text) == "0707614285"


def test_places_in_a_text_are_told():
    assert [(a, b) for a, b, _ in find_cpr("ring 070761-4285 og 0707614285.")] == [(5, 16), (20, 30)]
