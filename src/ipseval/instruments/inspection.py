"""Looks at answers and scores before they are believed: missing answers, directions, bands of persons."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import ScoringError
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame
from ipseval.instruments import answers as read
from ipseval.instruments import kernel
from ipseval.instruments.declared import (
    declared_coding,
    declared_items,
    item_columns,
    units_and_codes,
)
from ipseval.instruments.plans import Choices, chosen_bands, score_plan, whole_number
from ipseval.instruments.scoring import ScoringWarning

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

ENOUGH_TO_JUDGE = 30


def keyed_parts(instrument: Instrument, frame: Any, choices: Choices) -> pd.DataFrame:
    """Return the parts of the main score in points, all keyed one way, NaN where unanswered."""
    columns = item_columns(instrument, frame, choices.items)
    units, codes = units_and_codes(instrument, columns, choices.coding, choices.missing)
    problems, rows = read.Problems(), slice(0, len(frame))
    stored = [
        read.encode(read.column_of(frame, column), code, rows, problems)[0]
        for column, code in zip(columns, codes, strict=True)
    ]
    read.refuse(problems, codes, instrument.id, "", False)
    found: dict[str, Any] = {}
    for part in instrument.scores[0].parts:
        byte = kernel.highest_answered(stored, part)
        points = float(units.base) + byte * float(units.step)
        found[instrument.items[part[0]].id] = np.where(byte == read.MISSING, np.nan, points)
    index = frame.index if isinstance(frame, pd.DataFrame) else pd.RangeIndex(len(frame))
    return pd.DataFrame(found, index=index)


def missing_report(instrument: Instrument, frame: Any, choices: Choices) -> Result:
    """Count unanswered items and what they mean for the score; see `Instrument.missing_report`."""
    parts = keyed_parts(instrument, frame, choices)
    n, k = parts.shape
    score = instrument.scores[0]
    allowed = score.max_missing if choices.max_missing is None else whole_number(choices.max_missing, k)
    n_missing = parts.isna().sum(axis=1)
    counts: list[tuple[str, int]] = [(str(name), int(parts[name].isna().sum())) for name in parts]
    counts += [
        ("complete", int((n_missing == 0).sum())),
        ("prorated", int(n_missing.between(1, allowed).sum())),
        ("not_scored", int((n_missing > allowed).sum())),
        ("blank", int((n_missing == k).sum())),
    ]
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for at, (term, count) in enumerate(counts):
        row = {"outcome": instrument.id, "term": term, "scale": "share", "n": n}
        row |= {"estimand": "unanswered_item" if at < k else "form"}
        if n == 0:
            notes.append(Note("nobody_answered_the_form", at, {"instrument": instrument.id}))
            rows.append(row | {"status": "refused"})
        else:
            rows.append(row | {"estimate": count / n, "n_events": count})
    partly = n_missing[n_missing < k]
    worst = int(partly.max()) if len(partly) else 0
    notes.append(Note("most_missing_in_one_form", None, {"n": worst, "k": k}))
    return Result(
        "missing_report",
        estimates_frame(rows),
        sample_frame([("in_frame", "", n)]),
        Method("count_of_unanswered_items"),
        Base("in_frame", n),
        tuple(notes),
    )


def band_of(instrument: Instrument, scores: Any, coding: Any, bands: Any) -> pd.Series:
    """Band the scores of persons; refuse anything that no person can have scored."""
    if not isinstance(scores, pd.Series):
        raise ScoringError(
            f"bands of {instrument.id} classify persons: give a Series with one score per person, "
            "never a mean."
        )
    if not pd.api.types.is_numeric_dtype(scores) or pd.api.types.is_bool_dtype(scores):
        raise ScoringError(f"scores of {instrument.id} must be numbers; give its score column, not a band.")
    columns = [item.id for item in instrument.items]
    units, codes = units_and_codes(instrument, columns, coding, ())
    k = len(instrument.scores[0].parts)
    choices = Choices(columns, coding, max_missing=k - 1, bands=bands)
    table = score_plan(instrument, 0, codes, units, choices).table
    possible = np.unique(table.score[~np.isnan(table.score)])
    values = scores.astype(float)
    known = values.dropna().to_numpy()
    near = possible[np.clip(np.searchsorted(possible, known - 1e-9), 0, len(possible) - 1)]
    impossible = int((np.abs(near - known) > 1e-9).sum())
    if impossible:
        raise ScoringError(
            f"{impossible} value(s) cannot be the {instrument.id} score of one person; bands classify "
            "persons and are never laid on a group mean: count persons per band instead."
        )
    chosen = chosen_bands(instrument.scores[0], bands)
    if not chosen:
        raise ScoringError(f"{instrument.id} has no bands; give your own with bands={{name: lower bound}}.")
    exact = {float(value): value for value in table.exact if value is not None}
    lookup = {value: kernel.band_code(fraction, chosen) for value, fraction in exact.items()}
    found = np.full(len(values), -1, dtype=np.int8)
    found[values.notna().to_numpy()] = [lookup[float(value)] for value in near]
    kind = pd.CategoricalDtype([band.name for band in chosen], ordered=True)
    return pd.Series(pd.Categorical.from_codes(found, dtype=kind), index=scores.index)


def score_range(instrument: Instrument, coding: Any) -> tuple[float, float]:
    """Return the lowest and highest score of complete answers."""
    items = declared_items(instrument.items, declared_coding(instrument, coding), instrument.id)
    score = instrument.scores[0]
    ends = [(item.low or Fraction(0), item.high or Fraction(0)) for item in items]
    low = sum((max(ends[i][0] for i in part) for part in score.parts), Fraction(0))
    high = sum((max(ends[i][1] for i in part) for part in score.parts), Fraction(0))
    k = len(score.parts) if score.aggregate == "mean" else 1
    return float(low / k * score.multiply), float(high / k * score.multiply)


def direction_check(frame: pd.DataFrame, *, better: Mapping[str, str]) -> pd.DataFrame:
    """Check that scores of one group of persons move as their directions say; warn where they do not.

    Parameters
    ----------
    frame
        One row per person.
    better
        Score column -> "higher" or "lower": which way is better.  WHO-5 and GAD-7 should correlate
        negatively; a positive correlation is what a reversed export looks like.

    Returns
    -------
    DataFrame
        One row per pair: `first`, `second`, `n` with both scores, `correlation`, `expected_sign`, and
        `suspicious` (the wrong sign among 30 or more persons).

    Raises
    ------
    ScoringError
        For unknown columns or directions, or fewer than two scores.
    """
    require_columns(frame, list(better), argument="better", error=ScoringError)
    if len(better) < 2:
        raise ScoringError("better= names fewer than two scores; there is nothing to compare.")
    for direction in better.values():
        require_option(direction, ("higher", "lower"), argument="better", error=ScoringError)
    words = [column for column in better if not pd.api.types.is_numeric_dtype(frame[column])]
    if words:
        raise ScoringError(f"better= names {words[0]!r}, which is not numeric; give scores, not bands.")
    rows = []
    for first, second in combinations(better, 2):
        both = frame[[first, second]].dropna().astype(float)
        varied = len(both) > 1 and bool((both.std() > 0).all())
        r = float(np.corrcoef(both.to_numpy().T)[0, 1]) if varied else np.nan
        expected = 1 if better[first] == better[second] else -1
        suspicious = len(both) >= ENOUGH_TO_JUDGE and r * expected < 0
        rows.append((first, second, len(both), r, expected, suspicious))
        if suspicious:
            warnings.warn(
                f"{first} and {second} move the {'same' if r > 0 else 'opposite'} way among {len(both)} "
                "persons, against their directions; check whether one export is reversed (coding=).",
                ScoringWarning,
                stacklevel=2,
            )
    return pd.DataFrame(rows, columns=["first", "second", "n", "correlation", "expected_sign", "suspicious"])
