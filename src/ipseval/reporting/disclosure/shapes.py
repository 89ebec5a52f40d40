"""Outputs that are no table of counts: steps of a curve, histograms, and stories of single people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipseval.core.checks import require_columns
from ipseval.core.errors import DisclosureError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Bin:
    """One bar: from and up to, and how many people."""

    low: float
    high: float
    n: int


def merged_bins(edges: Sequence[float], counts: Sequence[int], least: int) -> list[Bin]:
    """Join neighbouring bars until each has none or at least `least` persons; the ends are joined inwards.

    Raises
    ------
    DisclosureError
        When all together are fewer than `least`.
    """
    if len(edges) != len(counts) + 1:
        raise DisclosureError("edges= must have one number more than counts=.")
    if 0 < sum(counts) < least:
        raise DisclosureError("a histogram of so few persons cannot be released: leave it out.")
    bins = [Bin(a, b, int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    at = 0
    while at < len(bins):
        if not 0 < bins[at].n < least:
            at += 1
            continue
        other = at + 1 if at + 1 < len(bins) else at - 1
        first, last = sorted((at, other))
        joined = Bin(bins[first].low, bins[last].high, bins[first].n + bins[last].n)
        bins[first : last + 1] = [joined]
        at = max(first - 1, 0)
    return bins


def gathered_steps(steps: pd.DataFrame, least: int) -> pd.DataFrame:
    """Keep the steps of a curve at which at least `least` events have gathered since the last one kept.

    Parameters
    ----------
    steps
        One row per time in order: time, estimate, events (at that time) and at_risk.
    least
        Events per step.

    Returns
    -------
    pandas.DataFrame
        time, estimate (of the last event gathered) and at_risk, rounded down to a multiple of `least`; the
        curve ends where fewer than `least` are at risk.  Times of censoring are not kept.
    """
    require_columns(steps, ["time", "estimate", "events", "at_risk"], argument="steps", error=DisclosureError)
    kept = []
    waiting = 0
    for row in steps.to_dict("records"):
        if row["at_risk"] < least:
            break
        waiting += int(row["events"])
        if waiting >= least:
            kept.append((row["time"], row["estimate"], int(row["at_risk"]) // least * least))
            waiting = 0
    import pandas as pd

    return pd.DataFrame(kept, columns=["time", "estimate", "at_risk"])


_MONTHS = (
    "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december|"
    "january|february|march|may|june|july|october"
)
_DATE = (
    rf"\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}\.? (?:{_MONTHS})\b"
)
_AGE = r"\b\d{1,3}[- ]?(?:år(?:ig)?|years? old|year-old)\b"
_EMPLOYER = r"\b(?:A/S|ApS|I/S|Netto|Føtex|Bilka|REMA|Lidl|skole|school|supermarked|restaurant|butik)\b"
_CLINIC = r"\b(?:\w*klinik\w*|\w*hospital\w*|afdeling \w+|psykiatri\w*|clinic|ward)\b"
_RARE = (
    r"\b(?:selvmord\w*|dømt|fængsel\w*|dødsfald|tvilling\w*|gravid\w*|asyl\w*|"
    r"suicide|prison|pregnan\w*|twin)\b"
)
STORY_RULES: Mapping[str, str] = {
    "date": _DATE,
    "age": _AGE,
    "employer": _EMPLOYER,
    "clinic": _CLINIC,
    "rare_event": _RARE,
}


def story_checklist(
    text: str,
    *,
    people: pd.DataFrame | None = None,
    traits: Mapping[str, object] | None = None,
    least: int = 5,
) -> pd.DataFrame:
    """List what a case story or quotation tells that could name somebody; a person decides.

    Parameters
    ----------
    text
        The story.
    people
        Everybody in the base, to count who shares what the story tells.
    traits
        Column of `people` -> what the story says of it.
    least
        Fewest persons who must share the traits.

    Returns
    -------
    pandas.DataFrame
        check, hits and status: "needs_person" for what was found and for the whole, "hidden" where fewer than
        `least` share the traits.  The text is not repeated, and no line ever says "ok" of a story.
    """
    import pandas as pd

    rows: list[tuple[str, int, str]] = []
    for name, pattern in STORY_RULES.items():
        hits = len(re.findall(pattern, text, flags=re.IGNORECASE))
        rows.append((name, hits, "needs_person"))
    if people is not None and traits:
        require_columns(people, list(traits), argument="traits", error=DisclosureError)
        same = pd.Series(True, index=people.index)
        for column, value in traits.items():
            same &= people[column] == value
        n = int(same.sum())
        rows.append(("people_who_share_it", n, "hidden" if n < least else "needs_person"))
    return pd.DataFrame(rows, columns=["check", "hits", "status"])
