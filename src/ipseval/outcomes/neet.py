"""Young people neither in employment, education nor training, by any of the published definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_one_row_each
from ipseval.core.errors import DesignError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.weeks import week_label
from ipseval.outcomes import engine
from ipseval.outcomes.calendar import known_dates
from ipseval.outcomes.codes import CodeList, codes_of
from ipseval.outcomes.definitions import at_least
from ipseval.outcomes.jobs import JobColumns, net_months, outside_rows, require_months
from ipseval.outcomes.neet_definitions import NeetDefinition, definition_of, neet_definitions
from ipseval.outcomes.neet_evidence import Group, Row, neet_evidence
from ipseval.outcomes.neet_rules import Facts, Flags, ages, judge, reference

LEVELS = ("ordinary", "preparatory", "course")
Years = int | Sequence[int]


def neet(
    people: pd.DataFrame,
    *,
    jobs: pd.DataFrame,
    year: Years,
    definition: str | Mapping[str, Any] | Sequence[str] = "vive_2019",
    dream: Any = None,
    education: pd.DataFrame | None = None,
    by: Sequence[str] = (),
    replace: Mapping[str, Any] | None = None,
    id: str = "pnr",
    columns: JobColumns | None = None,
    codes: CodeList | None = None,
) -> Result:
    """Count young people neither in work nor in education, by a named definition.

    Parameters
    ----------
    people
        One row per person: `id`, `birth_date`, the columns in `by`, and those the definition asks for
        (`arrival_age` in years, empty for the native-born; `above_compulsory`, `youth_education`,
        `eighth_grade`, `self_employed` as true/false).
    jobs
        One row per job and month (BFL), as for `ips.employment`.
    year
        The year, or several; a definition over two years ends in it.
    definition
        "dst_amr", "rockwool", "vive_2019" (incomplete), "stil", "benchmark", "eurostat_proxy",
        "oecd_proxy"; several of them; or a definition of your own as in data_schemas/neet.
    dream
        Spells of codes, or their store.
    education
        One row per enrolment: `id`, `from_date`, `to_date`, `level` ("ordinary", "preparatory", "course").
    by
        Columns to count by, one at a time; "age" is the age at the reference.
    replace
        Parts to replace: {"age": {"first": 18, "last": 29}}, {"work": {"at_least": 15}},
        {"criteria": [...]}; which ones is said in the notes.
    id, columns, codes
        As for `ips.employment`.

    Returns
    -------
    Result
        One row per definition, year (`term`) and group: share with numerator and denominator.
        `extras["together"]` counts the same people under each pair of definitions;
        `extras["published"]` holds the published Danish levels for reference.

    Raises
    ------
    DesignError
        If a column, a register or a covered year that the definition needs is missing.

    Assumptions
    -----------
    Persons who are not in DREAM had no benefit; persons without rows in `jobs` had no paid work.

    Missing data
    ------------
    Persons without a birth date are refused by number.  An empty condition column is an error unless the
    definition says what it counts as.

    Checked against
    ---------------
    tests/registers/test_neet.py: a table of young people judged by hand under every definition.
    """
    require_columns(
        people, [id, "birth_date", *(b for b in by if b != "age")], argument="people", error=DesignError
    )
    rules = _rules(definition, replace)
    _require_known(people, rules)
    years = _years(year)
    facts = _facts(people, jobs, dream, education, id, columns, codes, rules)
    judged = {(rule.name, y): judge(facts, rule, y) for rule in rules for y in years}
    rows: list[dict[str, Any]] = []
    told: list[Row] = []
    notes: list[Note] = [note for rule in rules for note in _notes(rule, years)]
    for (name, y), (population, flags) in judged.items():
        rule = next(r for r in rules if r.name == name)
        for group in _groups(facts, rule, y, by):
            inside = population & group.members
            rows.append(_row(name, y, group.label, inside, flags & group.members))
            told.append(Row(name, y, group, population, flags))
            if not inside.any():
                notes.append(Note("neet_nobody", row=len(rows) - 1, values={"definition": name}))
    return Result(
        kind="neet",
        estimates=estimates_frame(rows),
        sample=sample_frame([("neet_people", "", len(people))]),
        method=Method("neet_estimator", missing="neet_missing"),
        base=Base("neet_people", len(people), registers=_registers(dream, education)),
        notes=(*notes, *_about_jobs(facts, rules, years)),
        extras={"together": _together(judged), "published": published([r.name for r in rules])},
        source=Source.of(people=people),
        evidence=neet_evidence(people, id, told),
    )


def neet_flags(
    people: pd.DataFrame,
    *,
    jobs: pd.DataFrame,
    year: int,
    definition: str | Mapping[str, Any] | Sequence[str] | None = None,
    dream: Any = None,
    education: pd.DataFrame | None = None,
    replace: Mapping[str, Any] | None = None,
    id: str = "pnr",
    columns: JobColumns | None = None,
    codes: CodeList | None = None,
) -> pd.DataFrame:
    """Say for each person whether they are NEET by each definition (arguments as for `neet`).

    Returns
    -------
    DataFrame
        A row per person in the order of `people`: `id`, and one column per definition with 1 NEET, 0 not,
        empty outside the definition's population.
    """
    rules = _rules(definition if definition is not None else neet_definitions(), replace)
    require_columns(people, [id, "birth_date"], argument="people", error=DesignError)
    _require_known(people, rules)
    facts = _facts(people, jobs, dream, education, id, columns, codes, rules)
    found: dict[str, Any] = {id: people[id].to_numpy()}
    for rule in rules:
        population, flags = judge(facts, rule, year)
        found[rule.name] = pd.array(np.where(population, flags.astype(float), np.nan)).astype("Int64")
    return pd.DataFrame(found)


def _require_known(people: pd.DataFrame, rules: Sequence[NeetDefinition]) -> None:
    """Refuse definitions that need columns which people do not have, and say which definitions these are."""
    lacking = {rule.name: [c for c in rule.columns if c not in people.columns] for rule in rules}
    needed = "; ".join(f"{name} needs {', '.join(columns)}" for name, columns in lacking.items() if columns)
    if needed:
        raise DesignError(
            f"people: definition= asks for columns that are not there ({needed}); add them, or name the "
            "definitions wanted with definition=[...]."
        )


def columns_needed(
    definition: str | Mapping[str, Any] | Sequence[str] | None, replace: Mapping[str, Any] | None = None
) -> list[str]:
    """Name the columns of the people that the definitions ask for, the birth date first."""
    rules = _rules(definition if definition is not None else neet_definitions(), replace)
    return list(dict.fromkeys(["birth_date", *(c for rule in rules for c in rule.columns)]))


def published(names: Sequence[str] | None = None) -> pd.DataFrame:
    """Give the published Danish levels: one row per definition and printed number, with its source."""
    rows = [
        {"definition": name, "value": p["value"], "unit": p["unit"], "what": p["what"], "source": p["source"]}
        for name in (names if names is not None else neet_definitions())
        if name in neet_definitions()
        for p in definition_of(name, None).published
    ]
    return pd.DataFrame(rows, columns=["definition", "value", "unit", "what", "source"])


def _years(year: Years) -> list[int]:
    years: list[Any] = [year] if isinstance(year, int | np.integer | str) else list(year)
    if not years or not all(isinstance(y, int | np.integer) for y in years):
        raise DesignError("year= must be a whole number such as 2021, or several of them.")
    return [int(y) for y in years]


def _rules(
    definition: str | Mapping[str, Any] | Sequence[str], replace: Mapping[str, Any] | None
) -> list[NeetDefinition]:
    if isinstance(definition, str | Mapping):
        return [definition_of(definition, replace)]
    return [definition_of(name, replace) for name in definition]


def _facts(
    people: pd.DataFrame,
    jobs: pd.DataFrame,
    dream: Any,
    education: pd.DataFrame | None,
    id: str,
    columns: JobColumns | None,
    codes: CodeList | None,
    rules: Sequence[NeetDefinition],
) -> Facts:
    births = known_dates(people["birth_date"], "birth_date")
    require_one_row_each(people, id, argument="people", error=DesignError)
    if dream is None and any(r.needs_dream for r in rules):
        names = ", ".join(r.name for r in rules if r.needs_dream)
        raise DesignError(f"dream= is needed by {names}: give the spells of codes from ips.dream.spells.")
    listed = codes_of(dream, codes)
    return Facts(
        people=people.reset_index(drop=True).assign(birth_date=births),
        months=net_months(jobs, people[id], columns or JobColumns(id=id)),
        benefit=None if dream is None else engine.benefit_of(dream, people[id], codes),
        enrolments=engine.enrolments_by_level(education, people[id], id, LEVELS),
        listed=listed,
    )


def _groups(facts: Facts, rule: NeetDefinition, year: int, by: Sequence[str]) -> list[Group]:
    groups = [Group("", "", None, np.ones(len(facts.people), dtype=bool))]
    period = reference(rule, year)
    for column in by:
        if column == "age":
            day = period.end if rule.age_at == "reference_end" else period.start
            age = ages(facts.people["birth_date"].to_numpy().astype("datetime64[D]"), day)
            groups += [Group(f"age={a}", "age", a, age == a) for a in range(rule.age[0], rule.age[1] + 1)]
        else:
            values = facts.people[column]
            groups += [
                Group(f"{column}={level}", column, level, (values == level).to_numpy(dtype=bool))
                for level in sorted(values.dropna().unique())
            ]
    return groups


def _row(name: str, year: int, group: str, population: Flags, flags: Flags) -> dict[str, Any]:
    n = int(population.sum())
    row: dict[str, Any] = {"outcome": name, "group": group, "term": str(year), "scale": "share", "n": n}
    if n == 0:
        return {**row, "status": "refused"}
    events = int(flags.sum())
    return {**row, "n_events": events, "estimate": events / n}


def _together(judged: Mapping[tuple[str, int], tuple[Flags, Flags]]) -> pd.DataFrame:
    """Count the same people under each pair of definitions in the same year."""
    rows = [
        {"year": y, "first": a, "second": b, **_crossed(one, two)}
        for (a, y), (_, one) in judged.items()
        for (b, z), (_, two) in judged.items()
        if y == z and a < b
    ]
    names = ["year", "first", "second", "both", "only_first", "only_second", "neither"]
    return pd.DataFrame(rows, columns=names)


def _crossed(one: Flags, two: Flags) -> dict[str, int]:
    return {
        "both": int((one & two).sum()),
        "only_first": int((one & ~two).sum()),
        "only_second": int((two & ~one).sum()),
        "neither": int((~one & ~two).sum()),
    }


def _notes(rule: NeetDefinition, years: Sequence[int]) -> list[Note]:
    limits = {
        "definition": rule.name, "first": rule.age[0], "last": rule.age[1],
        "at_least": at_least(rule.at_least),
        "levels": ", ".join(rule.levels), "before": rule.weeks_before, "weeks": _weeks(rule, years),
        "criteria": ", ".join(c.name for c in (*rule.population, *rule.criteria)) or "-",
    }  # fmt: skip
    notes = [Note(f"neet_{rule.kind}_{rule.measure}", values=limits)]
    if rule.incomplete:
        notes.append(Note("neet_incomplete", values={"definition": rule.name}))
    if rule.replaced:
        parts = ", ".join(rule.replaced)
        notes.append(Note("neet_replaced", values={"definition": rule.name, "parts": parts}))
    seen = f"neet_cannot_see_{rule.name}" if rule.name in neet_definitions() else "neet_own"
    notes.append(Note(seen))
    return notes + _reference(rule)


def _weeks(rule: NeetDefinition, years: Sequence[int]) -> str:
    """Name the weeks that the definition looks at in each year, such as 2021-W47."""
    periods = [reference(rule, year) for year in years]
    names = [sorted({week_label(p.first), week_label(p.last)}) for p in periods]
    return ", ".join("–".join(both) for both in names)


def _registers(dream: Any, education: Any) -> tuple[str, ...]:
    """Name the registers that were given."""
    given = (("DREAM", dream), ("KOTRE", education))
    return ("BFL", *(name for name, register in given if register is not None))


def _about_jobs(facts: Facts, rules: Sequence[NeetDefinition], years: Sequence[int]) -> list[Note]:
    """Say where hours come from, and which references reach beyond the months of the job rows."""
    months = facts.months
    notes = []
    if months.n_from_ratio:
        notes.append(Note("registers_hours_from_ratio", values={"n": months.n_from_ratio}))
    for rule in rules:
        for year in years:
            period = reference(rule, year)
            begin = np.array([period.first])
            weeks = (0, period.length - 1)
            require_months(months, begin, weeks, len(facts.people), f"{rule.name} of {year}")
            if outside_rows(months, begin, *weeks):
                notes.append(Note("neet_jobs_end", values={"definition": rule.name, "year": year}))
    return notes


def _reference(rule: NeetDefinition) -> list[Note]:
    """Set the published Danish levels beside the numbers, each with its source."""
    if rule.name not in neet_definitions():
        return []
    levels = published([rule.name]).to_dict("records")
    if not levels:
        return [Note("neet_published_none", values={"definition": rule.name})]
    return [Note("neet_published", values={str(k): v for k, v in level.items()}) for level in levels]
