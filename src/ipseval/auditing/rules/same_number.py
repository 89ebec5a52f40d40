"""One quantity told in several places: the printed intervals must meet; repeated sentences are told.

Proof: a number printed with d decimals lies within half a unit of the d-th of the exact one; two prints of
one quantity therefore have intervals with a common point.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, NOTE, Finding
from ipseval.auditing.published import Published, Same
from ipseval.auditing.rules.common import find
from ipseval.core.whole_persons import half_step, number


def same_number(published: Published) -> Iterator[Finding]:
    """Judge numbers that must be the same, and claims that repeat another."""
    for same in published.same:
        if same.values and not _meet(same):
            yield find(same, CONTRADICTION, "same", "audit_same_differ", values=", ".join(same.values))
    for share in published.shares:
        other = next((s for s in published.shares if s.id == share.repeats), None)
        if other is None:
            continue
        own, told = (share.percent, share.count, share.n), (other.percent, other.count, other.n)
        lines = ", ".join(f"l. {line}" for line in other.lines)
        if own == told:
            yield find(share, NOTE, "same", "audit_repeated", lines=lines)
        else:
            yield find(share, CONTRADICTION, "same", "audit_repeat_differs", lines=lines)


def _meet(same: Same) -> bool:
    if same.whole:
        return len({number(v) for v in same.values}) == 1
    return max(number(v) - half_step(v) for v in same.values) <= min(
        number(v) + half_step(v) for v in same.values
    )
