"""A share against its count and n.

Proof: a share of n whole persons is 100 k / n for a whole k from 0 to n.  Rounding is monotone, so only the
two or three k nearest to the printed percent can print so, and all of them are tried under every convention.
A count that is more than its n is no count of them, weighted or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ipseval.auditing.findings import CONTRADICTION, METHOD, Finding
from ipseval.auditing.fitting import possible_counts, share_fits
from ipseval.auditing.published import Published, Share
from ipseval.auditing.rules.common import find, near_bases, of_n, shown, spans, unless_weighted
from ipseval.core.whole_persons import number


def shares(published: Published) -> Iterator[Finding]:
    """Judge every share that is printed with an n of its own."""
    for share in published.shares:
        if share.percent and not 0 <= number(share.percent) <= 100:
            yield find(share, CONTRADICTION, "share", "audit_share_beyond", percent=share.percent)
        elif share.n is not None and share.n > 0:
            yield from _with_n(published, share, share.n)


def _with_n(published: Published, share: Share, n: int) -> Iterator[Finding]:
    if share.count is not None and share.count > n:
        yield find(share, CONTRADICTION, "share", "audit_count_beyond", count=share.count, n=n)
    elif share.percent and share.count is not None:
        yield from _count_and_percent(published, share, share.count, n)
    elif share.percent and not possible_counts(share.percent, n):
        yield _alone(published, share, n)


def _count_and_percent(published: Published, share: Share, count: int, n: int) -> Iterator[Finding]:
    if share_fits(count, n, share.percent):
        return
    bases, counts = near_bases(share.percent, n + count + 50, count), possible_counts(share.percent, n)
    yield find(
        share,
        unless_weighted(published),
        "share",
        "audit_share_count",
        arithmetic=of_n(count, n),
        fix="audit_share_count_fix" if counts else "audit_share_no_count_fix",
        percent=share.percent,
        count=count,
        n=n,
        counts=spans(counts) or (),
        bases=spans(bases) or (),
    )


def _alone(published: Published, share: Share, n: int) -> Finding:
    below = number(share.percent) * n // 100
    bases = near_bases(share.percent, n)
    return find(
        share,
        METHOD if bases else unless_weighted(published),
        "share",
        "audit_share_alone",
        arithmetic="; ".join(
            f"{k}/{n} = {shown(Fraction(100 * k, n))} %" for k in (int(below), int(below) + 1)
        ),
        fix="audit_base_fix" if bases else "audit_weights_fix",
        percent=share.percent,
        n=n,
        bases=spans(bases),
    )
