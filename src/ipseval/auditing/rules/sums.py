"""Percents of an exclusive question add to 100 within what rounding moves.

Proof: each printed percent is at most half a unit of its last decimal from the exact one, whatever the
convention, weights or base, and the exact ones add to 100 (or less, where a category is not told).  So the
printed sum less the sum of half units can never be over 100.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, METHOD, NOTE, Finding
from ipseval.auditing.fitting import sum_window
from ipseval.auditing.published import Published
from ipseval.auditing.rules.common import find, shown
from ipseval.core.whole_persons import number


def sums(published: Published) -> Iterator[Finding]:
    """Add the percents of every exclusive distribution."""
    for table in published.distributions:
        percents = [str(c.percent) for c in table.cells if c.percent]
        if not table.exclusive or len(percents) < 2:
            continue
        low, high = sum_window(percents)
        total = sum(number(p) for p in percents)
        values = {
            "total": f"{float(total):g}",
            "low": shown(low, 1),
            "high": shown(high, 1),
            "arithmetic": " + ".join(percents) + f" = {float(total):g}",
        }
        if low > 100:
            yield find(table, CONTRADICTION, "sum", "audit_sum_over", **values)
        elif high < 100 and table.complete and len(percents) == len(table.cells):
            yield find(table, METHOD, "sum", "audit_sum_under", **values)
        elif total != 100 and table.complete and len(percents) == len(table.cells):
            yield find(table, NOTE, "sum", "audit_sum_rounding", **values)
