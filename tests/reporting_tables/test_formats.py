from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.reporting.formats import (
    COUNT,
    NUMBER,
    P_VALUE,
    PERCENT,
    PLAIN,
    RATIO,
    SIGNED,
    Format,
    excel_code,
    show,
)


@pytest.mark.parametrize(
    ("value", "format", "danish", "english"),
    [
        (Fraction(24, 55), PERCENT, "44%", "44%"),
        (Fraction(1, 8), PERCENT, "13%", "13%"),  # 12.5: half goes up, not to even
        (Fraction(1, 8), Format("percent", 1), "12,5%", "12.5%"),
        (-0.055, Format("points", 0, signed=True), "−6", "−6"),
        (0.1, Format("points", 0, signed=True), "+10", "+10"),
        (113 / 40, NUMBER, "2,83", "2.83"),
        (0.1 + 0.1 + 0.015, NUMBER, "0,22", "0.22"),  # 0.21500000000000002 and its kin mean 0.215
        (2.8249999999999997, NUMBER, "2,83", "2.83"),  # 2.825 with the noise of a sum
        (-2.825, NUMBER, "−2,83", "−2.83"),
        (-0.001, NUMBER, "0,00", "0.00"),
        (1234567, COUNT, "1.234.567", "1,234,567"),
        (2025, PLAIN, "2025", "2025"),
        (1234.5, NUMBER, "1.234,50", "1,234.50"),
        (0.18, SIGNED, "+0,18", "+0.18"),
        (0.0, SIGNED, "0,00", "0.00"),
        (5e-324, P_VALUE, "<0,001", "<0.001"),
        (0.0009999, P_VALUE, "<0,001", "<0.001"),
        (0.001, P_VALUE, "0,001", "0.001"),
        (0.9999, P_VALUE, ">0,999", ">0.999"),
        (1.0, P_VALUE, "1,000", "1.000"),
        (0.001, RATIO, "<0,01", "<0.01"),
        (0.0, RATIO, "0,00", "0.00"),
        (float("inf"), RATIO, "∞", "∞"),
        (float("-inf"), NUMBER, "−∞", "−∞"),
        (float("nan"), NUMBER, "–", "–"),
        (None, PERCENT, "–", "–"),
    ],
)
def test_a_number_is_written_as_a_reader_expects(value, format, danish, english):
    assert show(value, format, "da") == danish
    assert show(value, format, "en") == english


@settings(max_examples=50)
@given(st.integers(1, 10_000), st.data())
def test_a_share_shows_half_up_from_its_counts(n, data):
    events = data.draw(st.integers(0, n))
    whole = (200 * events + n) // (2 * n)  # half-up in whole numbers, no float anywhere
    assert show(Fraction(events, n), PERCENT, "da") == f"{whole}%"


@settings(max_examples=50)
@given(st.floats(min_value=5e-324, max_value=1.0))
def test_p_is_never_shown_as_nothing(p):
    assert show(p, P_VALUE, "en") not in ("0.000", "0")


def test_a_spreadsheet_shows_the_same_number_of_decimals():
    assert excel_code(PERCENT, "da") == "0%"
    assert excel_code(Format("percent", 1), "da") == "0.0%"
    assert excel_code(NUMBER, "da") == "#,##0.00"
    assert excel_code(COUNT, "en") == "#,##0"
    assert excel_code(PLAIN, "en") == "0"
    assert excel_code(SIGNED, "en") == "+#,##0.00;-#,##0.00;#,##0.00"
    assert excel_code(P_VALUE, "da") == '[<0.001]"<0,001";0.000'
