from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipseval.core.rounding import CONVENTIONS, conventions_giving, half_up

# value, decimals and what each convention prints (R 4.2.2, Python 3.11 and NumPy; half-up by definition).
KNOWN = [
    (Fraction(321, 40), 2, {"half_up": "8.03", "half_even": "8.02", "binary": "8.03", "scaled_rint": "8.02", "r4": "8.03"}),
    (Fraction(113, 40), 2, {"half_up": "2.83", "half_even": "2.82", "binary": "2.83", "scaled_rint": "2.82", "r4": "2.83"}),
    (Fraction(129, 40), 2, {"half_up": "3.23", "half_even": "3.22", "binary": "3.23", "scaled_rint": "3.22", "r4": "3.22"}),
    (Fraction(29, 2), 0, {"half_up": "15", "half_even": "14", "binary": "14", "scaled_rint": "14", "r4": "14"}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "decimals", "printed"), KNOWN)
def test_each_convention_prints_what_its_tools_print(value, decimals, printed):
    for name, text in printed.items():
        assert str(CONVENTIONS[name](value, decimals)) == text, name


def test_half_up_goes_away_from_zero_and_reads_floats_as_people_do():
    assert str(half_up(2.825, 2)) == "2.83"
    assert str(half_up(-2.825, 2)) == "-2.83"
    assert str(half_up(0.5, 0)) == "1"
    assert str(half_up(1e-9, 2)) == "0.00"


def test_a_printed_number_names_the_conventions_that_could_have_made_it():
    assert conventions_giving(Fraction(129, 40), "3.22") == {"half_even", "scaled_rint", "r4"}
    assert conventions_giving(Fraction(129, 40), "3.24") == frozenset()


@given(st.fractions(min_value=0, max_value=1000, max_denominator=500), st.integers(0, 4))
def test_every_convention_stays_within_half_a_unit(value, decimals):
    for name, rule in CONVENTIONS.items():
        off = abs(Fraction(rule(value, decimals)) - value)
        assert off <= Fraction(1, 2 * 10**decimals) + Fraction(1, 10**9), name


@given(st.integers(-10_000, 10_000), st.integers(1, 400), st.integers(0, 3))
def test_half_up_is_odd(total, n, decimals):
    value = Fraction(total, n)
    assert half_up(-value, decimals) == -half_up(value, decimals) or half_up(value, decimals) == Decimal(0)
