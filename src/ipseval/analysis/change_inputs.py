"""Pairs of answers before and after, from wide or long data, checked before any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from re import split
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.core.checks import require_apart, require_columns
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Note, sample_frame

Columns = str | Sequence[str] | Mapping[str, str] | None


@dataclass(frozen=True, eq=False)
class Wide:
    """One row per person, and which columns hold each outcome before and after."""

    frame: pd.DataFrame
    outcomes: Mapping[str, tuple[str, str]]
    id: str | None
    by: str | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Pairs:
    """Complete pairs of one outcome in one group, and who lacks one half."""

    outcome: str
    group: str
    before: np.ndarray[Any, np.dtype[np.float64]]
    after: np.ndarray[Any, np.dtype[np.float64]]
    n_before_only: int
    n_after_only: int
    n_neither: int

    @property
    def n(self) -> int:
        """Persons with both answers."""
        return len(self.before)

    @property
    def difference(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """After minus before."""
        return self.after - self.before


def wide(
    frame: pd.DataFrame,
    *,
    before: Columns,
    after: Columns,
    outcomes: Mapping[str, tuple[str, str]] | None,
    long: tuple[str | Sequence[str] | None, str | None, Sequence[Any] | None],
    id: str | None,
    by: str | None,
) -> Wide:
    """Bring any of the three ways to name pairs into one row per person."""
    if by is not None:
        require_columns(frame, [by], argument="by")
    score, wave, waves = long
    ways = sum((before is not None or after is not None, outcomes is not None, score is not None))
    if ways != 1:
        raise EstimationError(
            "name the pairs in exactly one way: before= and after= (columns), outcomes= (name -> the two "
            "columns), or score=, wave= and id= (one row per person and wave)."
        )
    if score is not None:
        return _from_long(frame, [score] if isinstance(score, str) else list(score), wave, waves, id, by)
    named = dict(outcomes) if outcomes is not None else _paired_names(before, after)
    if not named:
        raise EstimationError("no pair of columns is named: give at least one column before and one after.")
    require_columns(frame, [b for b, _ in named.values()], argument="before")
    require_columns(frame, [a for _, a in named.values()], argument="after")
    if id is not None:
        require_columns(frame, [id], argument="id")
    inputs.check_persons(frame, id, None)
    return Wide(frame, named, id, by)


def _paired_names(before: Columns, after: Columns) -> dict[str, tuple[str, str]]:
    if before is None or after is None:
        lacking = "after" if after is None else "before"
        raise EstimationError(f"{lacking}= is not given: name the columns before and after.")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if set(before) != set(after):
            odd = ", ".join(map(repr, sorted(set(before) ^ set(after))))
            raise EstimationError(
                f"before= and after= name different outcomes ({odd}): give each outcome both."
            )
        return {name: (before[name], after[name]) for name in before}
    first = [before] if isinstance(before, str) else list(before)
    last = [after] if isinstance(after, str) else list(after)
    if len(first) != len(last):
        raise EstimationError(
            f"before= names {len(first)} column(s) and after= names {len(last)}: give them in pairs."
        )
    named = {outcome_name(b, a): (b, a) for b, a in zip(first, last, strict=True)}
    if len(named) != len(first):
        raise EstimationError("two pairs get the same outcome name: use outcomes={name: (before, after)}.")
    return named


def outcome_name(before: str, after: str) -> str:
    """Name an outcome by the words its two columns share at the start or the end, else by the later one."""
    first, last = split(r"[_ .\-]+", before), split(r"[_ .\-]+", after)
    start = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))]
    backwards = zip(first[::-1], last[::-1], strict=False)
    end = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], backwards)][::-1]
    return "_".join(start or end) or after


def _from_long(
    frame: pd.DataFrame,
    scores: list[str],
    wave: str | None,
    waves: Sequence[Any] | None,
    id: str | None,
    by: str | None,
) -> Wide:
    if wave is None or id is None:
        raise EstimationError("score= needs wave= and id=: say which columns hold the wave and the person.")
    require_columns(frame, scores, argument="score")
    require_columns(frame, [wave, id], argument="wave and id")
    for score in scores:
        require_apart({"score": score, "wave": wave, "id": id, "by": by})
    blank = int(frame[id].isna().sum())
    if blank:
        raise EstimationError(f"id={id!r} is missing on {blank} row(s): give every row a person.")
    first, last, notes = _two_waves(frame[wave], wave, waves)
    texts = inputs.as_text(frame[wave])
    kept = frame[texts.isin([first, last])]
    kept_waves = texts[texts.isin([first, last])]
    doubled = int(pd.DataFrame({"i": kept[id], "w": kept_waves}).duplicated().sum())
    if doubled:
        raise EstimationError(
            f"id={id!r} repeats on {doubled} row(s) within a wave: keep one row per person and wave."
        )
    sides = [kept[kept_waves == w].set_index(id) for w in (first, last)]
    people = pd.Index(frame[id].drop_duplicates())
    made: dict[str, Any] = {id: people.to_numpy()}
    for score in scores:
        for side, named_wave in zip(sides, (first, last), strict=True):
            made[f"{score}\x1f{named_wave}"] = side[score].reindex(people).array
    if by is not None:
        made[by] = _constant(frame, id, by).reindex(people).array
    named = {score: (f"{score}\x1f{first}", f"{score}\x1f{last}") for score in scores}
    return Wide(pd.DataFrame(made), named, id, by, notes)


def _two_waves(
    column: pd.Series, wave: str, waves: Sequence[Any] | None
) -> tuple[str, str, tuple[Note, ...]]:
    counts = inputs.as_text(column).value_counts()
    blank = int(column.isna().sum())
    notes = (Note("rows_without_wave", values={"n": blank, "column": wave}),) if blank else ()
    if waves is not None:
        chosen = [code_text(w) for w in waves]
        if len(chosen) != 2 or chosen[0] == chosen[1]:
            raise EstimationError("waves= must name two different waves: the first and the last.")
        absent = sum(w not in counts.index for w in chosen)
        if absent:
            raise EstimationError(
                f"waves= names {absent} wave(s) that no row of {wave!r} has: check the labels."
            )
        return chosen[0], chosen[1], notes
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered)
    numeric = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(
        column.dtype
    )
    if len(counts) != 2:
        once = int((counts == 1).sum())
        hint = f", of which {once} on a single row (a typing slip?)" if once else ""
        raise EstimationError(
            f"wave={wave!r} has {len(counts)} label(s){hint}, but a change needs two: "
            "give waves=(first, last)."
        )
    if not (ordered or numeric):
        raise EstimationError(
            f"wave={wave!r} holds text, whose alphabetical order is not the order in time: "
            "give waves=(first, last)."
        )
    labels = sorted(column.dropna().unique())
    if ordered:
        labels = [c for c in column.cat.categories if c in set(column.dropna())]
    return code_text(labels[0]), code_text(labels[1]), notes


def _constant(frame: pd.DataFrame, id: str, by: str) -> pd.Series:
    given = frame[[id, by]].dropna().drop_duplicates()
    varying = int(given[id].duplicated().sum())
    if varying:
        raise EstimationError(
            f"by={by!r} changes within {varying} person(s): give each person one group over all waves."
        )
    return given.set_index(id)[by]


def pairs(data: Wide) -> list[Pairs]:
    """Split every outcome and group into complete pairs."""
    found = []
    groups = inputs.group_masks(data.frame, data.by, {})
    for outcome, (before, after) in data.outcomes.items():
        x = inputs.numbers(data.frame[before], shown(before))
        y = inputs.numbers(data.frame[after], shown(after))
        for group, mask in groups:
            here = mask.fillna(False).astype(bool)
            both, first, last = here & x.notna() & y.notna(), here & x.notna(), here & y.notna()
            n = int(both.sum())
            found.append(
                Pairs(
                    outcome,
                    group,
                    x[both].to_numpy(),
                    y[both].to_numpy(),
                    int(first.sum()) - n,
                    int(last.sum()) - n,
                    int(here.sum()) - int(first.sum()) - int(last.sum()) + n,
                )
            )
    return found


def shown(column: str) -> str:
    """Write the name of a column that was made from long data as a reader knows it."""
    return column.replace("\x1f", " ")


def flow(data: Wide) -> pd.DataFrame:
    """Persons in the frame, and those with a complete pair in at least one outcome."""
    complete = pd.Series(False, index=data.frame.index)
    for before, after in data.outcomes.values():
        complete |= data.frame[before].notna() & data.frame[after].notna()
    groups = inputs.group_masks(data.frame, data.by, {})
    steps: list[tuple[str, str, int]] = [("in_frame", "", len(data.frame))]
    if data.by is not None:
        steps += [("in_frame", group, int(mask.sum())) for group, mask in groups]
    steps += [("analysed", group, int((mask & complete).sum())) for group, mask in groups]
    return sample_frame(steps)


def named(data: Wide) -> pd.DataFrame:
    """One row per person, the columns named as a reader would."""
    return data.frame.rename(columns=shown)


def columns_of(data: Wide) -> dict[str, tuple[str, ...]]:
    """The two columns of each outcome, the one before first, as a reader would name them."""
    return {name: (shown(first), shown(last)) for name, (first, last) in data.outcomes.items()}


def base(sample: pd.DataFrame) -> Base:
    """Say who the denominator is: persons with both answers in at least one outcome."""
    return Base(name="answered_both_times", n=int(sample.loc[sample["step"] == "analysed", "n"].sum()))


def flow_by_outcome(found: Sequence[Pairs]) -> pd.DataFrame:
    """Per outcome and group: persons with both answers, one of them, or none."""
    rows = [(p.outcome, p.group, p.n, p.n_before_only, p.n_after_only, p.n_neither) for p in found]
    names = ["outcome", "group", "n_both", "n_before_only", "n_after_only", "n_neither"]
    return pd.DataFrame(rows, columns=names)


def general_notes(data: Wide) -> list[Note]:
    """Tell who is in no group."""
    blank = 0 if data.by is None else int(data.frame[data.by].isna().sum())
    extra = [Note("rows_without_group", values={"n": blank, "column": data.by})] if blank else []
    return [*data.notes, *extra]
