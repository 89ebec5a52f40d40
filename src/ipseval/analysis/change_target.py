"""What a change is held against: direction, important and detectable change, margin, range, selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ipseval.core.checks import hint_for, require_option
from ipseval.core.errors import EstimationError


@dataclass(frozen=True)
class Selection:
    """How people were screened in, so that the gain to be expected from selection alone can be told.

    `mean` and `sd` are those of the people who were screened (all of them, in points of the scale),
    `reliability` is the retest correlation over the same time without any help.  With `cut`, people came
    in at or below it (`side="below"`) or at or above it; without, only their mean at start is used.
    """

    mean: float
    reliability: float
    sd: float | None = None
    cut: float | None = None
    side: str = "below"

    def __post_init__(self) -> None:
        """Refuse a reliability outside 0-1 and a cut without the SD it needs."""
        if not 0.0 <= self.reliability <= 1.0:
            raise EstimationError("selection: reliability must lie between 0 and 1.")
        require_option(self.side, ("below", "above"), argument="side")
        if self.cut is not None and not (self.sd or 0.0) > 0.0:
            raise EstimationError("selection: a cut needs the sd of the people who were screened.")


@dataclass(frozen=True)
class ChangeTarget:
    """Declares one outcome: which way is better, and what a change is held against, all in points.

    `mic`: smallest change that matters to people.  `mdc`: smallest change beyond measurement error.
    `margin`: changes within +-margin count as none (equivalence).  `range`: lowest and highest score.
    """

    better: str = "higher"
    mic: float | None = None
    mdc: float | None = None
    margin: float | None = None
    range: tuple[float, float] | None = None
    selection: Selection | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be a target, and read a selection given as a mapping."""
        require_option(self.better, ("higher", "lower"), argument="better")
        for name in ("mic", "mdc", "margin"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise EstimationError(f"target: {name} must be a positive number of points.")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise EstimationError("target: range must be (lowest, highest possible score).")
        if isinstance(self.selection, Mapping):
            object.__setattr__(self, "selection", _made(Selection, self.selection, "selection"))


Targets = ChangeTarget | Mapping[str, Any] | None


def targets_by_outcome(targets: Targets, outcomes: list[str]) -> dict[str, ChangeTarget]:
    """Read one target for all, or outcome -> target (a `ChangeTarget` or a mapping of its fields)."""
    if targets is None:
        return {}
    if isinstance(targets, ChangeTarget):
        return dict.fromkeys(outcomes, targets)
    strangers = [name for name in targets if name not in outcomes]
    if strangers and all(name in _names(ChangeTarget) for name in targets):
        return dict.fromkeys(outcomes, _made(ChangeTarget, targets, "target"))
    if strangers:
        said = "; ".join(f"{name!r}: {hint_for(name, outcomes)}" for name in strangers)
        raise EstimationError(f"target= names {len(strangers)} unknown outcome(s): {said}")
    return {
        name: given if isinstance(given, ChangeTarget) else _made(ChangeTarget, given, f"target[{name!r}]")
        for name, given in targets.items()
    }


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _made(kind: Any, given: Mapping[str, Any], argument: str) -> Any:
    known = _names(kind)
    for name in given:
        if name not in known:
            raise EstimationError(f"{argument} has no field {name!r}: {hint_for(name, known)}")
    return kind(**given)
