"""Tells which codes were taken for missing answers: one sentence for forty columns with one label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from ipseval.loading.codebook import MissingCode, Variable
from ipseval.loading.survey import Problem

_LISTED = 4


class Found:
    """Gathers codes for missing answers that a reader of the report should know of."""

    def __init__(self, default: str, known: Callable[[str], bool]) -> None:
        """Take the default reason, and a way to ask whether a label names a reason at all."""
        self._default = default
        self._known = known
        self._labelled: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self._unknown: dict[str, list[tuple[str, int]]] = {}

    def labelled(self, column: str, code: MissingCode, n: int) -> None:
        """Note a code that only its label calls missing, and in how many rows it stands."""
        self._labelled.setdefault((code.label, code.reason), []).append((column, n))

    def declared(self, variable: Variable, column: pd.Series, said: Sequence[MissingCode]) -> None:
        """Note the codes that the file declares missing without saying why, where they occur."""
        if not variable.missing:
            return
        counts = column.value_counts()
        by_label: dict[str, int] = {}
        for value, n in counts.items():
            if any(code.holds(value) for code in said):
                continue
            code = next((code for code in variable.missing if code.holds(value)), None)
            if code is not None and code.reason == self._default and not self._known(code.label):
                by_label[code.label] = by_label.get(code.label, 0) + int(n)
        for label, n in by_label.items():
            self._unknown.setdefault(label, []).append((variable.name, n))

    def problems(self) -> tuple[Problem, ...]:
        """Word what was noted."""
        told = [self._of_label(label, reason, at) for (label, reason), at in self._labelled.items()]
        told += [self._of_unknown(label, at) for label, at in self._unknown.items()]
        return tuple(told)

    def _of_label(self, label: str, reason: str, places: Sequence[tuple[str, int]]) -> Problem:
        n = sum(n for _, n in places)
        message = (
            f"{_named(places)}: the label {label!r} was read as a missing answer ({reason}) in {n} row(s), "
            "though the file does not declare its code as missing; say missing='declared' if it is an answer."
        )
        return Problem("warning", places[0][0], "labelled_missing", n, message)

    def _of_unknown(self, label: str, places: Sequence[tuple[str, int]]) -> Problem:
        n = sum(n for _, n in places)
        what = f"labelled {label!r}, which names no known reason," if label else "without a label"
        message = (
            f"{_named(places)}: the file declares a missing code {what} that stands in {n} row(s), counted "
            f"as {self._default}; give missing= to say which reason it is."
        )
        return Problem("warning", places[0][0], "unknown_missing_label", n, message)


def _named(places: Sequence[tuple[str, int]]) -> str:
    columns = [column for column, _ in places]
    shown = ", ".join(repr(c) for c in columns[:_LISTED])
    more = f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else ""
    return f"{'column' if len(columns) == 1 else 'columns'} {shown}{more}"
