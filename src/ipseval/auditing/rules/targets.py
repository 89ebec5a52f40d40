"""An aim met only by counting a category in, and how sure the share is.

Proof: leaving each counted category out in turn is arithmetic; the interval is Wilson's (95 %), which says
how far chance alone could move the share of so few people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Published, Target
from ipseval.auditing.rules.common import find, of_n, size
from ipseval.core import tails
from ipseval.core.whole_persons import number


def targets(published: Published) -> Iterator[Finding]:
    """Judge every aim against what is counted towards it."""
    for target in published.targets:
        table = published.distribution(target.distribution)
        n = target.n or (size(published, table) if table else None)
        if table is None or not n or not target.percent:
            continue
        cells = [table.cells[i - 1] for i in target.cells]
        counts = [(c.label, c.count) for c in cells if c.count is not None]
        if len(counts) == len(cells):
            yield from _judge(target, counts, n)


def _judge(target: Target, counts: list[tuple[str, int]], n: int) -> Iterator[Finding]:
    aim, total = number(target.percent), sum(count for _, count in counts)
    low, high = wilson(total, n)
    values: dict[str, Any] = {
        "aim": target.percent,
        "total": total,
        "n": n,
        "low": f"{100 * low:.0f}",
        "high": f"{100 * high:.0f}",
    }
    if Fraction(100 * total, n) < aim:
        yield find(target, NOTE, "target", "audit_target_missed", arithmetic=of_n(total, n), **values)
        return
    without = [(label, count) for label, count in counts if Fraction(100 * (total - count), n) < aim]
    smallest = min(without, key=lambda pair: pair[1], default=None)
    if smallest is not None:
        label, count = smallest
        yield find(
            target,
            NOTE,
            "target",
            "audit_target_needs",
            label=label,
            arithmetic=f"{of_n(total, n)}; {of_n(total - count, n)}",
            **values,
        )
    elif 100 * low < aim:
        yield find(target, NOTE, "target", "audit_target_unsure", arithmetic=of_n(total, n), **values)


def wilson(count: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z = tails.normal_quantile(0.95)
    centre, spread = count + z * z / 2, z * math.sqrt(count * (n - count) / n + z * z / 4)
    return (centre - spread) / (n + z * z), (centre + spread) / (n + z * z)
