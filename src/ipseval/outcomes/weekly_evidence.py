"""Who stands behind weekly shares: each week of an arm is split by having been in the state or not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.evidence import (
    ANSWERED,
    MISSING,
    Count,
    Evidence,
    Line,
    Sum,
    Where,
    population,
    uneven,
    where,
)
from ipseval.core.labels import code_text
from ipseval.core.people import WHOLE, people_of

PARTS = {"work_or_education": ("work", "education")}
"""States that others lie inside: the rest of the wider state is a count that follows."""
BOTH = ""


@dataclass(eq=False)
class _Told:
    """Gathers counts and sums; a working value."""

    counts: dict[Where, int] = field(default_factory=dict)
    marks: dict[Where, int] = field(default_factory=dict)
    sums: dict[Sum, None] = field(default_factory=dict)

    def split(self, whole: Where, part: Where, rest: Where) -> None:
        """Count who is left of a cell beside a part of it."""
        self.counts[rest] = self.counts[whole] - self.counts[part]
        if whole in self.marks and part in self.marks:
            self.marks[rest] = (self.marks[whole] - self.marks[part]) % WHOLE
        self.sums[Sum(whole, (part, rest))] = None


def weekly_evidence(
    estimates: pd.DataFrame,
    people: pd.DataFrame,
    treated: NDArray[np.bool_],
    seen: Mapping[str, int],
    words: Sequence[str],
    marks: Mapping[tuple[str, str, str], int] | None = None,
) -> Evidence:
    """Tell the cells of every week.

    `treated` says who of `people` is; `seen` is how many of each arm are followed through the window; `words`
    are the columns of id, index date and arm, and the window.  `marks` has the sum of the hashes of those in
    a state by arm, outcome and week, and of all followed by arm alone.
    """
    known = marks or {}
    id, index, by, window = words
    told = _Told({where(): len(people)})
    whole = _arms(told, people, treated, by, seen, f"followed weeks {window}")
    told.marks |= {whole[arm]: known[arm, "", ""] for arm in seen if known}
    lines = []
    for row in estimates.to_dict("records"):
        state = f"{row['outcome']} in week {row['term']} from {index}"
        if row["group"]:
            who = whole[str(row["group"])]
            mark = known.get((str(row["group"]), row["outcome"], str(row["term"])))
            events = _week(told, who, state, int(row["n_events"]), mark)
            lines.append(Line(who=who, events=events))
        else:
            cells = [cell | where((state, code)) for cell in _both(whole) for code in "10"]
            lines.append(Line(who=whole[BOTH], behind=tuple(cells)))
    for outer, inner in PARTS.items():
        _wider(told, estimates, whole, index, outer, inner)
    return Evidence(
        population(people, id),
        by,
        tuple(Count(place, n, told.marks.get(place)) for place, n in told.counts.items()),
        tuple(told.sums),
        tuple(lines),
        people=people_of(people, id, [by]),
    )


def rest_on_cells(told: Evidence, weights: Mapping[str, NDArray[np.float64]]) -> Evidence:
    """Say of weighted shares that they rest on the cells of those with the event and those without.

    `weights` are those of each arm's persons.
    """
    odd = min((n for n in map(uneven, weights.values()) if n), default=0)
    return replace(told, lines=tuple(replace(_on_cells(line), uneven=odd) for line in told.lines))


def _on_cells(line: Line) -> Line:
    if line.events is None or line.who is None:
        return line
    ((state, _),) = line.events - line.who
    return replace(line, events=None, behind=(line.events, line.who | where((state, "0"))))


def chosen_by(weight: NDArray[np.float64], rows: pd.Index) -> str:
    """Name a choice of people and their weights: two choices never share a name."""
    told = hashlib.sha256(weight.tobytes())
    told.update(np.asarray(pd.util.hash_array(rows.to_numpy())).tobytes())
    return f"weights {told.hexdigest()[:12]}"


def _both(whole: Mapping[str, Where]) -> tuple[Where, Where]:
    return whole["treated"], whole["control"]


def _arms(
    told: _Told,
    people: pd.DataFrame,
    treated: NDArray[np.bool_],
    by: str,
    seen: Mapping[str, int],
    window: str,
) -> dict[str, Where]:
    """Where the followed of each arm, and of both, are counted; arms have the codes of the data."""
    found: dict[str, Where] = {}
    for arm, mine in (("treated", treated), ("control", ~treated)):
        codes = people.loc[mine, by].unique()
        # Several codes in one arm are its own split of the people.
        place = where((by, code_text(codes[0])) if len(codes) == 1 else (f"{by} as arm", arm))
        told.counts[place] = int(mine.sum())
        found[arm] = place
    told.sums[Sum(where(), _both(found))] = None
    if sum(seen.values()) == len(people):
        return found | {BOTH: where()}
    followed = where((window, ANSWERED))
    told.counts[followed] = sum(seen.values())
    told.split(where(), followed, where((window + MISSING, str(told.counts[followed]))))
    for arm, place in found.items():
        inside = place | followed
        told.counts[inside] = seen[arm]
        told.split(place, inside, place | where((window + MISSING, str(seen[arm]))))
        found[arm] = inside
    told.sums[Sum(followed, _both(found))] = None
    return found | {BOTH: followed}


def _week(told: _Told, who: Where, state: str, n: int, mark: int | None) -> Where:
    events = who | where((state, "1"))
    told.counts[events] = n
    if mark is not None:
        told.marks[events] = mark
    told.split(who, events, who | where((state, "0")))
    return events


def _wider(
    told: _Told,
    estimates: pd.DataFrame,
    whole: Mapping[str, Where],
    index: str,
    outer: str,
    inner: Sequence[str],
) -> None:
    """Those in the wider state and not in the one inside it: a reader can subtract."""
    for term in estimates.loc[estimates["outcome"] == outer, "term"].unique():
        for name in inner:
            for who in _both(whole):
                wide = who | where((f"{outer} in week {term} from {index}", "1"))
                part = who | where((f"{name} in week {term} from {index}", "1"))
                if part in told.counts:
                    told.split(wide, part, wide | where((f"not {name} in week {term} from {index}", "1")))
