"""How a plan's options become a verb's arguments where they are not the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.labels import code_text
from ipseval.core.result import Result
from ipseval.study.people import People

ID = "person_id"
"""The person column of the frames that analyses get."""
WEIGHT = "design_weight"
"""The column of a design's weights, for verbs that take weights and not the design itself."""


def with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame with the person id as a column, by which persons are known in other results."""
    return frame.assign(**{ID: frame.index})


@dataclass(frozen=True, eq=False)
class Made:
    """What there is so far: people, designs and results by name."""

    people: People
    designs: dict[str, Any]
    results: dict[str, Result]


def _described(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Give `describe` the declared codes of its columns, ticks as 1 and 0, and why answers are missing."""
    ticks = _as_ticks(options.get("sets") or {}, made.people, frame)
    data = {"data": with_ids(frame.assign(**ticks)), "id": ID} if ticks else {}
    reasons = made.people.reasons.loc[frame.index]
    return _with_levels(options, made.people, "columns") | {"reasons": reasons} | data


def _as_ticks(
    sets: Mapping[str, Sequence[str]], people: People, frame: pd.DataFrame
) -> dict[str, pd.Series[Any]]:
    """Give the columns of sets whose schema counts another code than 1 as 1 (ticked) and 0."""
    counted = {c: s.counted for s in people.codebook.sets.values() for c in s.columns}
    columns = [c for members in sets.values() for c in members if counted.get(c, "1") not in ("", "1")]
    return {
        c: frame[c].map(code_text, na_action="ignore").eq(counted[c]).astype(float).where(frame[c].notna())
        for c in columns
    }


def _compared(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    return _with_levels(options, made.people, "by") | {"reasons": made.people.reasons.loc[frame.index]}


def _responded(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Turn "who is in which input" into the ids that `response` counts."""
    asked = options.pop("waves")
    for column in asked.values():
        if frame[column].dtype != bool:
            raise SchemaError(
                f"waves names {column!r}, which is not one of the columns that say who is in a file: "
                f"{hint_for(column, [f'in_{key}' for key in made.people.surveys])}"
            )
    waves = {name: list(frame.index[frame[column]]) for name, column in asked.items()}
    return {**options, "data": waves, "registered": list(frame.index)}


def _over_waves(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Lay scores of several waves under one another: `scores` is wave -> column, `name` what they measure."""
    scores, name = dict(options.pop("scores")), str(options.pop("name", "score"))
    kept = [c for c in (options.get("arm"), *options.get("covariates", ())) if c]
    parts = [
        frame[[column, *kept]].rename(columns={column: name}).assign(wave=str(wave))
        for wave, column in scores.items()
    ]
    data = pd.concat(parts).rename_axis(ID).reset_index()
    waves = [str(wave) for wave in scores]
    return {**options, "data": data, "score": name, "wave": "wave", "waves": waves, "id": ID}


def _week_by_week(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    linked = made.people.linked
    if linked is None:
        raise SchemaError("weekly_shares needs registers in the plan.")
    if linked.sources["jobs"] is None:
        raise SchemaError("weekly_shares needs BFL beside DREAM: write outcomes: {} under registers.")
    people = frame.rename_axis(linked.id).reset_index()
    window = options.get("window")
    given: dict[str, Any] = {"window": tuple(window)} if window is not None else {}
    if WEIGHT in frame:
        given["weights"] = WEIGHT
    return {**options, **linked.sources, **given, "data": people, "index": linked.index, "id": linked.id}


def _side_by_side(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Give `triangulate` the results that a plan names."""
    names = list(options.pop("results"))
    lacking = [n for n in names if n not in made.results]
    if lacking:
        raise SchemaError(f"triangulate names {lacking[0]!r}, which does not stand above it under results.")
    return {**options, "data": {name: made.results[name] for name in names}}


def _limits_of(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Give `e_value` the estimate and interval of a row of another result."""
    name, term = str(options.pop("result")), str(options.pop("term"))
    if name not in made.results:
        raise SchemaError(f"e_value names {name!r}, which does not stand above it under results.")
    rows = made.results[name].estimates
    rows = rows[rows["term"] == term]
    if len(rows) != 1 or rows["ci_low"].isna().any():
        raise SchemaError(f"e_value: {name!r} has no single row {term!r} with an interval.")
    row = rows.iloc[0]
    limits = {key: float(row[key]) for key in ("estimate", "ci_low", "ci_high")}
    return {**options, **limits, "data": None}


def _with_reviews(options: dict[str, Any], made: Made, frame: pd.DataFrame) -> dict[str, Any]:
    """Give `sites` the list of reviews that a plan names."""
    lists = {} if made.people.linked is None else made.people.linked.lists
    name = str(options["fidelity"])
    if name not in lists:
        raise SchemaError(f"sites names {name!r}, which is no list under registers: {hint_for(name, lists)}")
    return {**options, "fidelity": lists[name], "range": tuple(options["range"])}


ARRANGED: Mapping[str, Callable[[dict[str, Any], Made, pd.DataFrame], dict[str, Any]]] = {
    "describe": _described,
    "attrition": _compared,
    "response": _responded,
    "repeated": _over_waves,
    "weekly_shares": _week_by_week,
    "triangulate": _side_by_side,
    "e_value": _limits_of,
    "sites": _with_reviews,
}
PLAN_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "balance": ("squares",),
    "repeated": ("scores", "name", "arm", "covariates", "kind", "method", "random", "correlation", "level"),
    "triangulate": ("results",),
    "e_value": ("result", "term", "measure", "rare", "baseline", "level"),
}
"""What these verbs take in a plan where that differs from their own arguments."""


def _with_levels(options: dict[str, Any], people: People, named: str) -> dict[str, Any]:
    """Add the declared codes of every coded column, so that empty categories keep their row."""
    levels = dict(options.get("levels") or {})
    columns = options.get(named, [])
    columns = [columns] if isinstance(columns, str) else columns
    for column in columns:
        variable = people.codebook.variables.get(column)
        if variable is not None and variable.measure in ("nominal", "ordinal") and variable.codes():
            levels.setdefault(column, list(people.codebook.levels(column)))
    return {**options, "levels": levels}
