"""Numbers whose n is so large that every print is possible: said, so that silence is not read as approval.

Proof: the steps between possible values are 100 / n for a share and u / (n k) for a mean; where a step is no
wider than a unit of the last printed decimal, some whole count or total prints as anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Printed, Published
from ipseval.auditing.rules.common import find
from ipseval.core.whole_persons import decimals


def no_power(published: Published) -> Iterator[Finding]:
    """Tell which shares and means whole persons cannot judge."""
    blind: list[Printed] = [
        share
        for share in published.shares
        if share.percent
        and share.n
        and share.count is None
        and share.n >= 100 * 10 ** decimals(share.percent)
    ]
    for mean in published.means:
        items = 1 if mean.summed else mean.items
        if mean.value and mean.n and mean.n * items >= mean.unit * 10 ** decimals(mean.value):
            blind.append(mean)
    if blind:
        names = ", ".join(item.id for item in blind[:20])
        yield find(blind[0], NOTE, "no_power", "audit_no_power", n=len(blind), names=names)
