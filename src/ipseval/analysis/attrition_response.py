"""Who answered which wave: sets over waves, not a chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.kernels.shares import wilson
from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import MISSING, Count, Evidence, Line, Sum, population, where
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Ids = Iterable[Any]

NOBODY = ("response_neither", "response_none")
"""Who is registered and answered none of two waves, or of any other number."""


def response(
    waves: Mapping[str, pd.DataFrame | Ids],
    *,
    registered: pd.DataFrame | Ids | None = None,
    id: str = "id",
    level: float = 0.95,
) -> Result:
    """Show who answered which questionnaire: start and end, start only, end only, neither.

    Parameters
    ----------
    waves
        Wave name in the order of time -> the ids that answered it, or a frame with the column `id`.
    registered
        Everyone who was in the programme; without it "neither" is not known.
    id
        Name of the person column where frames are given.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        `outcome` "response": one row per set of waves.  With two waves the terms are `response_both`,
        `response_first_only`, `response_second_only`, `response_neither`; with more they are the wave
        names joined by "+" and `response_none`.  `outcome` "answered": one row per wave.  Shares are of
        the registered.

    Raises
    ------
    EstimationError
        Fewer than one wave, ids that are missing or stand twice in a wave.

    Notes
    -----
    Assumptions: an id is the same person in every wave.  Missing data: none; ids are counted.
    Checked against: counts by hand.  References: Wilson 1927,
    https://doi.org/10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> import ipseval as ips
    >>> result = ips.response({"start": [1, 2, 3], "end": [2, 3, 4]}, registered=[1, 2, 3, 4, 5])
    >>> result.estimates["n_events"].tolist()
    [2, 1, 1, 1, 3, 3]
    """
    require_level(level)
    if not waves:
        raise EstimationError("waves= is empty: give at least one wave name with the ids that answered it.")
    answered = {name: _ids(given, id, f"waves[{name!r}]") for name, given in waves.items()}
    everyone = _ids(registered, id, "registered") if registered is not None else None
    notes = _strays(answered, everyone)
    known = everyone if everyone is not None else set().union(*answered.values())
    rows = _set_rows(answered, known, everyone is not None, level)
    if everyone is None:
        neither = next(i for i, row in enumerate(rows) if row["term"] in NOBODY)
        notes.append(Note("registered_not_given", row=neither))
    people = registered if isinstance(registered, pd.DataFrame) else pd.DataFrame({id: sorted(known)})
    return Result(
        kind="response",
        estimates=estimates_frame(rows),
        sample=_flow(answered, known, everyone is not None),
        method=Method(estimator="response_estimator", interval="wilson", level=level),
        base=Base(name="registered" if everyone is not None else "analysed", n=len(known)),
        notes=tuple(notes),
        evidence=_evidence(population(people, id), rows, list(answered)),
        source=Source.of(
            **{name: pd.DataFrame({"id": sorted(map(str, ids))}) for name, ids in answered.items()}
        ),
    )


def _ids(given: pd.DataFrame | Ids, id: str, argument: str) -> set[str]:
    if isinstance(given, str):
        raise EstimationError(f"{argument} is one text: give a list, column or frame of ids.")
    if isinstance(given, pd.DataFrame):
        require_columns(given, [id], argument="id")
        given = given[id]
    # As text, so that 1, 1.0 and "1" are one person whatever each file stored.
    column = pd.Series(list(given), dtype=object).map(code_text, na_action="ignore")
    blank, doubled = int(column.isna().sum()), int(column.duplicated().sum())
    if blank:
        raise EstimationError(f"{argument} has {blank} missing id(s): give every row a person.")
    if doubled:
        raise EstimationError(
            f"{argument} has {doubled} id(s) that stand more than once: keep one row per person first."
        )
    return set(column)


def _strays(answered: Mapping[str, set[str]], everyone: set[str] | None) -> list[Note]:
    if everyone is None:
        return []
    counts = {name: len(ids - everyone) for name, ids in answered.items()}
    return [Note("ids_not_registered", values={"n": n, "wave": w}) for w, n in counts.items() if n]


def _terms(names: list[str]) -> dict[tuple[bool, ...], str]:
    if len(names) == 2:
        kinds = ("response_both", "response_first_only", "response_second_only", "response_neither")
        return dict(zip(product((True, False), repeat=2), kinds, strict=True))
    patterns = product((True, False), repeat=len(names))
    joined = {p: "+".join(n for n, there in zip(names, p, strict=True) if there) for p in patterns}
    return {pattern: text or "response_none" for pattern, text in joined.items()}


def _evidence(people: str, rows: list[dict[str, Any]], names: list[str]) -> Evidence:
    """Who answered which wave is about missing answers, and told or not as those are."""
    shown = {(row["outcome"], row["term"]): row for row in rows if row.get("status", "ok") == "ok"}
    cells = {key: where((f"{key[0]}{MISSING}", key[1])) for key in shown}
    sets = {p: cells["response", term] for p, term in _terms(names).items() if ("response", term) in cells}
    waves = [
        Sum(cells["answered", wave], tuple(cell for pattern, cell in sets.items() if pattern[at]))
        for at, wave in enumerate(names)
    ]
    return Evidence(
        people,
        counts=tuple(Count(cell, shown[key]["n_events"]) for key, cell in cells.items()),
        sums=(Sum(where(), tuple(sets.values())), *waves),
        lines=tuple(Line(who=where(), events=cells.get((row["outcome"], row["term"]))) for row in rows),
    )


def _set_rows(
    answered: Mapping[str, set[str]], known: set[str], neither_known: bool, level: float
) -> list[dict[str, Any]]:
    names = list(answered)
    rows = []
    for pattern, term in _terms(names).items():
        events = sum(all((p in answered[w]) == t for w, t in zip(names, pattern, strict=True)) for p in known)
        rows.append(_row("response", term, events, len(known), level))
    if not neither_known:
        rows = [_refused(row) if row["term"] in NOBODY else row for row in rows]
    return rows + [_row("answered", w, len(ids & known), len(known), level) for w, ids in answered.items()]


def _row(outcome: str, term: str, events: int, n: int, level: float) -> dict[str, Any]:
    row: dict[str, Any] = {"outcome": outcome, "term": term, "estimand": "share", "scale": "share"}
    if n == 0:
        raise EstimationError("registered= and waves= hold no ids at all: there is nobody to count.")
    low, high = wilson(events, n, level)
    share = events / n
    row |= {"estimate": share, "std_error": float(np.sqrt(share * (1 - share) / n)), "n": n}
    return row | {"n_events": events, "ci_low": float(low), "ci_high": float(high), "conf_level": level}


def _refused(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("outcome", "term", "estimand", "scale")}
    return kept | {"n": row["n"], "status": "refused"}


def _flow(answered: Mapping[str, set[str]], known: set[str], registered: bool) -> pd.DataFrame:
    steps: list[tuple[str, str, int]] = [("registered", "", len(known))] if registered else []
    steps += [("answered", wave, len(ids & known)) for wave, ids in answered.items()]
    return sample_frame([*steps, ("analysed", "", len(known))])
