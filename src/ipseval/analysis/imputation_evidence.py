"""Whom a pooled number counts: the people as they answered, and what the worst of the filled frames has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ipseval.core.evidence import ANSWERED, MISSING, TOGETHER, Count, Evidence, Line, Sum, Where, where
from ipseval.core.result import Result


def pooled_evidence(observed: Result | None, results: Sequence[Result], n: pd.Series) -> Evidence | None:
    """Tell of each pooled row the cells of those who answered; None where the verb does not tell them.

    A filled answer is nobody's, so that a pooled number is judged by the answers that are.  `n` are the
    persons of each row, whom the observed result must know.
    """
    told = None if observed is None else observed.evidence
    others = [r.evidence for r in results]
    if told is None or len(told.lines) != len(n) or any(e is None or len(e.lines) != len(n) for e in others):
        return None
    counts = {count.where: count.n for e in (told, others[0]) if e is not None for count in e.counts}
    sums = dict.fromkeys(told.sums)
    known = {count.where: count.n for count in told.counts}
    lines = []
    for at, own in enumerate(told.lines):
        filled = [e.lines[at] for e in others if e is not None]
        who = _who(own, filled[0], counts, int(n.iloc[at]))
        if who is None or own.who is None:
            return None
        known[who] = counts[who]
        for lacking in _lacking(own.who, who, known):
            sums[Sum(who, (own.who, lacking))] = None
        lines.append(_worst([own, *filled], who, own))
    all_counts = tuple(Count(place, size) for place, size in known.items())
    return replace(told, counts=all_counts, sums=tuple(sums), lines=tuple(lines))


def _who(own: Line, filled: Line, counts: Mapping[Where, int], n: int) -> Where | None:
    """Those whom a row counts when nobody's answer is missing; None where their group was filled, too."""
    if own.who is None or filled.who is None:
        return None
    lacking = {c for name, code in own.who if code == ANSWERED for c in name.split(TOGETHER)}
    if lacking & {name for name, _ in filled.who}:
        return None
    return filled.who if counts.get(filled.who) == n else None


def _lacking(answered: Where, who: Where, known: dict[Where, int]) -> list[Where]:
    """Those of `who` who did not answer, counted."""
    marks = [name for name, code in answered if code == ANSWERED]
    if len(marks) != 1 or answered == who:
        return []
    place = who | where((f"{marks[0]}{MISSING}", str(known[answered])))
    known[place] = known[who] - known[answered]
    return [place]


def _worst(lines: Sequence[Line], who: Where, own: Line) -> Line:
    rare = [line.fewest for line in lines if line.fewest is not None]
    held = [line.top_two for line in lines if line.top_two is not None]
    left = [line.residual_df for line in lines if line.residual_df is not None]
    cells = [place for place in (own.who, own.events, *own.behind) if place is not None and place != who]
    return replace(
        own,
        who=who,
        events=None,
        behind=tuple(dict.fromkeys(cells)),
        averages=(),
        fewest=min(rare, default=None),
        top_two=max(held, default=None),
        residual_df=min(left, default=None),
        all_equal=any(line.all_equal for line in lines),
    )
