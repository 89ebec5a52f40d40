"""Whether the files of two waves stand in the order of time; exchanged files turn every change round."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from ipseval.loading.ids import id_texts
from ipseval.loading.survey import Problem, Survey

BIRTH = re.compile(r"(^|[_ ])(f(oe|ø)d\w*|birth\w*|dob)", re.I)
"""Names of dates that say nothing of when a form was answered."""


def backwards(surveys: Mapping[str, Survey], ids: Mapping[str, str]) -> dict[str, list[Problem]]:
    """Say of each input which earlier one was mostly answered after it, as far as the dates tell.

    Parameters
    ----------
    surveys
        The inputs in the order of the plan.
    ids
        The person column of each input.

    Returns
    -------
    dict of str to list of Problem
        One problem per pair in which more than half of the persons with both dates have the dates of the
        second before those of the first: how many persons, never which.
    """
    found: dict[str, list[Problem]] = {}
    for a, b in combinations(surveys, 2):
        columns = _same_moment(surveys[a], surveys[b])
        if columns is None:
            continue
        first = _dates(surveys[a], ids[a], columns[0])
        then = _dates(surveys[b], ids[b], columns[1]).reindex(first.index)
        both = int((then.notna() & first.notna()).sum())
        earlier = int((then < first).sum())
        if 2 * earlier > both:
            said = (
                f"{earlier} of the {both} persons in both {a!r} and {b!r} answered {b!r} first "
                f"({columns[1]!r} lies before {columns[0]!r} of {surveys[a].report.file}); look whether the "
                "two files are exchanged, since every change would then have the wrong sign."
            )
            found.setdefault(b, []).append(Problem("warning", columns[1], "backwards", earlier, said))
    return found


def _same_moment(a: Survey, b: Survey) -> tuple[str, str] | None:
    """Name the date of each file that says when it was answered: one by the same name, else the only one."""
    here, there = _date_columns(a), _date_columns(b)
    same = [c for c in here if c in there]
    if same:
        return same[0], same[0]
    return (here[0], there[0]) if len(here) == len(there) == 1 else None


def _date_columns(survey: Survey) -> list[str]:
    data = survey.data.loc[:, ~survey.data.columns.duplicated()]
    return [
        str(c) for c in data if pd.api.types.is_datetime64_any_dtype(data[c]) and not BIRTH.search(str(c))
    ]


def _dates(survey: Survey, id: str, column: str) -> pd.Series:
    """Give the dates by person; a person who stands twice has none, since nobody knows which is meant."""
    dates = pd.Series(survey.data[column].to_numpy(), index=id_texts(survey.data[id]).to_numpy())
    return dates[dates.index.notna() & ~dates.index.duplicated(keep=False)]
