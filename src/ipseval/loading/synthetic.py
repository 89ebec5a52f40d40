"""Invented answers made from schemas alone, so that a plan can be tried before there are data.

The same columns, types, codes, ranges and skip logic as the real files will have, and no person: each
answer is drawn by itself.  Nothing can be learned from the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.errors import ReadError, SchemaError
from ipseval.core.language import say
from ipseval.core.private_files import fill_private
from ipseval.loading.schema import SchemaField, SurveySchema

SHARE_MISSING = 0.03
SHARE_LOST_PER_WAVE = 0.2
FIRST_DAY = np.datetime64("2024-01-01")
MARK = "INVENTED.txt"
"""Stands beside files of invented persons; files without it are never written over."""


def synthetic_frame(
    schema: SurveySchema,
    *,
    ids: Sequence[str],
    seed: int = 1,
    earlier: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Draw one row of invented answers per id.

    Parameters
    ----------
    schema
        The questionnaire.
    ids
        One id per person, used in the schema's key column.
    seed
        Seed of the random numbers; the same seed gives the same answers on every machine.
    earlier
        Frames of earlier waves by the name of their schema, so that ties between waves hold.

    Returns
    -------
    DataFrame
        One row per id, one column per field of the schema; a question that the skip logic does not ask,
        and a few answers besides, are blank.

    Raises
    ------
    SchemaError
        When the schema declares no key column.
    """
    if not schema.primary_key:
        raise SchemaError(
            f"the schema {schema.name!r} has no primaryKey; invented persons need an id column."
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    columns: dict[str, pd.Series] = {}
    for name, field in schema.fields.items():
        if name in schema.primary_key:
            columns[name] = pd.Series(list(ids), dtype=object)
            continue
        values = pd.Series(_draw(field, len(ids), rng), dtype=object)
        if not field.constraints.required:
            values[rng.random(len(ids)) < SHARE_MISSING] = None
        for condition in field.asked_if:
            if condition.column in columns:
                asked = columns[condition.column].map(lambda v: str(v)).isin(condition.codes)
                values[~asked] = None
        columns[name] = values
    return _tied(pd.DataFrame(columns), schema, earlier or {})


def _tied(frame: pd.DataFrame, schema: SurveySchema, earlier: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Make the answers meet the schema's ties: equal to an earlier wave, or not before its date."""
    key = schema.primary_key[0]
    for tie in schema.consistency:
        other = earlier.get(tie.other, frame if not tie.other else None)
        if other is None or not tie.column:
            continue
        before = other.set_index(key)[tie.other_column or tie.column].reindex(frame[key]).to_numpy()
        if tie.check == "equal":
            frame[tie.column] = before
        elif tie.check == "notBefore":
            later = pd.to_datetime(pd.Series(before)) + pd.Timedelta(days=180)
            frame[tie.column] = later.dt.strftime("%Y-%m-%d").where(later.notna(), None).to_numpy()
    return frame


def _draw(field: SchemaField, n: int, rng: np.random.Generator) -> list[Any]:
    """Draw n answers that the field allows; codes near the middle of a list are likelier."""
    codes = list(field.variable().codes())
    if codes:
        middle = (len(codes) - 1) / 2
        weights = np.array([1.5 * len(codes) - abs(i - middle) for i in range(len(codes))])
        return [codes[i] for i in rng.choice(len(codes), size=n, p=weights / weights.sum())]
    low, high = _limits(field)
    if field.type in ("date", "datetime"):
        days = rng.integers(0, 365, size=n)
        return [str(low + int(d)) for d in days]
    if field.type == "integer":
        return [int(v) for v in rng.integers(int(low), int(high) + 1, size=n)]
    if field.type == "number":
        return [round(float(v), 1) for v in rng.uniform(float(low), float(high), size=n)]
    return [None] * n


def _limits(field: SchemaField) -> tuple[Any, Any]:
    low, high = field.constraints.minimum, field.constraints.maximum
    if field.type in ("date", "datetime"):
        return np.datetime64(str(low)) if low is not None else FIRST_DAY, None
    start = float(low) if low is not None else 0.0
    return start, float(high) if high is not None else start + 10.0


def write_synthetic(
    schemas: Mapping[str, SurveySchema], folder: str | Path, *, persons: int = 60, seed: int = 1
) -> list[Path]:
    """Write one CSV file per schema into a folder, later files with fewer of the same persons.

    Parameters
    ----------
    schemas
        File stem -> schema, in the order of the waves.
    folder
        Where the files go; a note beside them says that the persons are invented.
    persons
        How many persons the first file has.
    seed
        Seed of the random numbers.

    Returns
    -------
    list of Path
        The files, in the order of `schemas`.

    Raises
    ------
    ReadError
        When the folder cannot be written to, or holds files of these names that are not invented.
    """
    target = Path(folder)
    prepare_folder(target, [f"{stem}.csv" for stem in schemas])
    note = f"{say('invented_answers', 'da')}\n{say('invented_answers', 'en')}\n"
    _put(target / MARK, note)
    rng = np.random.Generator(np.random.PCG64(seed))
    ids = [f"P{i:03d}" for i in range(1, persons + 1)]
    written: list[Path] = []
    frames: dict[str, pd.DataFrame] = {}
    for wave, (stem, schema) in enumerate(schemas.items()):
        frame = synthetic_frame(schema, ids=ids, seed=seed + wave + 1, earlier=frames)
        frames[schema.name] = frame
        path = target / f"{stem}.csv"
        _put(path, "\ufeff" + frame.to_csv(sep=";", index=False, lineterminator="\n"))
        written.append(path)
        keep = rng.random(len(ids)) >= SHARE_LOST_PER_WAVE
        ids = [person for person, kept in zip(ids, keep, strict=True) if kept]
    return written


def _put(path: Path, text: str) -> None:
    try:
        fill_private(path, lambda part: part.write_text(text, encoding="utf-8", newline="\n"))
    except OSError as problem:
        raise ReadError(
            f"{path.name} cannot be written ({problem.strerror}); choose a folder you may write in."
        ) from None


def prepare_folder(target: Path, names: Sequence[str]) -> None:
    """Make the folder; leave one alone that holds such files without the mark that they are invented."""
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ReadError(
            f"the folder {target.name!r} cannot be made ({problem.strerror}); choose another."
        ) from None
    # A file of one's own in any format counts: the invented one beside it would be read in its place.
    stems = {Path(name).stem.casefold() for name in names}
    own = sorted(p.name for p in target.iterdir() if p.is_file() and p.stem.casefold() in stems)
    if own and not (target / MARK).is_file():
        raise ReadError(
            f"the folder {target.name!r} holds {len(own)} file(s) of these names ({', '.join(own)}) that are "
            f"not marked as invented (no {MARK}); choose an empty folder so that nothing of yours is lost."
        )
