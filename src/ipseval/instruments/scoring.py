"""Applies an instrument to a frame: walks the rows in blocks and builds the answer."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_option
from ipseval.core.errors import ScoringError
from ipseval.instruments import answers as read
from ipseval.instruments import kernel
from ipseval.instruments.declared import item_columns, units_and_codes
from ipseval.instruments.model import Cut, Score
from ipseval.instruments.plans import (
    OPEN,
    UNDETERMINED,
    Choices,
    RulePlan,
    ScorePlan,
    check_options,
    rule_plan,
    score_plan,
)

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

NO, YES = 0, 1
THREE_VALUED = ("no", "yes", UNDETERMINED)


class ScoringWarning(UserWarning):
    """Answers that can be scored as declared, but look as if the declaration were wrong."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is scored and how it is written: instrument, codes of its columns, extras asked for."""

    instrument: Instrument
    codes: tuple[read.ItemCode, ...]
    units: kernel.Units
    choices: Choices

    @property
    def ends(self) -> list[tuple[int, int]]:
        """The lowest and highest byte of every item."""
        return [(code.first, code.last) for code in self.codes]


@dataclass(frozen=True, eq=False)
class Block:
    """Some consecutive rows, with the bytes of every item."""

    rows: slice
    answers: Sequence[read.Bytes]


def score_frame(instrument: Instrument, frame: Any, choices: Choices) -> pd.DataFrame:
    """Score every row of `frame`; see `Instrument.score`."""
    require_option(
        choices.on_out_of_range, ("error", "missing"), argument="on_out_of_range", error=ScoringError
    )
    require_option(choices.rounding, ("none", "half_up"), argument="rounding", error=ScoringError)
    if isinstance(choices.extras, str):
        raise ScoringError('extras= must be a list such as ["cuts", "bounds"], not one text.')
    for extra in choices.extras:
        require_option(extra, ("cuts", "bounds"), argument="extras", error=ScoringError)
    columns = item_columns(instrument, frame, choices.items)
    units, codes = units_and_codes(instrument, columns, choices.coding, choices.missing)
    scores = [score_plan(instrument, at, codes, units, choices) for at in range(len(instrument.scores))]
    rules = [rule_plan(rule, units, choices.options) for rule in instrument.rules]
    check_options(instrument, choices, scores[0].table)
    sources = [read.column_of(frame, column) for column in columns]
    out = _walk(Sheet(instrument, codes, units, choices), sources, len(frame), scores, rules)
    return out.frame(frame.index if isinstance(frame, pd.DataFrame) else pd.RangeIndex(len(frame)))


def _walk(
    sheet: Sheet, sources: Sequence[Any], n: int, scores: Sequence[ScorePlan], rules: Sequence[RulePlan]
) -> Output:
    out, problems, used = Output(n), read.Problems(), np.zeros(256, np.int64)
    tolerant = sheet.choices.on_out_of_range == "missing"
    for start in range(
        0, max(n, 1), read.BLOCK
    ):  # no rows are one empty block, so that the columns are there
        rows = slice(start, min(start + read.BLOCK, n))
        encoded = [read.encode(s, c, rows, problems) for s, c in zip(sources, sheet.codes, strict=True)]
        block = Block(rows, [answers for answers, _ in encoded])
        if sheet.instrument.zero_is_common and used[0] == 0:
            used += np.sum([np.bincount(answers, minlength=256) for answers in block.answers], axis=0)
        for plan in scores:
            _write_score(out, block, plan, sheet)
        known: kernel.Presence = {}
        for rule in rules:
            _write_rule(out, block, rule, sheet.instrument.id, known)
        if tolerant:
            outside = [mask for _, mask in encoded if mask is not None]
            n_outside = np.sum(outside, axis=0) if outside else 0
            out.write(f"{sheet.instrument.id}_n_out_of_range", rows, n_outside, np.int16)
    hint = _hint(sources, sheet.codes, problems)
    read.refuse(problems, sheet.codes, sheet.instrument.id, hint, tolerant)
    if hint:
        warnings.warn(
            f"{sheet.instrument.id}: answers outside the declared codes are counted as missing, but {hint}",
            ScoringWarning,
            stacklevel=4,
        )
    if n >= 30 and used[0] == 0 and used[1] > 0 and used[1] == used[: read.MISSING].max():
        warnings.warn(
            f"{sheet.instrument.id}: none of {n} rows holds the lowest answer to any item, and the "
            "next one is the commonest; an export of these questions that counts from 1 looks like that, so "
            "check coding=.",
            ScoringWarning,
            stacklevel=4,
        )
    return out


class Output:
    """The columns under way: written block by block, made a frame at the end."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.arrays: dict[str, NDArray[Any]] = {}
        self.names: dict[str, tuple[str, ...]] = {}

    def write(self, name: str, rows: slice, values: Any, kind: Any) -> None:
        """Write a block of a column."""
        if name not in self.arrays:
            self.arrays[name] = np.empty(self.n, kind)
        self.arrays[name][rows] = values

    def write_names(self, name: str, rows: slice, codes: Any, names: tuple[str, ...]) -> None:
        """Write a block of an ordered category by the position of its name; -1 is missing."""
        self.names[name] = names
        self.write(name, rows, codes, np.int8)

    def frame(self, index: pd.Index) -> pd.DataFrame:
        """Return the columns as a frame with the caller's index."""
        made: dict[str, Any] = {}
        for name, values in self.arrays.items():
            kind = pd.CategoricalDtype(list(self.names[name]), ordered=True) if name in self.names else None
            made[name] = values if kind is None else pd.Categorical.from_codes(values, dtype=kind)
        return pd.DataFrame(made, index=index, copy=False)


def _write_score(out: Output, block: Block, plan: ScorePlan, sheet: Sheet) -> None:
    table, name, rows = plan.table, plan.score.id, block.rows
    extras = sheet.choices.extras
    tally = kernel.tally(block.answers, plan.score.parts, sheet.ends, bounds=bool(extras))
    at = table.rows(tally.total, tally.n_missing)
    out.write(name, rows, table.score[at], np.float64)
    if plan.bands:
        out.write_names(f"{name}_band", rows, table.band[at], tuple(b.name for b in plan.bands))
    if plan.convention:
        out.write_names(f"{name}_band_convention", rows, 0, (plan.convention,))
    n_answered = np.uint8(table.k) - tally.n_missing
    out.write(
        f"{name}_{sheet.instrument.count_name}", rows, n_answered, np.int8 if table.k < 128 else np.int16
    )
    out.write(f"{name}_prorated", rows, (tally.n_missing > 0) & (tally.n_missing <= plan.max_missing), bool)
    if tally.half_pair is not None:
        out.write(f"{name}_half_pair", rows, tally.half_pair, bool)
    if plan.provisional is not None:
        out.write(f"{name}_provisional", rows, plan.provisional.score[at], np.float64)
    if extras:
        _write_extras(out, block, plan, tally, at, sheet)


def _write_extras(
    out: Output, block: Block, plan: ScorePlan, tally: kernel.Tally, at: NDArray[np.intp], sheet: Sheet
) -> None:
    """Write what missing answers leave open: lowest and highest score, certain band, cuts."""
    assert tally.lowest is not None, "bounds were asked for"
    assert tally.highest is not None, "bounds were asked for"
    name, table, rows, n_bands = plan.score.id, plan.table, block.rows, len(plan.bands)
    nothing = tally.n_missing == table.k
    complete = np.zeros(1, np.uint8)
    low, high = table.rows(tally.lowest, complete), table.rows(tally.highest, complete)
    if "bounds" in sheet.choices.extras:
        out.write(f"{name}_lowest", rows, np.where(nothing, np.nan, table.score[low]), np.float64)
        out.write(f"{name}_highest", rows, np.where(nothing, np.nan, table.score[high]), np.float64)
        if plan.bands:
            names = (*(b.name for b in plan.bands), UNDETERMINED)
            certain = np.where(table.band[low] == table.band[high], table.band[low], n_bands)
            out.write_names(f"{name}_band_certain", rows, np.where(nothing, -1, certain), names)
    for cut, by_row in plan.cuts:
        settled = np.where(by_row[low] == by_row[high], by_row[low], OPEN)
        found = np.where(by_row[at] == OPEN, settled, by_row[at])
        if cut.any_item_at_most is not None:
            found = _with_item_clause(found, cut, plan.score, block.answers, sheet.units)
        out.write_names(f"{name}_{cut.name}", rows, np.where(nothing, -1, found), THREE_VALUED)


def _with_item_clause(
    found: NDArray[Any], cut: Cut, score: Score, stored: Sequence[read.Bytes], units: kernel.Units
) -> NDArray[Any]:
    """Lay the clause on single items over a cut: a low item says yes, a missing one leaves it open."""
    assert cut.any_item_at_most is not None, "only called where the cut has the clause"
    limit = math.floor((cut.any_item_at_most - units.base) / units.step)
    values = np.stack([kernel.highest_answered(stored, part) for part in score.parts])
    low_item = (values <= limit).any(axis=0)
    may_be_low = (values == read.MISSING).any(axis=0)
    found = np.where(may_be_low & (found == NO), OPEN, found)
    return np.where(low_item, YES, found)


def _write_rule(out: Output, block: Block, plan: RulePlan, identifier: str, known: kernel.Presence) -> None:
    sure, possible = kernel.symptom_levels(block.answers, plan.groups, plan.levels, known)
    # Levels count upwards from 0, then "undetermined"; a form without any answer is -1 (255 as a byte).
    undetermined = (sure != possible).view(np.uint8) * np.uint8(len(plan.levels) + 1)
    blank = kernel.all_missing(block.answers, plan.items).view(np.uint8) * np.uint8(read.MISSING)
    code = np.maximum(np.maximum(sure, undetermined), blank).view(np.int8)
    out.write_names(f"{identifier}_{plan.rule.id}", block.rows, code, plan.names)


def _hint(sources: Sequence[Any], codes: Sequence[read.ItemCode], problems: read.Problems) -> str:
    """Say what answers outside the declared codes look like, without showing any."""
    if not problems.of_kind("range"):
        return ""
    columns = [_numbers(source, code.missing) for source, code in zip(sources, codes, strict=True)]
    found = np.concatenate(columns)
    low, high = codes[0].low, codes[0].high
    if len(found) and found.min() == low + 1 and found.max() == high + 1:
        return (
            f"the codes run one step above the declared ones: if they are {low + 1:g} to {high + 1:g}, say "
            f'coding="{low + 1:g}-{high + 1:g}", or add "reversed" if {low + 1:g} is the highest answer.'
        )
    if any(_looks_like_scores(column, code.high) for column, code in zip(columns, codes, strict=True)):
        return "they look like scores from 0 to 100, not items: name the columns of the single answers."
    return ""


def _looks_like_scores(found: NDArray[np.float64], high: float) -> bool:
    """Tell a column of scores (most of them over every code) from items with a few codes for "missing"."""
    over = found[found > high]
    return 2 * len(over) > len(found) and len(np.unique(over)) > 1 and high * 2 < over.max() <= 100


def _numbers(source: Any, missing: Sequence[float]) -> NDArray[np.float64]:
    """Return the answers of a column that are numbers, without those declared as missing."""
    values, null = read.raw_block(source, slice(0, len(source)))
    if values.dtype.kind not in "iuf":
        return np.empty(0)
    kept = values if null is None else values[~null]
    numbers = kept.astype(float)
    return np.asarray(numbers[~np.isnan(numbers) & ~np.isin(numbers, missing)])
