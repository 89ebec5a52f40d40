"""DREAM in its wide form: what a file holds, what is wrong with it, and its weeks as columns of numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.weeks import week_from_yyww, week_label, yyww
from ipseval.loading.registers import normal
from ipseval.loading.registers.id_check import IdCheck, check_ids
from ipseval.loading.registers.layout import Layout, layout
from ipseval.loading.registers.source import BATCH, Source, from_frame, open_source
from ipseval.loading.survey import Problem, ReadReport

Columns = list[NDArray[np.generic]]
GAP_CODE = -2
MOST_NAMED = 6
LEAST_BATCH = 4_096
MOST_BYTES = 72_000_000


@dataclass(frozen=True, eq=False)
class Dream:
    """A DREAM file that has been looked at but not loaded.

    `weeks` maps each week (core.weeks) to its column in the file; `names` maps the file's columns to their
    own names (`pnr`, `y_YYWW`, `branche_YYYY_MM`, ...); `report` says what was found.
    """

    source: Source
    layout: Layout
    names: dict[str, str]
    weeks: dict[int, str]
    ids: IdCheck
    report: ReadReport

    def __repr__(self) -> str:
        """Say what it covers, never who is in it."""
        if not self.weeks:
            return f"<Dream {self.source.path.name}: {self.ids.n} persons, no weeks>"
        return (
            f"<Dream {self.source.path.name}: {self.ids.n} persons, {len(self.weeks)} weeks, "
            f"{week_label(min(self.weeks))} to {week_label(max(self.weeks))}>"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that will be read, by their own names."""
        return tuple(self.names.values())

    @property
    def data(self) -> pd.DataFrame:
        """The asked columns of all persons as one frame; for large files use `batches`."""
        return pl.concat(list(self.batches())).to_pandas()

    def id_text(self) -> pl.Series:
        """Give all person ids as text."""
        person = self._file_name(self.layout.id)
        return pl.concat(normal.id_text(ids, self.ids.length) for ids in _id_pieces(self.source, person))

    def batches(self, rows: int = BATCH) -> Iterator[pl.DataFrame]:
        """Give the asked columns in pieces of persons: ids as text, weeks as codes (0 = no benefit)."""
        for piece in self.source.batches(list(self.names), rows):
            yield pl.DataFrame([self._clean(piece[old], new) for old, new in self.names.items()])

    def week_batches(self, rows: int = 0, *, named: bool = True) -> Iterator[tuple[pl.Series, Columns]]:
        """Give persons and their weeks, first to last without gaps; a missing week has the code -2.

        The more weeks and the wider their codes, the fewer persons at a time, so that memory stays flat.
        Persons who need not be `named` have empty ids, which are not read.
        """
        weeks = list(self.weeks.values())
        each = max(len(weeks), 1) * self.source.width(weeks)
        rows = rows or max(LEAST_BATCH, min(BATCH, MOST_BYTES // each))
        order = range(min(self.weeks), max(self.weeks) + 1)
        person = self._file_name(self.layout.id)
        for piece in self.source.batches([person, *weeks] if named else weeks, rows):
            gap = np.full(len(piece), GAP_CODE, dtype=np.int16)
            column = dict(zip(piece.columns, piece.get_columns(), strict=True))
            found = [normal.code_column(column[self.weeks[w]]) if w in self.weeks else gap for w in order]
            ids = normal.id_text(column[person], self.ids.length) if named else normal.no_ids(len(piece))
            yield ids, normal.alike(found)

    def only_weeks(self, first: int, last: int) -> Dream:
        """Leave out the weeks before `first` and after `last`."""
        kept = {w: c for w, c in self.weeks.items() if first <= w <= last}
        if not kept:
            raise SchemaError(
                f"weeks= asks for {week_label(first)} to {week_label(last)}, and {self.source.path.name} "
                "has none "
                "of them; see its report for the weeks it has."
            )
        return replace(self, weeks=kept)

    def _file_name(self, own: str) -> str:
        return next(old for old, new in self.names.items() if new == own)

    def _clean(self, column: pl.Series, name: str) -> pl.Series:
        kind = self.layout.type_of(name)
        if kind == "id":
            return normal.id_text(column, self.ids.length).alias(name)
        if kind == "code":
            return pl.Series(name, normal.code_column(column).astype(np.int16))
        if kind in ("number", "integer"):
            return normal.numbers(column).alias(name)
        return normal.texts(column).alias(name)


def open_dream(
    path: str | Path, *, columns: Sequence[str] | None = None, id_length: int | None = None
) -> Dream:
    """Look at a DREAM file: which weeks it has, which it lacks, and whether its persons are sound."""
    return look_at(open_source(path), columns, id_length)


def as_dream(source: Any) -> Dream:
    """Take an opened file as it is, open a path, or look at a wide frame."""
    if isinstance(source, Dream):
        return source
    if isinstance(source, str | Path):
        return open_dream(source)
    if not hasattr(source, "columns"):
        raise SchemaError("source must be a path, what ips.dream.read gave, or a wide DataFrame.")
    doubled = len(source.columns) - len(set(source.columns))
    if doubled:
        raise SchemaError(f"source= has {doubled} column(s) twice; rename or drop the copies first.")
    return look_at(from_frame(source), None, None)


PERSON_RULES = ("id_repeated", "id_empty")
"""Errors that nobody can go on in spite of: a row would no longer be a person, and every n would be wrong."""


WEEK_RULES = ("week_missing", "week_misnamed", "week_not_real", "id_length")
"""Errors that one can go on in spite of."""


def require_sound(dream: Dream, tolerate: Collection[str]) -> dict[str, int]:
    """Refuse a file with errors that are not tolerated, all at once; give the counts of the rest."""
    for rule in tolerate:
        if rule not in (*WEEK_RULES, *PERSON_RULES, "no_weeks"):
            raise SchemaError(f"tolerate= names no rule of DREAM ({rule!r}): {hint_for(rule, WEEK_RULES)}")
    if not dream.weeks:
        raise SchemaError(
            f"{dream.report.file}: no weekly column (y_YYWW) was found or asked for; without weeks there is "
            "nothing to count, so check the names or leave columns= out."
        )
    passed = set(tolerate) - set(PERSON_RULES)
    errors = [p for p in dream.report.problems if p.level == "error" and p.rule not in passed]
    if errors:
        said = " ".join(p.message for p in errors)
        rules = ", ".join(repr(p.rule) for p in errors if p.rule not in PERSON_RULES)
        way = f" (tolerate= takes {rules}, if you know why.)" if rules else ""
        raise SchemaError(f"{dream.report.file}: {len(errors)} thing(s) would make spells wrong. {said}{way}")
    return {p.rule: p.n_rows for p in dream.report.problems}


def sound(source: Any, tolerate: Collection[str]) -> Dream:
    """Take a source as DREAM; refuse it with errors that are not tolerated."""
    found = as_dream(source)
    require_sound(found, tolerate)
    return found


def ratio_rows(dream: Dream) -> pd.DataFrame:
    """Give the months with an employment ratio above 0, one row per person and month."""
    ratios = [name for name in dream.columns if dream.layout.kind_of(name) == "ratio"]
    if not ratios:
        raise SchemaError(
            f"source= ({dream.report.file}) has no employment ratio (grad_YYYY_MM); paid work needs BFL then."
        )
    person = dream.layout.id
    asked = {old: new for old, new in dream.names.items() if new == person or new in ratios}
    parts = []
    for batch in replace(dream, names=asked).batches():
        for name in ratios:
            paid = batch.filter(batch[name] > 0).select(
                person, pl.col(name).alias("ajo_fuldtid_beskaeftiget")
            )
            first = np.datetime64(name[-7:].replace("_", "-")).astype("datetime64[M]")
            last = (first + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
            parts.append(
                paid.with_columns(
                    pl.lit(first.astype("datetime64[D]").astype(object)).alias("ajo_job_start_dato"),
                    pl.lit(last.astype(object)).alias("ajo_job_slut_dato"),
                )
            )
    return pl.concat(parts).to_pandas()


def look_at(source: Source, columns: Sequence[str] | None, id_length: int | None) -> Dream:
    """Find the weeks, the persons and the problems of a DREAM source."""
    plan = layout("dream")
    names = plan.naming(source.columns)
    problems = [*source.problems, *_doubled(names), *_misnamed(source.columns, plan)]
    weeks, unreal = _weeks(names)
    problems += unreal + _gaps(weeks)
    if plan.id not in names.values():
        raise SchemaError(
            f"{source.path.name} has no person column: one of {', '.join(plan.id_names)} was expected; "
            f"{hint_for(plan.id, source.columns)}"
        )
    person = next(old for old, new in names.items() if new == plan.id)
    checked = check_ids(lambda: _id_pieces(source, person), plan.id_lengths, id_length or 0)
    problems += _about_ids(checked)
    asked = _asked(names, columns, plan)
    kept = {week: old for week, old in weeks.items() if old in asked}
    report = ReadReport(
        source.path.name, source.format, "", checked.n, len(asked), tuple(problems), "DREAM, weekly codes"
    )
    return Dream(source, plan, asked, kept, checked, report)


def _id_pieces(source: Source, person: str) -> Iterator[pl.Series]:
    for piece in source.batches([person], 8 * BATCH):
        yield piece[person]


def _asked(names: dict[str, str], columns: Sequence[str] | None, plan: Layout) -> dict[str, str]:
    """Keep the person column and the columns asked for, by own or by file name, in any case."""
    if columns is None:
        return names
    own = {new: old for old, new in names.items()}
    wanted = plan.naming(columns)
    lacking = [c for c in columns if wanted[c] not in own]
    if lacking:
        said = "; ".join(f"{c!r}: {hint_for(wanted[c], own)}" for c in lacking[:MOST_NAMED])
        raise SchemaError(f"columns= names {len(lacking)} column(s) that the file lacks: {said}")
    keep = {plan.id, *wanted.values()}
    return {old: new for old, new in names.items() if new in keep}


def _weeks(names: dict[str, str]) -> tuple[dict[int, str], list[Problem]]:
    weeks: dict[int, str] = {}
    unreal = []
    for old, new in names.items():
        hit = re.fullmatch(r"y_(\d{4})", new)
        if not hit:
            continue
        try:
            weeks[week_from_yyww(hit.group(1))] = old
        except SchemaError:
            unreal.append(old)
    problems = []
    if unreal:
        problems.append(
            _problem("error", unreal[0], "week_not_real", 0, f"{len(unreal)} column(s) name weeks that do "
                "not exist "
                     f"({_listed(unreal)}) and are not read as weeks; check the names.")
        )  # fmt: skip
    if not weeks:
        problems.append(
            _problem("error", "", "no_weeks", 0, "no weekly column (y_YYWW) was found; is this DREAM?")
        )
    return dict(sorted(weeks.items())), problems


def _gaps(weeks: dict[int, str]) -> list[Problem]:
    if not weeks:
        return []
    gone = [f"y_{yyww(w)}" for w in range(min(weeks), max(weeks) + 1) if w not in weeks]
    if not gone:
        return []
    return [
        _problem("error", gone[0], "week_missing", 0, f"{len(gone)} week(s) are missing between the first "
            "and the "
                 f"last ({_listed(gone)}); get them, or tolerate 'week_missing' to count them as unknown.")
    ]  # fmt: skip


def _misnamed(columns: Sequence[str], plan: Layout) -> list[Problem]:
    """Find columns that look like weeks (or months) without being named like one."""
    looks = re.compile(r"^y[_ .-]|^(?:branche|br2?|grad)[_ .-]?\d", re.IGNORECASE)
    odd = [c for c in columns if looks.match(c.strip()) and not plan.kind_of(c.strip())]
    if not odd:
        return []
    return [
        _problem("error", odd[0], "week_misnamed", 0, f"{len(odd)} column(s) look like weeks or months "
            "but are not "
                 f"named like them ({_listed(odd)}); y_YYWW, branche_YYYY_MM or grad_YYYY_MM was expected.")
    ]  # fmt: skip


def _doubled(names: dict[str, str]) -> list[Problem]:
    own = list(names.values())
    twice = sorted({n for n in own if own.count(n) > 1}) if len(set(own)) < len(own) else []
    if not twice:
        return []
    raise SchemaError(
        f"{len(twice)} column(s) stand twice, apart from upper and lower case or an alias "
        f"({_listed(twice)}); "
        "drop one of each."
    )


def _about_ids(found: IdCheck) -> list[Problem]:
    odd = "error" if found.length else "warning"  # ids of no known length may be somebody's own
    said = (
        ("error", "id_repeated", found.n_repeated, "share a person with another row, and DREAM has one row "
         "per person, so read it with pandas.read_csv(..., dtype=str) or the like, drop the row that is "
         "wrong (frame.drop_duplicates() where they are alike), and give the frame in place of the file."),
        (odd, "id_length", found.n_odd, "have a person id of another length than the rest; check how the "
         "file was made."),
        ("error", "id_empty", found.n_empty, "have no person id; leave them out first."),
        ("warning", "id_zeros", found.n_padded, "had lost leading zeros of the person id; they are put "
            "back."),
    )  # fmt: skip
    return [_problem(level, "pnr", rule, n, f"{n} row(s) {text}") for level, rule, n, text in said if n]


def _problem(level: str, column: str, rule: str, n: int, message: str) -> Problem:
    return Problem(level, column, rule, n, message)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
