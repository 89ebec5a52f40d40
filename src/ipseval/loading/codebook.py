"""What a file's columns mean: labels, codes, levels of measurement and the reasons for missing answers.

A codebook is a value: `rename`, `subset` and `merged` give a new one, so that it never goes stale
beside the data.  `Survey` moves data, reasons and codebook together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real

from ipseval.core.errors import SchemaError
from ipseval.core.labels import Labels, code_text

Text = Mapping[str, str]
"""One text in several languages: {"da": ..., "en": ...}."""

TYPES = ("integer", "number", "string", "date", "datetime", "boolean")
MEASURES = ("nominal", "ordinal", "scale", "unknown")
FILE_LANGUAGE = "da"
"""Files do not say which language their labels are in; they are filed under Danish, and a display in
another language falls back on them until a schema lays translations over them."""


@dataclass(frozen=True)
class MissingCode:
    """A code, or a closed range of codes, that stands for a missing answer, with its reason.

    `low == high` is a single code; text codes have `low == high` too.  `reason` is one of
    `core.missing.REASONS`; `label` is what the file calls it.  Stata's and SAS's tagged blanks are
    text codes with their point: ".a" to ".z".
    """

    low: float | str
    high: float | str
    reason: str
    label: str = ""

    def holds(self, value: object) -> bool:
        """Say whether `value` is this missing code."""
        if isinstance(self.low, str) or isinstance(self.high, str):
            return value == self.low
        if isinstance(value, bool) or not isinstance(value, Real):
            return False
        return self.low <= float(value) <= self.high


@dataclass(frozen=True)
class Variable:
    """One column: what it is called, how it is measured, what its codes mean.

    `values` maps a code's text (`core.labels.code_text`) to its words, in the order of the file;
    `role` is free text such as "id", "outcome" or "free_text".
    """

    name: str
    label: Text = field(default_factory=dict)
    type: str = "number"
    measure: str = "unknown"
    values: Mapping[str, Text] = field(default_factory=dict)
    missing: tuple[MissingCode, ...] = ()
    role: str = ""

    def codes(self) -> tuple[str, ...]:
        """Return the declared codes of real answers, in the file's order, as text."""
        return tuple(c for c in self.values if not any(_stands_for(m, c) for m in self.missing))


def _stands_for(code: MissingCode, text: str) -> bool:
    """Say whether a code written as text is `code`, or lies in its range."""
    if code_text(code.low) == text:
        return True
    try:
        return code.holds(float(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class AnswerSet:
    """A multiple-response set: "tick all that apply", one column per option.

    `counted` is the code that means ticked in each column; it is empty for a set of categories, where
    each column holds one of the options chosen ("first choice", "second choice").
    """

    name: str
    columns: tuple[str, ...]
    label: Text = field(default_factory=dict)
    counted: str = "1"


@dataclass(frozen=True)
class Codebook:
    """The variables of a file by name, in file order, and its multiple-response sets."""

    variables: Mapping[str, Variable] = field(default_factory=dict)
    sets: Mapping[str, AnswerSet] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Variable:
        """Return the variable called `name`."""
        return self.variables[name]

    def labels(self) -> Labels:
        """Return the words for display."""
        names = {v.name: v.label for v in self.variables.values() if v.label}
        names |= {s.name: s.label for s in self.sets.values() if s.label}
        return Labels(names, {v.name: v.values for v in self.variables.values() if v.values})

    def levels(self, column: str) -> tuple[float | str, ...]:
        """Return the declared codes of a column in order, numbers where the column is numeric."""
        variable = self.variables[column]
        if variable.type in ("integer", "number"):
            return tuple(float(c) for c in variable.codes())
        return variable.codes()

    def subset(self, columns: Iterable[str]) -> Codebook:
        """Keep the named columns, in that order, and the sets that are still whole."""
        kept = {c: self.variables[c] for c in columns if c in self.variables}
        sets = {k: s for k, s in self.sets.items() if all(c in kept for c in s.columns)}
        return Codebook(kept, sets)

    def rename(self, names: Mapping[str, str]) -> Codebook:
        """Give columns new names, here and in the sets."""
        renamed = [replace(v, name=names.get(v.name, v.name)) for v in self.variables.values()]
        clashes = len(renamed) - len({v.name for v in renamed})
        if clashes:
            raise SchemaError(
                f"renaming would give {clashes} column(s) the name of another; choose unused names."
            )
        sets = {
            k: replace(s, columns=tuple(names.get(c, c) for c in s.columns)) for k, s in self.sets.items()
        }
        return Codebook({v.name: v for v in renamed}, sets)

    def merged(self, other: Codebook) -> Codebook:
        """Lay another codebook beside this one; where both know a name, this one's entry stays.

        A set of the same name over other columns, as the next wave asks it, is kept under its first column.
        """
        new = {name: v for name, v in other.variables.items() if name not in self.variables}
        known = {s.columns for s in self.sets.values()}
        sets = {
            name if name not in self.sets else s.columns[0]: s
            for name, s in other.sets.items()
            if s.columns not in known
        }
        return Codebook({**self.variables, **new}, {**self.sets, **sets})
