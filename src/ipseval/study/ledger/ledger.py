"""Builds the two tables of the ledger: every printed number beside ours, and what print leaves open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ipseval.core.result import Result
from ipseval.core.rounding import CONVENTIONS, conventions_giving
from ipseval.core.whole_persons import OpenRange, open_range
from ipseval.study.ledger.ours import Ours, ours_of
from ipseval.study.ledger.printed import Printed, printed_numbers
from ipseval.study.ledger.reasons import ROUNDED, SAME, Verdict, judge

LOOSE = ("fraction", "about_mean", "all_over")
"""Quantities said in words, which no rounding rule decides."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    printed: Printed
    ours: Ours
    verdict: Verdict

    @property
    def decimals(self) -> int:
        """How many decimals the number was printed with."""
        return len(self.printed.text.partition(".")[2])

    @property
    def difference(self) -> float | None:
        """Ours minus printed, unrounded; None where there is nothing to set against."""
        if self.ours.value is None or not _is_number(self.printed.text):
            return None
        return float(self.ours.value - Fraction(self.printed.text))


@dataclass(frozen=True)
class OpenEntry:
    """A quantity that print leaves open: what any whole persons could have, and the cohort's own value.

    `quantity` is sd, p, d_z or odds_ratio; low and high bound what is possible.
    """

    outcome: str
    quantity: str
    low: float
    high: float
    own: float | None


def ledger(
    published: Mapping[str, Any], results: Mapping[str, Result], bases: Mapping[str, int]
) -> list[Entry]:
    """Set every printed number beside ours, in the order of the published file."""
    entries = []
    for printed in printed_numbers(published):
        ours = ours_of(printed, results, bases)
        entries.append(Entry(printed, ours, judge(printed, ours, bases)))
    return entries


def counted(entries: list[Entry]) -> dict[str, int]:
    """Return how many numbers there are of each status."""
    return dict(Counter(entry.verdict.status for entry in entries))


def common_rules(entries: list[Entry]) -> frozenset[str]:
    """Return the rounding conventions by which every number that is the same prints as it was printed."""
    rules = frozenset(CONVENTIONS)
    for entry in entries:
        if (
            entry.verdict.status in (SAME, ROUNDED)
            and entry.printed.quantity not in LOOSE
            and entry.ours.value is not None
        ):
            rules &= conventions_giving(entry.ours.value, entry.printed.text)
    return rules


def left_open(published: Mapping[str, Any], results: Mapping[str, Result]) -> list[OpenEntry]:
    """Return the ranges of what print leaves open, with the own value of the persons at hand."""
    found: list[OpenEntry] = []
    for figure in published.get("figures", ()):
        found.extend(_of_figure(figure, results))
    for table in published.get("tables", ()):
        if table["kind"] == "odds_ratios":
            found.extend(_hidden(table, results))
    return found


def _of_figure(figure: Mapping[str, Any], results: Mapping[str, Result]) -> Iterator[OpenEntry]:
    ours = figure["ours"]
    means = [p.text for p in printed_numbers({"figures": [figure]}) if p.quantity == "mean"]
    before, after = means
    low, high = ours["score_range"]
    found = open_range(before, after, n=int(figure["n"]), low=low, high=high, unit=ours["unit"])
    if found is None:
        return
    own = _own_change(results.get(ours["result"]), ours["outcome"])
    for quantity, bounds in _named(found).items():
        yield OpenEntry(ours["outcome"], quantity, *bounds, own.get(quantity))


def _named(found: OpenRange) -> dict[str, tuple[float, float]]:
    return {"sd": found.sd, "p": found.p, "d_z": found.d_z}


def _own_change(result: Result | None, outcome: str) -> dict[str, float]:
    """Read SD of the change, paired t-test p and d_z from the persons at hand."""
    if result is None:
        return {}
    est = result.estimates
    rows = est[(est["outcome"] == outcome) & (est["term"] == "difference") & (est["status"] != "refused")]
    if rows.empty:
        return {}
    row = rows.iloc[0]
    sd = float(row["std_error"]) * float(row["n"]) ** 0.5
    return {"sd": sd, "p": float(row["p_value"]), "d_z": float(row["estimate"]) / sd if sd else float("nan")}


def _hidden(table: Mapping[str, Any], results: Mapping[str, Result]) -> Iterator[OpenEntry]:
    for printed in printed_numbers({"tables": [table]}):
        if printed.quantity == "odds_ratio_hidden":
            row = table["rows"][int(printed.id.split(".")[1]) - 1]
            value = ours_of(printed, results, {}).value
            low, high = row["ci"]
            own = None if value is None else float(value)
            yield OpenEntry(row.get("said", row["label"]), "odds_ratio", float(low), float(high), own)


def _is_number(text: str) -> bool:
    try:
        Fraction(text)
    except ValueError:
        return False
    return True
