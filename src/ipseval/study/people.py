"""One row per person: inputs read, scored and laid side by side by id, with reasons for what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReadError, SchemaError
from ipseval.core.labels import Labels
from ipseval.loading.codebook import Codebook
from ipseval.loading.ids import id_texts, require_one_way_of_writing
from ipseval.loading.listing import to_look_at, told_as_words
from ipseval.loading.schema import SurveySchema, load_schema
from ipseval.loading.survey import Problem, Survey
from ipseval.loading.validation_waves import check_ties
from ipseval.study.derived import as_numbers, derive, derived_labels, described, reasons_of, told_of
from ipseval.study.plan import Input, PersonBase, Plan, Score
from ipseval.study.registers.linked import Linked
from ipseval.study.registers.plan import REGISTERS
from ipseval.study.scoring import Scored, refuse_turned_coding, score_labels, scores_made
from ipseval.study.steps import Steps, column_hint
from ipseval.study.wave_order import backwards

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

EXTENSIONS = (".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt", ".xlsx", ".csv", ".tsv", ".zip")


@dataclass(frozen=True, eq=False)
class People:
    """All persons of a study.

    `frame` has one row per person (index: id), the columns of every input with its suffix, and one
    boolean column `in_<input>` per input.  `reasons` has the same shape.  `scores` and `column_words`
    are what a table must say of the scores and made columns that it shows.  The repr shows counts only.
    """

    frame: pd.DataFrame
    reasons: pd.DataFrame
    codebook: Codebook
    labels: Labels
    surveys: Mapping[str, Survey]
    column_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scores: tuple[Scored, ...] = ()
    linked: Linked | None = None

    def __repr__(self) -> str:
        """Show how many, never who."""
        return f"<People: {len(self.frame)} persons, {self.frame.shape[1]} columns>"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found in the files that did not stop the reading: file, column, rule and how many rows."""
        reports = [survey.report for survey in self.surveys.values()]
        told = (
            said if said.startswith(report.file) else f"{report.file}: {said}"
            for report in reports
            for said in _told(report.problems)
        )
        return (*told, *self._strangers())

    def _strangers(self) -> tuple[str, ...]:
        """Say which inputs have no person in common, since nothing that needs both can then be computed."""
        keys = list(self.surveys)
        pairs = [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
        return tuple(
            f"inputs {a!r} and {b!r} have no person in common; look whether their ids are written alike."
            for a, b in pairs
            if not (self.frame[f"in_{a}"] & self.frame[f"in_{b}"]).any()
        )

    def without_words(self, lang: str) -> tuple[str, ...]:
        """Say of each input how many columns are shown in another language for want of words in `lang`."""
        said = []
        for key, survey in self.surveys.items():
            texts = [(v.label, *v.values.values()) for v in survey.codebook.variables.values()]
            n = sum(any(_in_another(text, lang) for text in own) for own in texts)
            if n:
                said.append(
                    f"input {key!r}: {n} of {len(texts)} column(s) have no words in {lang!r} and are shown "
                    f"in another language; add {lang}: beside them in its schema."
                )
        return tuple(said)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the files say of themselves (an invented cohort says so here)."""
        return tuple(dict.fromkeys(s.report.note for s in self.surveys.values() if s.report.note))


def _in_another(text: Mapping[str, str], lang: str) -> bool:
    return bool(text) and not text.get(lang) and any(c.isalpha() for words in text.values() for c in words)


def _told(problems: Sequence[Problem]) -> list[str]:
    """Say each problem; columns that need nothing done are named together, in one line."""
    said = [p.message for p in to_look_at(problems)]
    return [*said, told] if (told := told_as_words(problems)) else said


def find_file(folder: Path, entry: Input) -> Path | None:
    """Find an input's file: the name the plan gives, else its stem or an alias with any extension."""
    if not folder.is_dir():
        if folder.is_file():
            raise ReadError(f"{folder.name!r} is a file; give the folder that holds your files.")
        raise ReadError(f"there is no folder {folder.name!r}; give the folder that holds your files.")
    exact = folder / entry.file
    if exact.is_file():
        return exact
    stems = {Path(entry.file).stem.casefold(), *(a.casefold() for a in entry.aliases)}
    found = sorted(
        p for p in folder.iterdir() if p.stem.casefold() in stems and p.suffix.lower() in EXTENSIONS
    )
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise ReadError(
            f"input {entry.key!r}: {len(found)} files fit ({names}); keep one of them in the folder."
        )
    if not found and entry.required:
        there = [p.name for p in sorted(folder.iterdir()) if p.is_file()]
        raise ReadError(
            f"input {entry.key!r}: no file {entry.file!r} in the folder: {hint_for(entry.file, there)}"
        )
    return found[0] if found else None


def read_inputs(plan: Plan, folder: Path) -> dict[str, Survey]:
    """Read every input of the plan from the folder, by its schema; relative paths start at the plan."""
    import ipseval

    surveys: dict[str, Survey] = {}
    schemas = _schemas(plan)
    for entry in plan.inputs.values():
        path = find_file(folder, entry)
        if path is None:
            continue
        schema = schemas.get(entry.key)
        surveys[entry.key] = ipseval.read_survey(path, schema=schema, id=entry.id)
    return _tied(plan, surveys)


def _schemas(plan: Plan) -> dict[str, SurveySchema]:
    """Load the schema of every input, or tell the faults of all of them at once."""
    schemas: dict[str, SurveySchema] = {}
    faults = []
    for entry in plan.inputs.values():
        try:
            if entry.schema:
                schemas[entry.key] = schema_of(plan, entry)
        except SchemaError as fault:
            faults.append(str(fault))
    if faults:
        raise SchemaError("\n".join(dict.fromkeys(faults)))
    return schemas


def _tied(plan: Plan, surveys: Mapping[str, Survey]) -> dict[str, Survey]:
    """Refuse files that contradict one another, all contradictions at once; lesser ones join the reports."""
    tied = {key: schema_of(plan, plan.inputs[key]) for key in surveys if plan.inputs[key].schema}
    by_schema = {schema.name: surveys[key] for key, schema in tied.items()}
    found = {key: check_ties(surveys[key], schema, by_schema) for key, schema in tied.items()}
    errors = [p for problems in found.values() for p in problems if p.level == "error"]
    if errors:
        raise SchemaError("\n".join(p.message for p in errors))
    exchanged = backwards(surveys, {key: plan.inputs[key].id for key in surveys})
    return {
        key: _with_problems(survey, (*found.get(key, ()), *exchanged.get(key, ())))
        for key, survey in surveys.items()
    }


def _with_problems(survey: Survey, problems: Iterable[Problem]) -> Survey:
    told = tuple(dict.fromkeys((*survey.report.problems, *problems)))
    return replace(survey, report=replace(survey.report, problems=told))


def schema_of(plan: Plan, entry: Input) -> SurveySchema:
    """Load the schema of an input: a file beside the plan, or a packaged one."""
    beside = plan.folder / entry.schema
    return load_schema(beside if beside.is_file() else entry.schema)


def gather(
    plan: Plan, surveys: Mapping[str, Survey], linked: Linked | None = None, steps: Steps | None = None
) -> People:
    """Score each input, lay inputs and registers side by side by person, and add the derived columns.

    Parameters
    ----------
    plan, surveys, linked
        The plan, its inputs as they were read, and its persons as linked to registers.
    steps
        Where scores and derived columns that cannot be made are noted; their columns then stand there
        blank, so that what else is wrong with the plan can be told beside them.  Without it they are refused.
    """
    if not surveys and linked is None:
        raise SchemaError(f"the plan {plan.id!r} has no input that is there; it needs at least one file.")
    ids = {key: id_texts(survey.data[plan.inputs[key].id]) for key, survey in surveys.items()}
    require_one_way_of_writing({f"input {key!r}": texts for key, texts in ids.items()})
    noted = Steps(plan) if steps is None else steps
    frames, reasons, codebook = [], [], Codebook()
    for key, survey in surveys.items():
        entry = plan.inputs[key]
        data = survey.data.set_index(ids[key].rename(entry.id)).drop(columns=entry.id)
        why = survey.reasons.set_index(data.index).drop(columns=entry.id, errors="ignore")
        data, why = _with_scores(plan, key, data, why, survey, noted)
        names = {str(c): f"{c}{entry.suffix}" for c in data.columns}
        data = data.rename(columns=names)
        data[f"in_{key}"] = True
        frames.append(data)
        reasons.append(why.rename(columns=names))
        own = {c: names[c] for c in survey.codebook.variables if c in names}
        codebook = codebook.merged(survey.codebook.subset(own).rename(own))
    sources = [*plan.inputs]
    if linked is not None:
        frames.append(linked.frame.assign(**{f"in_{REGISTERS}": True}))
        reasons.append(pd.DataFrame(index=linked.frame.index))
        sources.append(REGISTERS)
    frame = _side_by_side(frames)
    flags = [f"in_{key}" for key in sources]
    for flag in flags:
        frame[flag] = frame[flag].eq(True).fillna(False).astype(bool) if flag in frame else False
    why = _side_by_side(reasons).reindex(index=frame.index, columns=frame.columns)
    instruments = {i: instrument_of(score) for i, score in enumerate(plan.scores)}
    words = {**score_labels(plan, instruments), **plan.labels, **derived_labels(plan.derived)}
    worded = Labels(words, {**_band_words(plan), **plan.values})
    codebook, told = _add_derived(plan, frame, why, codebook, worded, noted)
    if steps is None:
        noted.raise_if_any()
    labels = codebook.labels().merged(worded)
    labels = _outcome_labels(plan, labels).merged(labels)
    if linked is not None:
        told |= {name: dict(words) for name, words in linked.definitions.items()}
    scores = tuple(scores_made(plan, frame, instruments))
    return People(frame, why, codebook, labels, dict(surveys), told, scores, linked)


def _add_derived(
    plan: Plan, frame: pd.DataFrame, why: pd.DataFrame, codebook: Codebook, own: Labels, steps: Steps
) -> tuple[Codebook, dict[str, dict[str, str]]]:
    """Add the derived columns one after another; say of those of 1 and 0 what they hold."""
    told: dict[str, dict[str, str]] = {}
    for derived in plan.derived:
        labels, made = codebook.labels().merged(own), pd.Series(pd.NA, index=frame.index, dtype="Float64")
        with steps.step(f"derived.{derived.name}"):
            made = derive(frame, derived, codebook, labels)
            if derived.operation == "in":
                told[derived.name] = told_of(derived, codebook, labels)
        frame[derived.name] = made
        why[derived.name] = reasons_of(frame, derived.name, derived.columns, why)
        codebook = codebook.merged(described(derived))
    return codebook, told


def _side_by_side(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    frames = list(frames)
    columns = [str(c) for frame in frames for c in frame.columns]
    doubled = sorted({c for c in columns if columns.count(c) > 1})
    if doubled:
        raise SchemaError(
            f"{len(doubled)} column(s) stand twice with their suffix ({', '.join(doubled[:5])}); give "
            "each input a suffix of its own, and a question another name than that of a score."
        )
    return pd.concat(frames, axis=1)


def _with_scores(
    plan: Plan, key: str, data: pd.DataFrame, why: pd.DataFrame, survey: Survey, steps: Steps
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay the scores of one input beside it, with why they are missing; one that cannot be made is noted."""
    scored, missing = [data], [why]
    for i, score in enumerate(plan.scores):
        if score.input == key:
            made = pd.DataFrame(index=data.index, columns=_score_columns(score), dtype=float)
            with steps.step(f"scores[{i}], {score.instrument} of {key}"):
                refuse_turned_coding(score, survey.codebook)
                made = _scored(data, score)
            scored.append(made)
            told = {str(c): reasons_of(made, str(c), list(map(str, score.items)), why) for c in made}
            missing.append(pd.DataFrame(told))
    return pd.concat(scored, axis=1), pd.concat(missing, axis=1)


def _score_columns(score: Score) -> list[str]:
    """Name the columns of a score that could not be made."""
    names = [score.name or own.id for own in instrument_of(score).scores]
    return [f"{name}{end}" for name in names for end in ("", "_band", "_n_answered", "_prorated")]


def _scored(data: pd.DataFrame, score: Score) -> pd.DataFrame:
    """Score one instrument; its columns start with `score.name` where the plan gives one."""
    out: pd.DataFrame = instrument_of(score).score(
        data, items=list(score.items), coding=score.coding, **score.options
    )
    if score.name:
        own = str(out.columns[0])
        out = out.rename(columns={c: score.name + str(c).removeprefix(own) for c in out.columns})
    return out


def instrument_of(score: Score) -> Instrument:
    """Give the shipped instrument that a plan names; nothing else can be called from a plan."""
    from ipseval.instruments.instrument import shipped

    return shipped(score.instrument.lower())


def _band_words(plan: Plan) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """Return the words of every band column that the plan's scores make."""
    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for score in plan.scores:
        suffix = plan.inputs[score.input].suffix
        for own in instrument_of(score).scores:
            words = {band.name: band.label for bands in own.bands.values() for band in bands}
            found[f"{score.name or own.id}_band{suffix}"] = words
    return found


def _outcome_labels(plan: Plan, labels: Labels) -> Labels:
    """Give an outcome of two waves the words of its columns: of their codes and of their question."""
    names: dict[str, Mapping[str, str]] = {}
    values: dict[str, Mapping[str, Mapping[str, str]]] = {}
    suffixes = {entry.suffix for entry in plan.inputs.values()}
    for analysis in plan.analyses.values():
        outcomes = analysis.options.get("outcomes")
        for name, columns in outcomes.items() if isinstance(outcomes, Mapping) else ():
            first = str(columns[0]) if isinstance(columns, list | tuple) and columns else ""
            if first in labels.values:
                values[str(name)] = labels.values[first]
            if first in labels.names and first.removeprefix(str(name)) in suffixes:
                names[str(name)] = labels.names[first]
    return Labels(names, values)


def select(people: People, base: PersonBase) -> pd.DataFrame:
    """Return the rows of `people.frame` that belong to a base."""
    frame = people.frame
    keep = pd.Series(True, index=frame.index)
    for key in base.answered:
        keep &= frame[f"in_{key}"]
    for condition in base.where:
        keep &= _meets(people, base.name, condition)
    return frame[keep]


def _meets(people: People, name: str, condition: Mapping[str, Any]) -> pd.Series[bool]:
    frame, column = people.frame, str(condition["column"])
    if column not in frame.columns:
        names = [str(c) for c in frame.columns]
        raise SchemaError(
            f"bases.{name}: {column!r} is not a column: {column_hint(column, names, people.labels)}"
        )
    values, keep = frame[column], pd.Series(True, index=frame.index)
    if "in" in condition:
        keep &= values.isin(list(condition["in"]))
    if "at_least" in condition:
        keep &= _measured(values, name, condition["at_least"]).ge(_limit(condition["at_least"])).fillna(False)
    if "at_most" in condition:
        keep &= _measured(values, name, condition["at_most"]).le(_limit(condition["at_most"])).fillna(False)
    return keep.astype(bool)


def _measured(values: pd.Series[Any], name: str, limit: float | date) -> pd.Series[Any]:
    """Give what a limit is held against: dates against a date, all else as numbers."""
    if pd.api.types.is_datetime64_any_dtype(values) != isinstance(limit, date):
        raise SchemaError(
            f"bases.{name}: dates are held against a date (2024-01-31, without quotes) and numbers against a "
            f"number; column {str(values.name)!r} and its limit are not of one kind."
        )
    return values if isinstance(limit, date) else as_numbers(values, f"bases.{name}")


def _limit(limit: float | date) -> float | pd.Timestamp:
    return pd.Timestamp(limit) if isinstance(limit, date) else limit
