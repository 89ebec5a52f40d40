"""A survey in hand: data, reasons for missing answers, codebook and the report of what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import SchemaError
from ipseval.core.microdata import marked
from ipseval.loading.codebook import Codebook
from ipseval.loading.ids import id_texts, require_one_way_of_writing

How = Literal["inner", "left", "outer"]


@dataclass(frozen=True)
class Problem:
    """Something found in a file: which column, which rule, how many rows, what to do.

    `level` is "error" or "warning"; `message` is one sentence without any person's value.
    """

    level: str
    column: str
    rule: str
    n_rows: int
    message: str


@dataclass(frozen=True)
class ReadReport:
    """What was read: file name (no folder), format, encoding, rows, columns, and what was found."""

    file: str
    format: str
    encoding: str
    n_rows: int
    n_columns: int
    problems: tuple[Problem, ...] = ()
    note: str = ""
    """The file's own label or notes, such as that its persons are invented."""

    def __repr__(self) -> str:
        """Show sizes and how many problems of which rule; `table()` lists them."""
        rules = Counter(f"{p.level} {p.rule}" for p in self.problems)
        told = "".join(f"; {rule}: {n}" for rule, n in rules.items())
        ask = "; .table() lists them" if told else ""
        return f"<ReadReport {self.file}: {self.n_rows} rows, {self.n_columns} columns{told}{ask}>"

    def table(self) -> pd.DataFrame:
        """Return the problems as a table: one row per problem, errors first."""
        columns = ["level", "column", "rule", "n_rows", "message"]
        rows = [[getattr(p, c) for c in columns] for p in sorted(self.problems, key=lambda p: p.level)]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, eq=False)
class Survey:
    """Data with their meaning.

    `data` has one row per answer form.  Codes stay codes (numbers: Int64 or float64; text: str;
    dates: datetime64); whatever is missing is NA there, and `reasons` (same index and columns, text)
    says why, NA where there is an answer.  `codes` holds, for the columns that had any, the code that
    stood in the file where the answer is missing (9, -4, ".a"), NA elsewhere: so nothing of the file is
    lost, and `restored` gives it back.  The repr shows the shape only.
    """

    data: pd.DataFrame
    reasons: pd.DataFrame
    codebook: Codebook
    report: ReadReport
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    codes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        """Mark the data as rows of persons, for the Jupyter guard, without touching the frame given."""
        object.__setattr__(self, "data", marked(self.data.copy(deep=False)))

    def __repr__(self) -> str:
        """Show the shape, never a row."""
        return f"<Survey {self.report.file}: {len(self.data)} rows, {self.data.shape[1]} columns>"

    def restored(self, column: str) -> pd.Series:
        """Give one column as the file had it: answers, and the file's own codes where they are missing."""
        require_columns(self.data, [column], argument="column", error=SchemaError)
        if column not in self.codes:
            return self.data[column].copy()
        answers = self.data[column].astype(object)
        return answers.where(self.codes[column].isna(), self.codes[column])

    def missing(self) -> pd.DataFrame:
        """Count missing answers: one row per column and reason that occurs, with `n` rows."""
        rows = [
            {"column": str(column), "reason": str(reason), "n": int(n)}
            for column in self.reasons
            for reason, n in self.reasons[column].value_counts(sort=False).items()
        ]
        return pd.DataFrame(rows, columns=["column", "reason", "n"])

    def rename(self, names: Mapping[str, str]) -> Survey:
        """Give columns new names in data, reasons, codes and codebook at once."""
        require_columns(self.data, list(names), argument="names", error=SchemaError)
        new = dict(names)
        return replace(
            self,
            codebook=self.codebook.rename(new),
            data=self.data.rename(columns=new),
            reasons=self.reasons.rename(columns=new),
            codes=self.codes.rename(columns=new),
        )

    def subset(self, columns: Sequence[str]) -> Survey:
        """Keep the named columns in data, reasons, codes and codebook at once."""
        names = list(columns)
        require_columns(self.data, names, argument="columns", error=SchemaError)
        return replace(
            self,
            data=self.data[names],
            reasons=self.reasons[names],
            codebook=self.codebook.subset(names),
            codes=self.codes[[c for c in names if c in self.codes]],
        )

    def merge(
        self,
        other: Survey,
        *,
        on: str,
        suffixes: tuple[str, str] = ("_start", "_end"),
        how: How = "outer",
    ) -> Survey:
        """Lay two waves side by side, one row per person; names that both have get the suffixes.

        Parameters
        ----------
        other
            The other wave.
        on
            The person column; it must stand in both, be filled in every row and be unique in each.
        suffixes
            Put behind the names that stand in both waves, this one's first.
        how
            "outer" keeps everyone, "left" this wave's persons, "inner" those in both.

        Returns
        -------
        Survey
            One row per person, in this wave's order, then the other's.  Where a person has no form in
            a wave, that wave's columns are NA with the reason "system_missing".

        Raises
        ------
        SchemaError
            If `on` is not a column of both, is empty or repeated in some rows (counted, never shown),
            or if the suffixes would give two columns one name.
        """
        require_option(how, ("inner", "left", "outer"), argument="how", error=SchemaError)
        for survey, name in ((self, "this survey"), (other, "other=")):
            require_columns(survey.data, [on], argument="on", error=SchemaError)
            _require_unique(survey, on, name)
        shared = [c for c in self.data.columns if c in other.data.columns and c != on]
        left = self.rename({c: f"{c}{suffixes[0]}" for c in shared})
        right = other.rename({c: f"{c}{suffixes[1]}" for c in shared})
        _require_no_clash(left, right, on, suffixes)
        left, right = _with_suffixed_sets(left, right, suffixes)
        return _joined(left, right, on, how)


def _require_unique(survey: Survey, on: str, name: str) -> None:
    ids = survey.data[on]
    absent, repeated = int(ids.isna().sum()), int(ids.dropna().duplicated(keep=False).sum())
    if absent or repeated:
        raise SchemaError(
            f"on={on!r}: in {name} ({survey.report.file}) {absent} row(s) have no id and {repeated} row(s) "
            "share one with another row; one row per person was expected, so settle them before merging."
        )


def _require_no_clash(left: Survey, right: Survey, on: str, suffixes: tuple[str, str]) -> None:
    clash = [c for c in left.data.columns if c in right.data.columns and c != on]
    if clash:
        raise SchemaError(
            f"suffixes={suffixes!r} leave {len(clash)} column(s) with one name in both surveys "
            f"({', '.join(map(repr, clash[:4]))}); choose two different suffixes."
        )


def _with_suffixed_sets(left: Survey, right: Survey, suffixes: tuple[str, str]) -> tuple[Survey, Survey]:
    """Name the multiple-response sets that both waves have apart, as their columns are."""
    both = set(left.codebook.sets) & set(right.codebook.sets)

    def named(survey: Survey, suffix: str) -> Survey:
        sets = {}
        for key, one in survey.codebook.sets.items():
            new = f"{key}{suffix}" if key in both else key
            sets[new] = replace(one, name=new)
        return replace(survey, codebook=Codebook(survey.codebook.variables, sets))

    return named(left, suffixes[0]), named(right, suffixes[1])


def _joined(left: Survey, right: Survey, on: str, how: How) -> Survey:
    """Join on the person: rows by position, so that data, reasons and codes cannot drift apart."""
    first, second = _alike(left, right, on)
    place = pd.Series(range(len(second)), index=second)
    rows_left = list(range(len(first)))
    rows_right: list[int] = [int(p) for p in first.map(place).fillna(-1)]
    if how == "inner":
        rows_left = [i for i in rows_left if rows_right[i] >= 0]
        rows_right = [p for p in rows_right if p >= 0]
    if how == "outer":
        known = set(rows_right)
        extra = [p for p in range(len(second)) if p not in known]
        rows_left += [-1] * len(extra)
        rows_right += extra
    ids = _taken(first.to_frame(on), rows_left)[on]
    ids = ids.where(ids.notna(), _taken(second.to_frame(on), rows_right)[on])
    data = pd.concat([_taken(left.data, rows_left), _taken(right.data.drop(columns=on), rows_right)], axis=1)
    data[on] = ids
    reasons = pd.concat(
        [_absent(left.reasons, rows_left), _absent(right.reasons.drop(columns=on), rows_right)], axis=1
    )
    reasons[on] = pd.Series(pd.NA, index=data.index, dtype="str")
    codes = pd.concat([_taken(left.codes, rows_left), _taken(right.codes, rows_right)], axis=1)
    return Survey(
        data=data,
        reasons=reasons,
        codebook=left.codebook.merged(right.codebook),
        report=_joined_report(left.report, right.report, data),
        fingerprints={**left.fingerprints, **right.fingerprints},
        codes=codes,
    )


def _alike(left: Survey, right: Survey, on: str) -> tuple[pd.Series, pd.Series]:
    """Compare numbers as numbers and everything else as text."""
    first, second = (survey.data[on].reset_index(drop=True) for survey in (left, right))
    if pd.api.types.is_numeric_dtype(first) and pd.api.types.is_numeric_dtype(second):
        return first, second
    first, second = id_texts(first), id_texts(second)
    require_one_way_of_writing({"this survey": first, "other=": second})
    return first, second


def _taken(frame: pd.DataFrame, rows: list[int]) -> pd.DataFrame:
    """Take rows by position; -1 gives a row of NA."""
    plain = frame.reset_index(drop=True)
    return plain.reindex(rows).reset_index(drop=True)


def _absent(reasons: pd.DataFrame, rows: list[int]) -> pd.DataFrame:
    taken = _taken(reasons, rows)
    gone = [i for i, row in enumerate(rows) if row < 0]
    taken.iloc[gone, :] = "system_missing"
    return taken


def _joined_report(left: ReadReport, right: ReadReport, data: pd.DataFrame) -> ReadReport:
    def both(a: str, b: str) -> str:
        return a if a == b else " + ".join(part for part in (a, b) if part)

    return ReadReport(
        file=both(left.file, right.file),
        format=both(left.format, right.format),
        encoding=both(left.encoding, right.encoding),
        n_rows=len(data),
        n_columns=data.shape[1],
        problems=left.problems + right.problems,
        note=both(left.note, right.note),
    )
