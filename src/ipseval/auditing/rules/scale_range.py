"""The printed range of an index against its number of questions.

Proof: an index that adds k equal items, each coded a to b, runs from k a to k b.  With whole codes both
ends are divisible by k; if one is not, the items are not equal, not whole, or the print is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import METHOD, Finding
from ipseval.auditing.published import Published
from ipseval.auditing.rules.common import find


def scale_range(published: Published) -> Iterator[Finding]:
    """Judge every printed index range."""
    for scale in published.scales:
        if scale.low is None or scale.high is None or scale.items < 2:
            continue
        wrong = [end for end in (scale.low, scale.high) if end % scale.items]
        if wrong:
            low, high = round(scale.low / scale.items), round(scale.high / scale.items)
            sums = "; ".join(f"{end}/{scale.items} = {end / scale.items:.2f}" for end in wrong)
            yield find(
                scale,
                METHOD,
                "scale",
                "audit_scale",
                arithmetic=sums,
                fix="audit_scale_fix",
                low=scale.low,
                high=scale.high,
                items=scale.items,
                own_low=low * scale.items,
                own_high=high * scale.items,
            )
