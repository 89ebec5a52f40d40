"""The one result: what every analysis verb returns, numbers first and words beside them.

A `Result` holds no row of a person, no clock and no address.  It is read, never changed: every
method gives a copy or a new value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core import language
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import Evidence
from ipseval.core.later import LaterFrames
from ipseval.core.provenance import fingerprint, package_versions

ESTIMATE_COLUMNS: tuple[str, ...] = (
    "outcome", "group", "contrast", "term", "estimand", "scale",
    "estimate", "std_error", "ci_low", "ci_high", "conf_level",
    "statistic", "df", "p_value", "n", "n_events", "status",
)  # fmt: skip
TEXT_COLUMNS: tuple[str, ...] = ("outcome", "group", "contrast", "term", "estimand", "scale", "status")
COUNT_COLUMNS: tuple[str, ...] = ("n", "n_events")
STATUS: tuple[str, ...] = ("ok", "flagged", "refused")
SAMPLE_COLUMNS: tuple[str, ...] = ("step", "group", "n")


@dataclass(frozen=True)
class Method:
    """How the numbers were made, in codes whose words stand in `data_schemas/languages`.

    An empty field means "does not apply".  `references` are DOIs or full references.
    """

    estimator: str
    estimand: str = ""
    interval: str = ""
    level: float | None = None
    test: str = ""
    missing: str = ""
    seed: int | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """A warning or refusal: a code with its values, worded in either language.

    `row` is the position in `estimates` that it speaks of, or None for the whole result.
    """

    code: str
    row: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str) -> str:
        """Return the sentence in Danish ("da") or English ("en")."""
        return language.say(self.code, lang, **self.values)

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return self.text("en")


@dataclass(frozen=True)
class Base:
    """Who the denominator is: a name, a predicate in words, and how many distinct persons.

    `predicate` is one text, or a text per language.
    """

    name: str
    n: int
    predicate: str | Mapping[str, str] = ""
    unit: str = "person"
    registers: tuple[str, ...] = ()

    def words(self, lang: str) -> str:
        """Say who they are in `lang`: the predicate, or the name where there is none."""
        said = self.predicate if isinstance(self.predicate, str) else self.predicate.get(lang, "")
        return said or language.say(self.name, lang)


@dataclass(frozen=True)
class Source:
    """What the numbers were made from: content fingerprints, package versions, the plan's id."""

    fingerprints: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    plan: str = ""
    persons: tuple[str, int] | None = None
    """Of the first frame: a column called as a person's id of which values repeat, and how many it has."""

    @classmethod
    def of(cls, **frames: pd.DataFrame) -> Source:
        """Fingerprint the named input frames and note the package versions."""
        prints = tuple((name, fingerprint(frame)) for name, frame in frames.items())
        first = _repeating(next(iter(frames.values()))) if frames else None
        return cls(prints, tuple(package_versions().items()), persons=first)

    def with_rows_of(self, frame: pd.DataFrame) -> Source:
        """Return this source with what the whole frame says of repeated persons, where it printed a part."""
        return replace(self, persons=_repeating(frame))


def _repeating(frame: pd.DataFrame) -> tuple[str, int] | None:
    """Find a column called as a person's id that repeats a person; none where each row is another."""
    from ipseval.core.identity_columns import names_the_person

    for name, column in frame.items():
        # Where all differ, as mostly, that is known in half the time of counting them.
        if names_the_person(str(name)) and not column.is_unique:
            persons = int(column.nunique())
            if 0 < persons < int(column.notna().sum()):
                return str(name), persons
    return None


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates with their sample, method, notes, extras, base and source.

    Attributes
    ----------
    kind
        The verb that made it ("change", "describe", ...).
    estimates
        One row per estimate, always the columns `ESTIMATE_COLUMNS` in that order.
    sample
        The flow: one row per step and group with `n` distinct persons; the last step is analysed.
    method, notes, base, source
        See the classes.
    extras
        Named frames (balance, support, missing answers by reason); never one row per person.
    evidence
        Who stands behind each number; None where the verb gives none and a release reads the estimates.
    """

    kind: str
    estimates: pd.DataFrame
    sample: pd.DataFrame
    method: Method
    base: Base
    notes: tuple[Note, ...] = ()
    extras: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    source: Source = Source()
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        """Hold the shape that every reader of a result relies on."""
        if tuple(self.estimates.columns) != ESTIMATE_COLUMNS:
            raise EstimationError("a result's estimates must have exactly the columns ESTIMATE_COLUMNS.")
        if tuple(self.sample.columns) != SAMPLE_COLUMNS:
            raise EstimationError("a result's sample must have exactly the columns step, group, n.")
        if not isinstance(self.extras, LaterFrames):
            object.__setattr__(self, "extras", MappingProxyType(dict(self.extras)))
        object.__setattr__(self, "notes", self._with_hint())

    def _with_hint(self) -> tuple[Note, ...]:
        """Add that rows were counted as persons, where a column says that there are fewer persons."""
        column, persons = self.source.persons or ("", self.base.n)
        told = any(note.code == "rows_repeat_a_person" for note in self.notes)
        if told or self.base.unit != "person" or persons >= self.base.n:
            return self.notes
        values = {"column": column, "persons": persons, "n": self.base.n}
        return (*self.notes, Note("rows_repeat_a_person", values=values))

    def tidy(self) -> pd.DataFrame:
        """Return a copy of the estimates as a plain DataFrame."""
        return self.estimates.copy()

    def with_notes(self, *notes: Note) -> Result:
        """Return this result with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def with_plan(self, plan: str) -> Result:
        """Return this result with the id of the plan it was made by."""
        return replace(self, source=replace(self.source, plan=plan))

    def notes_frame(self, lang: str = "en") -> pd.DataFrame:
        """Return the notes as a frame: row, code, sentence."""
        rows = [(note.row, note.code, note.text(lang)) for note in self.notes]
        return pd.DataFrame(rows, columns=["row", "code", "sentence"])

    def methods_text(self, lang: str = "en") -> str:
        """Return the two sentences that belong in a methods section."""
        from ipseval.core.result_text import methods_text

        return methods_text(self, lang)

    def __repr__(self) -> str:
        """Say what it is in one line, without an address."""
        from ipseval.core.result_text import count_text

        return f"<Result {self.kind}: {len(self.estimates)} estimates, n = {count_text(self)}>"

    def _repr_html_(self) -> str:
        from ipseval.core.result_text import result_html

        return result_html(self)


def estimates_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Build `estimates` from rows that name only what applies; the rest is empty text or NaN.

    `status` is "ok" unless said otherwise.  Text columns are object strings, counts are nullable
    integers, all else is float64.
    """
    rows = list(rows)
    unknown = sorted(set().union(*rows).difference(ESTIMATE_COLUMNS))
    if unknown:
        raise EstimationError(f"an estimate has no column(s) {', '.join(unknown)}.")
    columns: dict[str, Any] = {}
    for name in ESTIMATE_COLUMNS:
        if name in TEXT_COLUMNS:
            default = "ok" if name == "status" else ""
            columns[name] = _texts([str(row.get(name, default)) for row in rows])
        elif name in COUNT_COLUMNS:
            columns[name] = _counts([row.get(name) for row in rows])
        else:
            columns[name] = np.array([_real(row.get(name)) for row in rows], dtype=float)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)), copy=False)


def sample_frame(steps: Sequence[tuple[str, str, int]]) -> pd.DataFrame:
    """Build `sample` from (step, group, n) in the order of the flow."""
    return pd.DataFrame(
        {
            "step": _texts([s for s, _, _ in steps]),
            "group": _texts([g for _, g, _ in steps]),
            "n": _counts([n for _, _, n in steps]),
        },
        index=pd.RangeIndex(len(steps)),
        copy=False,
    )


def _texts(values: list[str]) -> pd.Index:
    """Return a column of object strings; as an Index it is taken as it is and costs the least to make."""
    return pd.Index(values, dtype=object)


def _counts(values: list[Any]) -> pd.arrays.IntegerArray:
    missing = [value is None or value is pd.NA or value != value for value in values]
    whole = [0 if gone else int(value) for value, gone in zip(values, missing, strict=True)]
    return pd.arrays.IntegerArray(np.array(whole, dtype=np.int64), np.array(missing, dtype=bool))


def _real(value: Any) -> float:
    return float("nan") if value is None or value is pd.NA else float(value)
