"""`r4` against R itself on every k/n for n up to 1,000 and 0 to 3 decimals."""

import csv
from fractions import Fraction
from pathlib import Path

from ipseval.core.rounding import r4

EXPECTED = Path(__file__).resolve().parents[1] / "oracles" / "rounding_r4" / "expected.csv"


def test_r4_agrees_with_r_on_every_share_of_up_to_a_thousand():
    known: dict[tuple[int, int, int], int] = {}

    def units(k, n, decimals):
        value = Fraction(k, n)
        key = (value.numerator, value.denominator, decimals)
        if key not in known:
            known[key] = int(r4(value, decimals).scaleb(decimals))
        return known[key]

    with EXPECTED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4000
    for row in rows:
        n, decimals = int(row["n"]), int(row["decimals"])
        own = [units(k, n, decimals) for k in range(n + 1)]
        scale = 10**decimals
        differ = sum(u != (2 * k * scale + n) // (2 * n) for k, u in enumerate(own))
        found = (sum(own), sum(k * u for k, u in enumerate(own)), differ)
        assert found == (int(row["units"]), int(row["weighted"]), int(row["not_half_up"])), (n, decimals)
