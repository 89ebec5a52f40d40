"""Two means of the same people: what "no significant change" leaves open, decimals, and cut-offs.

Proof of the range of p: `core/whole_persons.py` bounds the sum of squared differences of n whole pairs with
these totals from both sides; no pairs give a p outside.  The change that n pairs can show is (z.975 + z.80)
/ sqrt(n) standard deviations of the change, for 80 % power at the 5 % level (normal approximation: a note
only). Cut-offs that classify persons do not classify a group mean: a mean on one side says nothing of how
many are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Mean, Published
from ipseval.auditing.rules.common import find
from ipseval.auditing.rules.grim import mean_totals
from ipseval.core import tails
from ipseval.core.whole_persons import decimals, number, open_range

ENOUGH = 1_000_000
"""Totals before x totals after x people, up to which the range of p is worked out."""


def series(published: Published) -> Iterator[Finding]:
    """Judge means that share a series two by two."""
    members: dict[str, list[Mean]] = {}
    for mean in published.means:
        if mean.series and mean.value:
            members.setdefault(mean.series, []).append(mean)
    for means in members.values():
        if len(means) != 2:
            continue
        before, after = means
        if decimals(before.value) != decimals(after.value):
            yield find(before, NOTE, "series", "audit_decimals", before=before.value, after=after.value)
        if not (before.p or after.p or before.sd or after.sd or before.interval) and before.n:
            yield from _no_test(before, after, before.n)
        yield from _cutoffs(before, after)


def _no_test(before: Mean, after: Mean, n: int) -> Iterator[Finding]:
    detectable = (tails.normal_quantile(0.95) + tails.normal_quantile(0.60)) / math.sqrt(n)
    values: dict[str, Any] = {"n": n, "d": f"{detectable:.2f}", "before": before.value, "after": after.value}
    if before.low is None or before.high is None or not before.summed or n < 2 or _too_many(before, after, n):
        yield find(before, NOTE, "series", "audit_no_test", **values)
        return
    found = open_range(before.value, after.value, n=n, low=before.low, high=before.high, unit=before.unit)
    if found is None:
        yield find(before, NOTE, "series", "audit_no_test", **values)
        return
    low, high = (f"{p:.3f}" if p >= 0.001 else "<0.001" for p in found.p)
    yield find(
        before,
        NOTE,
        "series",
        "audit_no_test_range",
        p_low=low,
        p_high=high,
        sd_low=f"{found.sd[0]:.2f}",
        sd_high=f"{found.sd[1]:.2f}",
        **values,
    )


def _too_many(before: Mean, after: Mean, n: int) -> bool:
    """Return whether there are so many people that the range is not worth its time: it would say all."""
    return len(mean_totals(before, n)) * len(mean_totals(after, n)) * n > ENOUGH


def _cutoffs(before: Mean, after: Mean) -> Iterator[Finding]:
    one, two = (sum(number(m.value) > c for c in before.cutoffs) for m in (before, after))
    if before.cutoffs and one != two:
        yield find(
            before,
            NOTE,
            "series",
            "audit_cutoff_mean",
            before=before.value,
            after=after.value,
            cutoffs=", ".join(map(str, before.cutoffs)),
        )
