"""The SD of a yes/no score against its mean and n (DEBIT; Heathers & Brown 2019).

Proof: with c of n ones the mean is p = c / n and the SD is sqrt(p (1 - p) n / (n - 1)), so mean and n leave
at most a few SDs; each is compared with the print within half a unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ipseval.auditing.findings import METHOD, Finding
from ipseval.auditing.published import Mean, Published
from ipseval.auditing.rules.common import find, spans, unless_weighted
from ipseval.auditing.rules.grim import mean_totals
from ipseval.auditing.rules.grimmer import is_binary
from ipseval.core.whole_persons import half_step, number


def debit(published: Published) -> Iterator[Finding]:
    """Judge every printed SD of a yes/no score."""
    for mean in published.means:
        if not (mean.sd and mean.value and mean.n and mean.n > 1 and is_binary(mean)):
            continue
        n = mean.n
        if not mean_totals(mean, n) or _fits(mean, n, 1):
            continue
        bases = [] if mean.exact_n else [m for m in range(n - 1, 1, -1) if _fits(mean, m, 1)][:8]
        over_n = _fits(mean, n, 0)
        fix = "audit_sd_over_n" if over_n else "audit_base_fix" if bases else "audit_weights_fix"
        sds = [_sd(c, n, 1) for c in mean_totals(mean, n)]
        yield find(
            mean,
            METHOD if over_n or bases else unless_weighted(published),
            "debit",
            "audit_sd_binary",
            fix=fix,
            sd=mean.sd,
            mean=mean.value,
            n=n,
            bases=spans(bases),
            own=", ".join(f"{sd:.4f}" for sd in sds),
        )


def _fits(mean: Mean, n: int, lost: int) -> bool:
    half = float(half_step(mean.sd)) * (1 + 1e-9)
    return any(abs(_sd(c, n, lost) - float(number(mean.sd))) <= half for c in mean_totals(mean, n))


def _sd(count: int, n: int, lost: int) -> float:
    p = count / n
    return math.sqrt(p * (1 - p) * n / (n - lost)) if n > lost else 0.0
