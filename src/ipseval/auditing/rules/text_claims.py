"""Claims of the text against the tables they repeat.

Proof: where the cells have counts, the claim's count is their sum, and its share that sum over the base.
Where they have percents only, the exact sum lies within the sum of half units of the printed one, and the
claim within half a unit of its own; if those two intervals do not meet, no base and no weights bring them
together.  A fraction in words is held to the tolerance that the words allow, which is a judgement, so it
never makes a contradiction, but "over" and "under" are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ipseval.auditing.findings import CONTRADICTION, METHOD, NOTE, Finding
from ipseval.auditing.fitting import possible_counts, share_fits, sum_window
from ipseval.auditing.published import Cell, Distribution, Published, Share
from ipseval.auditing.rules.common import find, of_n, shown, size, unless_weighted
from ipseval.core.whole_persons import half_step, number

LOOSE = Fraction(5, 2)
"""Percentage points that a fraction in words is held to where the file says no tolerance."""


def text_claims(published: Published) -> Iterator[Finding]:
    """Set every claim beside the cells it names, and every fraction in words beside its numbers."""
    for share in published.shares:
        table = published.distribution(share.distribution)
        if table is not None and share.cells:
            cells = [table.cells[i - 1] for i in share.cells]
            yield from _against(published, share, table, cells)
        if share.said:
            yield from _words(published, share, table)


def _against(published: Published, share: Share, table: Distribution, cells: list[Cell]) -> Iterator[Finding]:
    counts = [c.count for c in cells]
    total = sum(c for c in counts if c is not None) if None not in counts else None
    if share.count is not None and total is not None:
        yield from _count(published, share, counts, total)
    if share.percent and share.n is None:
        yield from _percent(share, table, cells, total, size(published, table))


def _count(published: Published, share: Share, counts: list[int | None], total: int) -> Iterator[Finding]:
    """Set a count beside the sum of its cells; weighted counts are rounded each, so their sums move."""
    count = share.count or 0
    if count > total if share.bound == "at_most" else count != total:
        rounded = len(counts) > 1 and 2 * abs(count - total) <= len(counts) + 1
        yield find(
            share,
            unless_weighted(published) if rounded else CONTRADICTION,
            "text",
            "audit_text_count",
            count=count,
            total=total,
            arithmetic=" + ".join(map(str, counts)) + f" = {total}",
        )


def _percent(
    share: Share, table: Distribution, cells: list[Cell], total: int | None, n: int | None
) -> Iterator[Finding]:
    bases = _bases(table, n)
    if total is not None and any(share_fits(total, m, share.percent) for m in bases):
        return
    percents = [str(c.percent) for c in cells if c.percent]
    if len(percents) == len(cells):
        yield from _against_percents(share, table, percents, total, bases)
    elif total is not None:
        yield find(
            share,
            METHOD,
            "text",
            "audit_text_share",
            percent=share.percent,
            total=total,
            arithmetic="; ".join(of_n(total, m) for m in bases),
        )


def _bases(table: Distribution, n: int | None) -> list[int]:
    counts = [c.count for c in table.cells]
    found = [n] if n else []
    if table.exclusive and counts and None not in counts:
        found.append(sum(c or 0 for c in counts))
    return sorted({m for m in found if m})


def _against_percents(
    share: Share, table: Distribution, percents: list[str], total: int | None, bases: list[int]
) -> Iterator[Finding]:
    low, high = sum_window(percents)
    own, half = number(share.percent), half_step(share.percent)
    printed = sum(number(p) for p in percents)
    added = " + ".join(percents) + f" = {float(printed):g}"
    values = {
        "percent": share.percent,
        "low": shown(low, 1),
        "high": shown(high, 1),
        "printed": f"{float(printed):g}",
    }
    if own + half < low or own - half > high:
        sums = [added, *(of_n(total, m) for m in bases if total is not None)]
        yield find(share, CONTRADICTION, "text", "audit_text_table", arithmetic="; ".join(sums), **values)
    elif len(percents) > 1 and own == printed and not _sum_is_possible(share, table, percents, total, bases):
        yield find(share, METHOD, "text", "audit_text_sum_of_rounded", arithmetic=added, **values)


def _sum_is_possible(
    share: Share, table: Distribution, percents: list[str], total: int | None, bases: list[int]
) -> bool:
    """Return whether whole persons in the table's row give the claim as an exact sum."""
    if total is not None:
        return any(share_fits(total, m, share.percent) for m in bases)
    row = [str(c.percent) for c in table.cells]
    if not all(row):
        return True
    sums = [(m, _subset_sums(row, [i - 1 for i in share.cells], m)) for m in bases]
    if not any(found for _, found in sums):
        return any(possible_counts(share.percent, m) for m in bases)
    return any(share_fits(total, m, share.percent) for m, found in sums for total in found)


def _subset_sums(row: list[str], at: list[int], n: int) -> list[int]:
    """Return what some cells of a whole row of n can add to.

    The counts of a cell are neighbours, so sums of cells are all whole numbers between the least and the
    greatest; what the cells take, the others must leave.
    """
    choices = [possible_counts(p, n) for p in row]
    if not all(choices):
        return []
    inside = [c for i, c in enumerate(choices) if i in at]
    outside = [c for i, c in enumerate(choices) if i not in at]
    least = max(sum(c[0] for c in inside), n - sum(c[-1] for c in outside))
    most = min(sum(c[-1] for c in inside), n - sum(c[0] for c in outside))
    return list(range(least, most + 1))


def _words(published: Published, share: Share, table: Distribution | None) -> Iterator[Finding]:
    exact = _exact(published, share, table)
    said = number(share.said)
    if exact is None:
        yield find(share, NOTE, "text", "audit_words_only", said=f"{float(said):g}")
        return
    (low, high), sums = exact
    values = {"said": f"{float(said):g}", "low": shown(low, 1), "high": shown(high, 1)}
    if share.bound in ("over", "under"):
        if (high <= said) if share.bound == "over" else (low >= said):
            level = CONTRADICTION if "/" not in sums else unless_weighted(published)
            yield find(share, level, "text", "audit_words_bound", arithmetic=sums, **values)
        return
    tolerance = number(share.tolerance) if share.tolerance else LOOSE
    if low - tolerance > said or high + tolerance < said:
        yield find(
            share,
            METHOD,
            "text",
            "audit_words_miss",
            arithmetic=sums,
            tolerance=f"{float(tolerance):g}",
            **values,
        )


def _exact(
    published: Published, share: Share, table: Distribution | None
) -> tuple[tuple[Fraction, Fraction], str] | None:
    """Return the interval the share lies in, and the arithmetic; None where no number stands behind it."""
    if table is not None and share.cells:
        cells = [table.cells[i - 1] for i in share.cells]
        counts = [c.count for c in cells]
        n = size(published, table)
        if None not in counts and n:
            total = sum(c or 0 for c in counts)
            shares = [Fraction(100 * total, m) for m in _bases(table, n)]
            return (min(shares), max(shares)), "; ".join(of_n(total, m) for m in _bases(table, n))
        if all(c.percent for c in cells):
            return sum_window([c.percent for c in cells]), " + ".join(c.percent for c in cells)
    if share.count is not None and share.n:
        exact = Fraction(100 * share.count, share.n)
        return (exact, exact), of_n(share.count, share.n)
    if share.percent:
        half = half_step(share.percent)
        return (number(share.percent) - half, number(share.percent) + half), f"{share.percent} %"
    return None
