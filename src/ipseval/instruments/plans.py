"""Scores and rules made ready for the walk over the rows: tables, band names, thresholds in bytes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.checks import hint_for, require_option
from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments import kernel
from ipseval.instruments.answers import ItemCode
from ipseval.instruments.coding import Answers
from ipseval.instruments.model import Band, Cut, Level, Score, SymptomRule
from ipseval.instruments.reading import exact, read_bands, read_levels

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

UNDETERMINED = "undetermined"
OPEN = 2
"""The answer of a cut that missing answers leave open, after 0 (no) and 1 (yes)."""
RELATION: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Choices:
    """What the caller of `Instrument.score` decided."""

    items: Sequence[str] | Mapping[str, str]
    coding: Answers | None = None
    missing: Sequence[float | str] = ()
    max_missing: int | None = None
    bands: Any = None
    on_out_of_range: str = "error"
    rounding: str = "none"
    extras: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ScorePlan:
    """One score made ready: its tables, band names, and the cuts as answers per table row."""

    score: Score
    table: kernel.Table
    max_missing: int
    bands: tuple[Band, ...]
    cuts: tuple[tuple[Cut, NDArray[np.int8]], ...]
    provisional: kernel.Table | None
    convention: str = ""
    """Which bands, where a scale has several in use; the output names it."""


@dataclass(frozen=True, eq=False)
class RulePlan:
    """One symptom rule made ready: groups with their thresholds in bytes, and the chosen levels."""

    rule: SymptomRule
    groups: tuple[kernel.CountedGroup, ...]
    levels: tuple[Level, ...]

    @property
    def items(self) -> tuple[int, ...]:
        """The positions of the items that the rule looks at."""
        return tuple(item for group in self.groups for symptom in group.symptoms for item, _ in symptom)

    @property
    def names(self) -> tuple[str, ...]:
        """The outcomes in rising order, the undetermined one last."""
        return (self.rule.otherwise, *(level.name for level in reversed(self.levels)), UNDETERMINED)


def score_plan(
    instrument: Instrument, at: int, codes: Sequence[ItemCode], units: kernel.Units, choices: Choices
) -> ScorePlan:
    """Make the score at position `at` ready; the first one is the main score, which choices speak of."""
    score = instrument.scores[at]
    is_main = at == 0
    max_missing = score.max_missing
    if is_main and choices.max_missing is not None:
        max_missing = whole_number(choices.max_missing, len(score.parts))
    bands = chosen_bands(score, choices.bands if is_main else None)
    highest = sum(max(codes[i].last for i in part) for part in score.parts)
    rounded = choices.rounding == "half_up"
    table = kernel.outcome_table(score, units, highest, max_missing, bands, rounded)
    cuts = tuple((cut, _cut_answers(cut, table)) for cut in score.cuts) if "cuts" in choices.extras else ()
    provisional = None
    if instrument.provisional and is_main:
        provisional = kernel.outcome_table(score, units, highest, len(score.parts) - 1, (), rounded)
    convention = _convention(score, choices.bands if is_main else None)
    return ScorePlan(score, table, max_missing, bands, cuts, provisional, convention)


def _convention(score: Score, chosen: Any) -> str:
    if len(score.bands) < 2:
        return ""
    return next(iter(score.bands)) if chosen is None else chosen if isinstance(chosen, str) else "own"


def whole_number(value: object, k: int) -> int:
    """Read `max_missing`: a whole number of Python or NumPy, never a share."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < k:
        raise ScoringError(
            f"max_missing={value!r} must be a whole number of items from 0 to {k - 1}, never a share."
        )
    return int(value)


def chosen_bands(score: Score, chosen: Any) -> tuple[Band, ...]:
    """Return the bands by the name of their convention, or the caller's own."""
    if chosen is None:
        return next(iter(score.bands.values()), ())
    if isinstance(chosen, str):
        if chosen not in score.bands:
            raise ScoringError(
                f"bands={chosen!r} is not known for {score.id}: {hint_for(chosen, score.bands)}"
            )
        return score.bands[chosen]
    try:
        return read_bands(chosen, "bands=")
    except SchemaError as problem:
        raise ScoringError(str(problem)) from None


def _cut_answers(cut: Cut, table: kernel.Table) -> NDArray[np.int8]:
    meets = RELATION[cut.relation]
    return np.array(
        [OPEN if value is None else int(meets(value, cut.value)) for value in table.exact], dtype=np.int8
    )


def rule_plan(rule: SymptomRule, units: kernel.Units, options: Mapping[str, Any]) -> RulePlan:
    """Make a symptom rule ready with the variant, thresholds and levels that the caller chose."""
    variant = options.get(rule.option, next(iter(rule.variants)))
    require_option(variant, tuple(rule.variants), argument=rule.option, error=ScoringError)
    levels = rule.variants[variant]
    own = options.get(f"{rule.id}_levels")
    if own is not None:
        try:
            levels = read_levels(own, [g.name for g in rule.groups], f"{rule.id}_levels=")
        except (SchemaError, AttributeError, TypeError, ValueError):
            raise ScoringError(
                f"{rule.id}_levels= must be a list such as [{{'level': 'severe', 'core': 3, 'total': 8}}], "
                "most severe first."
            ) from None
    groups = []
    for group in rule.groups:
        threshold = exact_option(options.get(group.option, group.present_from), group.option)
        byte = math.ceil((threshold - units.base) / units.step)
        symptoms = tuple(tuple((item, byte) for item in symptom) for symptom in group.symptoms)
        groups.append(kernel.CountedGroup(group.name, symptoms))
    return RulePlan(rule, tuple(groups), levels)


def exact_option(value: Any, option: str) -> Fraction:
    """Read a threshold that a caller gave."""
    try:
        return exact(value, option)
    except SchemaError:
        raise ScoringError(f"{option}= must be a number on the scale of the items.") from None


def check_options(instrument: Instrument, choices: Choices, table: kernel.Table) -> None:
    """Refuse options that the instrument does not have, and a printed range that it cannot give."""
    known = ["score_range"]
    for rule in instrument.rules:
        known += [rule.option, f"{rule.id}_levels", *(group.option for group in rule.groups)]
    for name in choices.options:
        if name not in known:
            arguments = [part.name for part in fields(choices) if part.name != "options"]
            hint = hint_for(name, [*arguments, *known])
            raise ScoringError(f"{instrument.id} has no option {name!r}: {hint}")
    declared = choices.options.get("score_range")
    complete = [value for value in table.exact[:: table.k + 1] if value is not None]
    if declared is not None:
        low, high = min(complete), max(complete)
        if _pair(declared) != (low, high):
            raise ScoringError(
                f"score_range= declares a range that {instrument.id} cannot have: {table.k} item(s) with the "
                f"declared coding give {float(low):g} to {float(high):g}; check how many items there are and "
                "their codes."
            )


def _pair(declared: Any) -> tuple[Fraction, ...]:
    try:
        return tuple(Fraction(str(end)) for end in declared)
    except (TypeError, ValueError):
        raise ScoringError("score_range= must be a pair of numbers such as (3, 12).") from None
