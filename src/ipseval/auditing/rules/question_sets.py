"""Shares of one question that the text tells one by one: together at most 100, and of one base.

Proof: as for sums and whole rows; the set need not be complete, so counts may leave some of n untold.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ipseval.auditing.findings import CONTRADICTION, METHOD, NOTE, Finding
from ipseval.auditing.fitting import bases_of_row, sum_window
from ipseval.auditing.published import Published, Share
from ipseval.auditing.rules.common import find, shown, spans, unless_weighted
from ipseval.core.whole_persons import number


def question_sets(published: Published) -> Iterator[Finding]:
    """Judge the shares that carry the same `question` together."""
    sets: dict[str, list[Share]] = {}
    for share in published.shares:
        if share.question and share.percent and share.n:
            sets.setdefault(share.question, []).append(share)
    for members in sets.values():
        if len(members) > 1 and len({m.n for m in members}) == 1:
            yield from _judge(published, members)


def _judge(published: Published, members: list[Share]) -> Iterator[Finding]:
    first, percents = members[0], [str(m.percent) for m in members]
    n = first.n or 0
    low, high = sum_window(percents)
    total = sum((number(p) for p in percents), Fraction(0))
    added = " + ".join(percents) + f" = {float(total):g}"
    if low > 100:
        yield find(
            first,
            CONTRADICTION,
            "question",
            "audit_sum_over",
            arithmetic=added,
            total=f"{float(total):g}",
            low=shown(low, 1),
            high=shown(high, 1),
        )
        return
    if high < 100:
        yield find(
            first, NOTE, "question", "audit_set_untold", arithmetic=added, rest=f"{float(100 - total):g}"
        )
    bases = bases_of_row(percents, n, complete=False) if n <= 400 else [n]
    if n not in bases:
        yield find(
            first,
            METHOD if bases else unless_weighted(published),
            "question",
            "audit_set_base",
            fix="audit_base_fix" if bases else "audit_weights_fix",
            percents=", ".join(percents),
            n=n,
            bases=spans(bases[-8:]),
        )
