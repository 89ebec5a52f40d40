"""Outcomes in hand: one row per person, what each column means, and the shares and means of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns
from ipseval.core.errors import EstimationError
from ipseval.core.language import say
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

SUMMED = ("share", "mean")


@dataclass(frozen=True, eq=False)
class PersonOutcomes:
    """Outcomes per person.

    Attributes
    ----------
    data
        One row per person, in the order of the people given: their columns, then the outcomes.
    meanings
        Outcome -> (code of its definition, values in it); the words come in Danish and English.
    kinds
        Outcome -> "share" (0 or 1), "mean" (a number), "time" (a time or how it ended) or "date".
    sample
        The flow of persons.
    notes
        What was counted on the way.
    """

    data: pd.DataFrame
    meanings: Mapping[str, tuple[str, Mapping[str, Any]]]
    kinds: Mapping[str, str]
    sample: Sequence[tuple[str, str, int]]
    notes: tuple[Note, ...] = ()
    registers: tuple[str, ...] = ()
    missing: str = "registers_unseen_missing"
    extras: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say how many persons and outcomes there are, never who."""
        more = f", {len(self.notes)} notes (.summary() tells them)" if self.notes else ""
        return f"<PersonOutcomes: {len(self.data)} persons, {len(self.kinds)} outcomes{more}>"

    def _repr_html_(self) -> str:
        return self.definitions("en").to_html(index=False)

    def definitions(self, lang: str = "da") -> pd.DataFrame:
        """Give each outcome's definition in words, with its limits as they were used."""
        rows = [(name, say(code, lang, **values)) for name, (code, values) in self.meanings.items()]
        return pd.DataFrame(rows, columns=["outcome", "definition"])

    def summary(self, *, by: str | None = None, outcomes: Sequence[str] | None = None) -> Result:
        """Give shares and means of the outcomes, overall or by group, with every definition as a note.

        Parameters
        ----------
        by
            Column of `data` that splits the persons, such as the arm.
        outcomes
            The outcomes wanted; None gives all but dates and times, which are for `ips.time_to_event`.

        Returns
        -------
        Result
            One row per outcome and group: `share` with its numerator, or `mean` with its standard error.
            Intervals and comparisons are the matter of `ips.describe` and `ips.effect` on `.data`.
        """
        names = list(outcomes) if outcomes is not None else [n for n, k in self.kinds.items() if k in SUMMED]
        strange = [n for n in names if self.kinds.get(n) not in SUMMED]
        if strange:
            raise EstimationError(
                f"outcomes= names {len(strange)} that have no share or mean: {', '.join(strange)}; "
                "times and how they ended go to ips.time_to_event."
            )
        groups = _groups(self.data, by)
        rows: list[dict[str, Any]] = []
        notes = list(self.notes)
        for name in names:
            code, values = self.meanings[name]
            notes.append(Note(code, values=values))
            for label, at in groups:
                row, refusal = _row(name, self.kinds[name], label, self.data.loc[at, name])
                if refusal:
                    notes.append(Note("registers_nobody_seen", row=len(rows), values={"outcome": name}))
                rows.append(row)
        return Result(
            kind="employment",
            estimates=estimates_frame(rows),
            sample=sample_frame(list(self.sample)),
            method=Method("registers_outcomes", missing=self.missing),
            base=Base("registers_people", len(self.data), registers=self.registers),
            notes=tuple(notes),
            extras=dict(self.extras),
            source=Source.of(outcomes=self.data[names]),
        )


def _groups(data: pd.DataFrame, by: str | None) -> list[tuple[str, pd.Series]]:
    if by is None:
        return [("", pd.Series(True, index=data.index))]
    require_columns(data, [by], argument="by")
    return [(str(level), data[by] == level) for level in sorted(data[by].dropna().unique())]


def _row(name: str, kind: str, group: str, values: pd.Series) -> tuple[dict[str, Any], bool]:
    known = values.dropna().astype(float)
    row: dict[str, Any] = {"outcome": name, "group": group, "scale": kind, "n": len(known)}
    if not len(known):
        return {**row, "status": "refused"}, True
    if kind == "share":
        events = int(known.sum())
        return {**row, "n_events": events, "estimate": events / len(known)}, False
    spread = float(np.std(known, ddof=1) / np.sqrt(len(known))) if len(known) > 1 else None
    return {**row, "estimate": float(known.mean()), "std_error": spread}, False
