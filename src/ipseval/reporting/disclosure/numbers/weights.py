"""Weighted numbers beside unweighted ones of the same people.

Where all of an arm weigh alike but a few, the weighted sum less the unweighted one is made of those few.
Weights of a matched comparison can be guessed (1, 1/2, 1/3), so that they are taken as known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.core.evidence import ANSWERED, Line
from ipseval.reporting.disclosure.fate import HIDDEN, PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.profiles import Profile


def judge_weights(
    seen: Sequence[Seen], out: list[list[Fate]], earlier: Sequence[Mapping[str, Any]], profile: Profile
) -> None:
    """Hide weighted numbers from which those of the few who weigh otherwise could be had."""
    for number, each in enumerate(seen):
        for at, line in enumerate(each.facts.lines):
            fate = out[number][at]
            if fate.estimate is None:
                continue
            if not 0 < line.uneven < profile.persons:
                if _weighted_is_out(each, at, earlier, profile.persons):
                    out[number][at] = Fate(None, None, None, False, PROTECTING, "release_uneven_earlier")
            elif _of_cells(line):
                # Whole numbers of persons by weight: the weighted sum alone tells them apart.
                out[number][at] = fate.without_numbers(HIDDEN, "release_uneven_cells")
            elif _unweighted_shown(seen, out, number, at, profile.persons) or _unweighted_is_out(
                each, at, earlier, profile.persons
            ):
                out[number][at] = fate.without_numbers(PROTECTING, "release_uneven")


def _of_cells(line: Line) -> bool:
    """Persons by an answer, not by arm alone, stand behind the number."""
    return any(len([c for c in cell if c[1] != ANSWERED]) > 1 for cell in line.behind)


def _unweighted_shown(
    seen: Sequence[Seen], out: Sequence[Sequence[Fate]], number: int, at: int, least: int
) -> bool:
    columns, most = set(seen[number].made_of(at)), _compared(seen[number]) + least
    return any(
        not other.uneven
        and out[n][row].estimate is not None
        and columns & set(other.made_of(row))
        and (other.count(row, "n") or 0) < most
        for n, other in enumerate(seen)
        for row in range(len(other.rows))
    )


def _compared(each: Seen) -> int:
    """Persons in the comparison: the largest n of its rows."""
    return max((each.count(at, "n") or 0 for at in range(len(each.rows))), default=0)


def _unweighted_is_out(each: Seen, at: int, earlier: Sequence[Mapping[str, Any]], least: int) -> bool:
    columns, most = each.made_of(at), _compared(each) + least
    return any(not old.get("uneven") and old["name"][0] in columns and old["n"] < most for old in earlier)


def _weighted_is_out(each: Seen, at: int, earlier: Sequence[Mapping[str, Any]], least: int) -> bool:
    """A weighted mean of the same number, of which a few weigh otherwise, has left earlier."""
    n, columns = each.count(at, "n") or 0, each.made_of(at)
    sizes = [old["n"] for old in earlier if 0 < old.get("uneven", 0) < least and old["name"][0] in columns]
    return not each.uneven and any(n < size + least for size in sizes)
