"""Whole rows and tables: one base must make every cell of a row possible at once.

Proof: cells of an exclusive, complete row are counts k1..kc of one n with k1 + ... + kc = n.  Each k has at
most two or three candidates, and every combination is tried for every base up to the printed n, so that an
undeclared "did not answer" shows itself as a smaller base.  Printed counts need no search: each pair of count
and percent allows a set of bases, and the table's are those that all pairs allow.  Weighted counts can add to
more than n people.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import METHOD, NOTE, SOURCE, Finding
from ipseval.auditing.fitting import bases_of_row, possible_counts, share_fits
from ipseval.auditing.published import Cell, Distribution, Published
from ipseval.auditing.rules.common import base_window, find, of_n, size, spans, unless_weighted

SEARCHED = 400
"""Bases are searched down to this many below n: more are not all useful to name."""


def whole_rows(published: Published) -> Iterator[Finding]:
    """Judge every distribution as a whole."""
    for table in published.distributions:
        n = size(published, table)
        if table.complete is False and any(not c.percent and c.count is None for c in table.cells):
            yield find(table, SOURCE, "whole_row", "audit_row_unread", doubt=table.doubt or "")
        if n is None or n < 1:
            continue
        counts = [c.count for c in table.cells if c.count is not None]
        if counts:
            yield from _counts(published, table, counts, n)
        elif all(c.percent for c in table.cells) and table.cells:
            yield from _percents(published, table, n)


def _counts(published: Published, table: Distribution, counts: list[int], n: int) -> Iterator[Finding]:
    total = sum(counts)
    if max(counts) > n or (table.exclusive and total > n):
        yield find(
            table,
            unless_weighted(published),
            "whole_row",
            "audit_counts_beyond",
            total=total,
            n=n,
            arithmetic=" + ".join(map(str, counts)) + f" = {total}",
        )
        return
    if table.exclusive and total < n:
        level, code = (METHOD, "audit_counts_short") if table.complete else (NOTE, "audit_counts_untold")
        yield find(
            table,
            level,
            "whole_row",
            code,
            total=total,
            n=n,
            missing=n - total,
            arithmetic=" + ".join(map(str, counts)) + f" = {total}",
        )
    pairs = [c for c in table.cells if c.count is not None and c.percent]
    wrong = [c for c in pairs if not share_fits(c.count or 0, n, c.percent)]
    if wrong:
        yield _base(published, table, pairs, wrong, n)


def _base(published: Published, table: Distribution, pairs: list[Cell], wrong: list[Cell], n: int) -> Finding:
    least = max(1, max(c.count or 0 for c in pairs))
    biggest = max(pairs, key=lambda c: c.count or 0)
    window = base_window(biggest.count or 0, biggest.percent, n)
    bases = [m for m in window if m >= least and all(share_fits(c.count or 0, m, c.percent) for c in pairs)]
    return find(
        table,
        METHOD if bases else unless_weighted(published),
        "whole_row",
        "audit_table_other_base" if bases else "audit_table_no_base",
        arithmetic="; ".join(of_n(c.count or 0, n) for c in wrong),
        fix="audit_base_fix" if bases else "audit_weights_fix",
        n=n,
        bases=spans(bases),
        cells="; ".join(f"{c.label}: {c.count} ({c.percent} %)" for c in wrong),
    )


def _percents(published: Published, table: Distribution, n: int) -> Iterator[Finding]:
    percents = [str(c.percent) for c in table.cells]
    if not table.exclusive:
        yield from _each(published, table, n)
        return
    searched = bases_of_row(percents, n, complete=table.complete) if n <= SEARCHED else [n]
    if n in searched or (n > SEARCHED and all(possible_counts(p, n) for p in percents)):
        return
    impossible = [c for c in table.cells if not possible_counts(c.percent, n)]
    told = "; ".join(f"{c.label}: {c.percent} %" for c in impossible)
    yield find(
        table,
        METHOD if searched and n <= SEARCHED else unless_weighted(published),
        "whole_row",
        "audit_row_cells" if impossible else "audit_row_sum",
        arithmetic="; ".join(_nearest(c, n) for c in impossible),
        fix="audit_base_fix" if searched and n <= SEARCHED else "audit_row_fix",
        n=n,
        cells=told,
        bases=spans(searched[-8:]),
    )


def _nearest(cell: Cell, n: int) -> str:
    below = int(float(cell.percent) * n // 100)
    return ", ".join(of_n(k, n) for k in (below, below + 1) if k <= n)


def _each(published: Published, table: Distribution, n: int) -> Iterator[Finding]:
    impossible = [c for c in table.cells if not possible_counts(c.percent, n)]
    if not impossible:
        return
    bases = [
        m for m in range(max(1, n - SEARCHED), n) if all(possible_counts(c.percent, m) for c in table.cells)
    ]
    yield find(
        table,
        METHOD if bases else unless_weighted(published),
        "whole_row",
        "audit_row_cells",
        arithmetic="; ".join(_nearest(c, n) for c in impossible),
        fix="audit_base_fix" if bases else "audit_weights_fix",
        n=n,
        cells="; ".join(f"{c.label}: {c.percent} %" for c in impossible),
        bases=spans(bases[-8:]),
    )
