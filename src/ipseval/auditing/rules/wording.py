"""Sentences that go further than their numbers; a person marks them in the file, the rule does the sums.

Kinds: `risk_for_odds` (an odds ratio told as how many times as likely), `level_or_change` (one thing named
as a level and as a change), `frequency_with_mean` (how many, where only a mean stands), `no_difference`
(without how small a difference so few could show), `no_counterfactual` (an effect told without what would
have happened anyway), `two_sources` (one characteristic counted by two sources).

Proof of the risk ratio: with odds ratio o and risk p0 in the reference group, the other risk is p1 = o p0 /
(1 - p0 + o p0), so the risk ratio is o / (1 - p0 + o p0) (Zhang & Yu 1998, doi:10.1001/jama.280.19.1690):
always nearer 1 than o.  Proof of the detectable difference: two shares near one half, n1 and n2 people, 80
% power at 5 %: 2.80 sqrt(1/4 (1/n1 + 1/n2)); an approximation, so a note.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Published, Wording
from ipseval.auditing.rules.common import find

CHANGE = (
    "udvikling",
    "ændring",
    "fremgang",
    "stigning",
    "fald",
    "forbedring",
    "change",
    "gain",
    "development",
    "increase",
    "improvement",
    "progress",
)
PLAIN = ("frequency_with_mean", "no_counterfactual", "two_sources")


def wording(published: Published) -> Iterator[Finding]:
    """Judge the sentences that the file marks."""
    for word in published.wordings:
        if word.kind == "risk_for_odds":
            yield from _risk(published, word)
        elif word.kind == "level_or_change":
            yield from _level(published, word)
        elif word.kind == "no_difference":
            yield from _no_difference(word)
        elif word.kind in PLAIN:
            yield find(word, NOTE, "wording", f"audit_{word.kind}", values=", ".join(word.values) or "-")


def risk_ratio(odds: float, base: float) -> float:
    """Return the risk ratio that an odds ratio means at a base risk.

    >>> round(risk_ratio(2.24, 0.5), 2)
    1.38
    """
    return odds / (1 - base + odds * base)


def _risk(published: Published, word: Wording) -> Iterator[Finding]:
    ratios = [
        r for r in published.ratios if r.value and r.kind == "odds" and (not word.of or r.id in word.of)
    ]
    for ratio in ratios:
        odds = float(ratio.value)
        told = "; ".join(f"{int(100 * p)} % -> {risk_ratio(odds, p):.2f}" for p in (0.1, 0.3, 0.5, 0.7))
        yield find(word, NOTE, "wording", "audit_risk_for_odds", arithmetic=told, ratio=ratio.value)


def _level(published: Published, word: Wording) -> Iterator[Finding]:
    for ratio in published.ratios:
        if ratio.id not in word.of:
            continue
        own = ratio.what.rpartition(": ")[2]
        if names_change(own) != names_change(word.name):
            yield find(word, NOTE, "wording", "audit_level_or_change", own=own, name=word.name)


def names_change(text: str) -> bool:
    """Return whether words name a change rather than a level."""
    return any(word in text.lower() for word in CHANGE)


def _no_difference(word: Wording) -> Iterator[Finding]:
    sizes = [int(float(v)) for v in word.values]
    if len(sizes) == 2 and min(sizes) > 0:
        points = 100 * 2.80 * math.sqrt(0.25 * (1 / sizes[0] + 1 / sizes[1]))
        d = 2.80 * math.sqrt(1 / sizes[0] + 1 / sizes[1])
        yield find(
            word,
            NOTE,
            "wording",
            "audit_no_difference",
            a=sizes[0],
            b=sizes[1],
            points=f"{points:.0f}",
            d=f"{d:.2f}",
        )
    else:
        yield find(word, NOTE, "wording", "audit_no_difference_told")
