"""Looks up our value of a printed number, exactly: counts as whole numbers, shares as fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from ipseval.core.result import Result
from ipseval.core.rounding import exact
from ipseval.study.ledger.printed import Printed, Ref

COLUMN = {
    "odds_ratio": "estimate",
    "odds_ratio_hidden": "estimate",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
    "p": "p_value",
}
LIMITS = (0.05, 0.01, 0.001)
"""The limits of one, two and three stars."""
GIVEN = ("not_relevant", "dont_know")
"""Reasons that were answers: a chart that shows "not relevant" counts these people in its n."""


@dataclass(frozen=True)
class Ours:
    """Our value and the number of persons under it; None where the files hold no such quantity."""

    value: Fraction | None
    n: int | None = None


NONE = Ours(None)


def ours_of(printed: Printed, results: Mapping[str, Result], bases: Mapping[str, int]) -> Ours:
    """Return our value of the same quantity."""
    ref = printed.ref
    if ref is None:
        return NONE
    if ref.base:
        return _of_bases(printed.quantity, ref, bases)
    if printed.quantity == "range":
        return Ours(Fraction(ref.terms[0]))
    result = results.get(ref.result)
    if result is None:
        return NONE
    rows = _rows(result, ref)
    if printed.quantity == "asked":
        return Ours(Fraction(_asked(result, ref)))
    if printed.quantity == "segment":
        return _segment(printed, result, ref)
    if rows.empty:
        return NONE
    ours = _of_rows(printed.quantity, rows)
    return _of_everyone(printed, ours, rows, result.base.n) if ref.whole_base else ours


def _of_everyone(printed: Printed, ours: Ours, rows: pd.DataFrame, n: int) -> Ours:
    if printed.quantity in ("n", "of_n"):
        return Ours(Fraction(n), n)
    if printed.quantity in ("percent", "fraction"):
        return Ours(Fraction(100 * int(rows["n_events"].sum()), n), n)
    return ours


def _of_bases(quantity: str, ref: Ref, bases: Mapping[str, int]) -> Ours:
    if ref.base not in bases or (ref.of and ref.of not in bases):
        return NONE
    size, whole = bases[ref.base], bases.get(ref.of, 0)
    if quantity in ("percent", "fraction"):
        return Ours(Fraction(100 * size, whole), whole) if whole else NONE
    return Ours(Fraction(whole if quantity == "of_n" else size), whole or size)


def _rows(result: Result, ref: Ref) -> pd.DataFrame:
    est = result.estimates
    rows = est[est["outcome"] == ref.outcome]
    if ref.terms:
        # A factor's rows are called column[level]; a two-level factor has one that is not the reference.
        own = rows["term"].str.split("[", n=1).str[0]
        rows = rows[rows["term"].isin(ref.terms) | (own.isin(ref.terms) & rows["std_error"].notna())]
    return rows[rows["status"] != "refused"]


def _of_rows(quantity: str, rows: pd.DataFrame) -> Ours:
    n = int(rows["n"].iloc[0])
    if quantity in COLUMN:
        value = float(rows[COLUMN[quantity]].iloc[0])
        return Ours(exact(value), n) if value == value and abs(value) != float("inf") else NONE
    if quantity == "stars":
        return Ours(Fraction(stars(float(rows["p_value"].iloc[0]))), n)
    if quantity == "significant":
        return Ours(Fraction(int((rows["p_value"] < LIMITS[0]).sum())), n)
    if quantity == "all_over":
        return Ours(exact(float(rows["estimate"].min())), n)
    if quantity in ("mean", "about_mean", "minimum", "maximum"):
        return Ours(exact(float(rows["estimate"].iloc[0])), n)
    if quantity in ("n", "of_n"):
        return Ours(Fraction(n), n)
    events = int(rows["n_events"].sum())
    return Ours(Fraction(events) if quantity == "count" else Fraction(100 * events, n), n) if n else NONE


def stars(p: float) -> int:
    """Return how many stars a p-value has."""
    return sum(p < limit for limit in LIMITS)


def _asked(result: Result, ref: Ref) -> int:
    rows = result.estimates[result.estimates["outcome"] == ref.outcome]
    missing = result.extras.get("missing")
    told = 0
    if missing is not None:
        given = missing[(missing["outcome"] == ref.outcome) & missing["reason"].isin(GIVEN)]
        told = int(given["n"].sum())
    return (int(rows["n"].iloc[0]) if len(rows) else 0) + told


def _segment(printed: Printed, result: Result, ref: Ref) -> Ours:
    """Find the category whose share of all asked prints nearest to a segment of a chart."""
    asked = _asked(result, ref)
    rows = result.estimates[
        (result.estimates["outcome"] == ref.outcome) & (result.estimates["scale"] == "share")
    ]
    counts = [int(k) for k in rows["n_events"]] + [asked - int(rows["n"].iloc[0]) if len(rows) else 0]
    if not asked:
        return NONE
    shares = [Fraction(100 * k, asked) for k in counts]
    return Ours(min(shares, key=lambda share: abs(share - Fraction(printed.text))), asked)
