"""Averages around quantiles: each is a sum over ranks, and sums over ranks subtract like any others.

With the mean, the ranks around the smallest, the quartiles, the median and the largest are a system of linear
equations.  A number is shown only if no combination of what is shown is made of fewer persons than the
profile asks for; that the mean is known is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import AVERAGED as SIZES
from ipseval.core.evidence import QUANTILES, Where, window_of
from ipseval.reporting.disclosure.counts.who import counted_persons, has_ids
from ipseval.reporting.disclosure.fate import PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.numbers.combined import made_of_few
from ipseval.reporting.disclosure.profiles import Profile

AVERAGED = ("quantile", "minimum", "maximum")
FIRST = ("median", "min", "max", "q25", "q75")
"""What is kept first where not all can be shown."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """A shown average: its row, whom it speaks of, and the ranks from and up to without the last."""

    result: int
    row: int
    outcome: str
    group: Where
    n: int
    term: str
    span: Span
    ids: NDArray[np.uint64] | None
    """Its persons, where they are known by ids."""

    @property
    def over(self) -> int:
        """How many persons are averaged."""
        return self.span[1] - self.span[0]


def judge_windows(
    seen: Sequence[Seen], out: list[list[Fate]], earlier: Sequence[Mapping[str, Any]], profile: Profile
) -> None:
    """Hide the averages that would, with others, be made of too few."""
    kept: list[Window] = []
    for each in sorted(_windows_of(seen, out, profile), key=lambda w: (-w.n, FIRST.index(w.term))):
        why = _why_not(each, kept, earlier, profile.persons)
        if why:
            _hide(out, each, why)
        else:
            kept.append(each)
    _same_elsewhere(seen, out, kept, profile)


def told_windows(
    seen: Sequence[Seen], rows: Sequence[Sequence[Fate]], profile: Profile
) -> list[dict[str, object]]:
    """What the ledger notes of the averages that are shown."""
    return [
        {"outcome": w.outcome, "group": _plain(w.group), "n": w.n, "over": w.over}
        for w in _windows_of(seen, rows, profile)
    ]


def tells_few(spans: Iterable[Span], n: int, least: int) -> bool:
    """Say whether a combination of the sums over some ranks, and of the whole, is made of fewer persons."""
    known = sorted({(0, n), *spans})
    cuts = sorted({cut for span in known for cut in span})
    inside = np.array([[low <= cut < high for cut in cuts[:-1]] for low, high in known])
    return made_of_few(inside, np.diff(cuts), least)


def _why_not(each: Window, kept: Sequence[Window], earlier: Sequence[Mapping[str, Any]], least: int) -> str:
    same = [w for w in kept if w.outcome == each.outcome and w.group == each.group and _shared(w, each)]
    if any(0 < w.n - each.n < least for w in same):
        return "release_near_base"
    old = [w for w in earlier if w["outcome"] == each.outcome]
    if any(0 < abs(w["n"] - each.n) < least and w["group"] == _plain(each.group) for w in old):
        return "release_near_earlier"
    # Averages over five and over six of the same people, or of people among them, tell the sixth.
    if any(w["over"] != each.over for w in old):
        return "release_near_earlier"
    spans = {w.span for w in same if w.n == each.n}
    return "release_window" if tells_few({*spans, each.span}, each.n, least) else ""


def _shared(one: Window, other: Window) -> bool:
    """Whether two averages may be of some of the same persons."""
    return one.ids is None or other.ids is None or bool(np.isin(one.ids, other.ids).any())


def _same_elsewhere(
    seen: Sequence[Seen], out: list[list[Fate]], kept: Sequence[Window], profile: Profile
) -> None:
    """The five largest of all may be the five largest of one group, whose average is hidden."""
    gone = {
        (row["outcome"], _average(each, at, profile.persons))
        for each, rows in zip(seen, out, strict=True)
        for at, row in enumerate(each.rows)
        if row["scale"] in AVERAGED and rows[at].why == "release_window"
    }
    for window in kept:
        if (window.outcome, _average(seen[window.result], window.row, profile.persons)) in gone:
            _hide(out, window, "release_window")


def _average(each: Seen, at: int, least: int) -> float:
    return next(value for k, value in each.facts.lines[at].averages if k >= least)


def _hide(out: list[list[Fate]], window: Window, why: str) -> None:
    rows = out[window.result]
    rows[window.row] = rows[window.row].without_numbers(PROTECTING, why)


def _windows_of(seen: Sequence[Seen], rows: Sequence[Sequence[Fate]], profile: Profile) -> list[Window]:
    found = []
    for number, each in enumerate(seen):
        for at, row in enumerate(each.rows):
            n, shown = each.count(at, "n"), rows[number][at].estimate is not None
            if n and shown and row["scale"] in AVERAGED:
                k = next(size for size in SIZES if size >= profile.persons)
                span = window_of(n, QUANTILES[row["term"]], k)
                group = each.facts.groups[at]
                ids = counted_persons(each, at) if has_ids(each) else None
                found.append(Window(number, at, row["outcome"], group, n, row["term"], span, ids))
    return found


def _plain(group: Where) -> list[list[str]]:
    return sorted([list(condition) for condition in group])
