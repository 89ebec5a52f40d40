"""A first plan of your own: two schemas and a plan, drafted from two questionnaire files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from ipseval.core.errors import IpsevalError, ReadError, ReportError
from ipseval.loading.draft import draft_schema
from ipseval.loading.draft_guess import likely_id, unfit_ids
from ipseval.loading.schema import SurveySchema, load_schema
from ipseval.loading.survey import Survey
from ipseval.study.proposed import measured_twice, proposals, score_lines
from ipseval.study.wave_order import backwards

MEASURED = ("ordinal", "scale")
NO_OUTCOME = re.compile(
    r"(^|[_ ])(alder|age|aar|år|year|f(oe|ø)d\w*|birth\w*|postnr|postcode|kommune)([_ ]|$)", re.I
)
"""Names of columns that are measured twice without being an outcome of anything."""


@dataclass(frozen=True)
class NewStudy:
    """What was drafted: the files, and what a person should look at before anything else."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def new_study(folder: Path, start: Path, end: Path) -> NewStudy:
    """Write a folder with two schemas and a plan that runs as it is, for a person to go on from.

    Parameters
    ----------
    folder
        A new or empty folder.
    start, end
        The questionnaire files of the first and the last wave.

    Returns
    -------
    NewStudy
        What was written (`start.yaml`, `end.yaml`, `plan.yaml`), and whether the dates of the two files say
        that they are exchanged.

    Raises
    ------
    ReportError
        When the folder is not empty or cannot be written, or both files have one name.
    ReadError
        When no column looks like the id of a person in either file.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ReportError(f"the folder {folder.name!r} is not empty; name a new one.")
    if start.name.casefold() == end.name.casefold():
        raise ReportError(
            f"both waves are in a file called {start.name!r}; give the files different names, since a plan "
            "finds them by name in one folder and would read one of them twice."
        )
    name, fresh = folder.resolve().name, not folder.exists()
    written = [folder / "start.yaml", folder / "end.yaml", folder / "plan.yaml"]
    schemas: dict[str, SurveySchema] = {}
    try:
        surveys = {"start": _read(start), "end": _read(end)}
        _require_ids({"start": start.name, "end": end.name}, surveys)
        warnings = _exchanged(surveys)
        folder.mkdir(parents=True, exist_ok=True)
        same_id = likely_id(surveys["start"]) == likely_id(surveys["end"])
        for wave, other in (("start", "end"), ("end", "start")):
            ties = (f"{name}/start",) if wave == "end" and same_id else ()
            draft = partial(
                draft_schema, surveys[wave], name=f"{name}/{wave}", wave=wave, ties=ties, other=surveys[other]
            )
            path = folder / f"{wave}.yaml"
            path.write_text(draft(), encoding="utf-8")
            if known := _lacking(wave, load_schema(path)):
                path.write_text(draft(known=known), encoding="utf-8")
            schemas[wave] = load_schema(path)
        plan = plan_text(name, schemas["start"], schemas["end"], start.name, end.name)
        (folder / "plan.yaml").write_text("".join(f"# {w}\n" for w in warnings) + plan, encoding="utf-8")
    except OSError as problem:
        raise ReportError(f"the folder {name!r} cannot be written ({problem.strerror}).") from None
    except IpsevalError:
        # Whole or not at all: a half-drafted folder would be refused at the next try as not empty.
        for path in written:
            path.unlink(missing_ok=True)
        if fresh and folder.exists():
            folder.rmdir()
        raise
    return NewStudy(tuple(written), warnings)


def _exchanged(surveys: Mapping[str, Survey]) -> tuple[str, ...]:
    """Say when the end was answered before the start, as far as the files have dates."""
    found = backwards(surveys, {wave: likely_id(survey) for wave, survey in surveys.items()})
    return tuple(problem.message for problems in found.values() for problem in problems)


def _require_ids(files: Mapping[str, str], surveys: Mapping[str, Survey]) -> None:
    """Refuse files in which nothing tells persons apart: column and number of rows, never an id."""
    faults = []
    for wave, survey in surveys.items():
        if not likely_id(survey):
            why = f" ({found})" if (found := unfit_ids(survey)) else ""
            faults.append(
                f"{files[wave]}: no column looks like the id of a person, one value per row and none "
                f"missing{why}."
            )
    if faults:
        raise ReadError(
            "\n".join(faults) + "\nThe id joins the answers of two waves: keep one row per person (of two "
            "forms of one person, the one that counts), fill in what is blank, or add a column named id."
        )


def _lacking(wave: str, schema: SurveySchema) -> dict[str, str]:
    """Say by column which answers of a proposed instrument nobody chose; of several proposals the first."""
    found: dict[str, str] = {}
    for proposal in proposals(wave, schema):
        for item in proposal.items:
            if told := proposal.lacking(schema.fields[item]):
                found.setdefault(item, told)
    return found


def _read(path: Path) -> Survey:
    import ipseval

    survey: Survey = ipseval.read_survey(path)
    return survey


def plan_text(name: str, start: SurveySchema, end: SurveySchema, start_file: str, end_file: str) -> str:
    """Write a plan: what each wave answered, who answered when, and change in what both waves measure."""
    keys = {wave: schema.primary_key[0] for wave, schema in (("start", start), ("end", end))}
    plan: dict[str, Any] = {
        "plan": name,
        "title": _both(f"Evaluering af {name}", f"Evaluation of {name}"),
        "inputs": {
            "start": {"file": start_file, "schema": "start.yaml", "id": keys["start"], "suffix": "_start"},
            "end": {"file": end_file, "schema": "end.yaml", "id": keys["end"], "suffix": "_end"},
        },
        "bases": {
            "start": _base("svarede ved start", "answered at the start", "start"),
            "end": _base("svarede ved slut", "answered at the end", "end"),
            "both": _base("svarede begge gange", "answered both times", "start", "end"),
            "anyone": _base("svarede mindst én gang", "answered at least once"),
        },
    }
    results, tables = _analyses(start, end)
    plan |= {"results": results, "tables": tables}
    plan["report"] = [{"heading": _both("Resultater", "Results"), "items": [*tables]}]
    plan["labels"] = {
        "start": _both("Ved start", "At the start"),
        "end": _both("Ved slut", "At the end"),
        "in_start": _both("Besvaret ved start", "Answered at the start"),
        "in_end": _both("Besvaret ved slut", "Answered at the end"),
    }
    head = (
        f"# A first plan for {name}, drafted from two files.  Format: docs/plan_format.md.\n"
        "# Go through it: titles, bases, which columns are scales, and what belongs in the report.\n"
    )
    found = [*proposals("start", start), *proposals("end", end)]
    later = _change_of_scores(measured_twice(found), len(tables) + 1)
    parts = re.split(r"(?m)^(?=\w+:)", _yaml(plan))
    text = "".join(part + later.get(part.split(":")[0], "") for part in parts)
    return head + _not_compared(start, end) + score_lines(found) + text


def _yaml(held: object) -> str:
    text: str = yaml.dump(
        held, Dumper=_Lines, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=None
    )
    return text


def _change_of_scores(names: Sequence[str], number: int) -> dict[str, str]:
    """Write what shows the change of proposed scores, as comments under the parts that it belongs to."""
    if not names:
        return {}
    pairs = {name: [f"{name}_start", f"{name}_end"] for name in names}
    result = {"change_scores": {"verb": "change", "base": "both", "with": {"outcomes": pairs}}}
    shown = {f"table_{number}": _table("change_scores", "change", "Udvikling", "Change", number=number)}
    section = [{"heading": _both("Udvikling", "Change"), "items": [*shown]}]
    parts = {"results": (result, "  "), "tables": (shown, "  "), "report": (section, "")}
    return {
        part: "".join(f"# {indent}{line}\n" for line in _yaml(held).splitlines())
        for part, (held, indent) in parts.items()
    }


class _Lines(yaml.SafeDumper):
    """Writes a short list on one line and a long one with a line per entry, so that no name is broken."""


def _list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    short = all(isinstance(each, str) for each in data) and len(", ".join(data)) < 80
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)


_Lines.add_representer(list, _list)


def _not_compared(start: SurveySchema, end: SurveySchema) -> str:
    """Name the columns that one wave codes as numbers and the other as words."""
    both = [(f, end.fields[f.name]) for f in start.fields.values() if f.name in end.fields]
    mixed = [
        a.name for a, b in both if a.categories and b.categories and (a.type, b.type).count("string") == 1
    ]
    if not mixed:
        return ""
    return (
        f"# No change is drafted where one wave has numbers and the other words: {', '.join(mixed)}.\n"
        "# Give both schemas the same codes, with those words as labels, to compare them.\n"
    )


def _both(da: str, en: str) -> dict[str, str]:
    return {"da": da, "en": en}


def _base(da: str, en: str, *answered: str) -> dict[str, Any]:
    return {"predicate": _both(da, en), **({"answered": list(answered)} if answered else {})}


def _coded(schema: SurveySchema) -> list[str]:
    ticks = {c for s in schema.sets.values() for c in s.columns}
    return [f.name for f in schema.fields.values() if f.categories and f.name not in ticks]


def _measured_twice(start: SurveySchema, end: SurveySchema) -> list[str]:
    """Return numeric columns that both waves have and that are more than a few categories.

    Four codes or more are taken for a scale unless the file calls them nominal; a person decides.  Items of
    a proposed instrument are left to its score.
    """
    skip = {*start.primary_key, *start.with_role("date"), *start.with_role("multiple_response")}
    skip |= {item for proposal in proposals("start", start) for item in proposal.items}
    return [
        f.name
        for f in start.fields.values()
        if f.name in end.fields
        and f.name not in skip
        and f.role != "background"
        and not NO_OUTCOME.search(f.name)
        and {f.type, end.fields[f.name].type} <= {"integer", "number"}
        and (not f.categories or f.measure in MEASURED or (f.measure != "nominal" and len(f.categories) > 3))
    ]


def _analyses(start: SurveySchema, end: SurveySchema) -> tuple[dict[str, Any], ...]:
    """Draft the analyses: the response, the coded answers of each wave, and change where both measure."""
    waves = {"start": "in_start", "end": "in_end"}
    results: dict[str, Any] = {"response": {"verb": "response", "base": "anyone", "with": {"waves": waves}}}
    shown = [("response", "counts", "Hvem har svaret hvornår", "Who answered when")]
    titles = {
        "start": ("Svar ved start", "Answers at the start"),
        "end": ("Svar ved slut", "Answers at the end"),
    }
    for wave, schema in (("start", start), ("end", end)):
        if (columns := _coded(schema)) or schema.sets:
            results[f"answers_{wave}"] = _describe(wave, columns, schema)
            shown.append((f"answers_{wave}", "counts", *titles[wave]))
    if twice := _measured_twice(start, end):
        pairs = {c: [f"{c}_start", f"{c}_end"] for c in twice}
        results["change"] = {"verb": "change", "base": "both", "with": {"outcomes": pairs}}
        shown.append(("change", "change", "Udvikling", "Change"))
    tables = {f"table_{i}": _table(*what, number=i) for i, what in enumerate(shown, start=1)}
    return results, tables


def _describe(wave: str, columns: Sequence[str], schema: SurveySchema) -> dict[str, Any]:
    asked: dict[str, Any] = {"columns": [f"{c}_{wave}" for c in columns]}
    ticks = {s.name: [f"{c}_{wave}" for c in s.columns] for s in schema.sets.values() if s.counted}
    return {"verb": "describe", "base": wave, "with": asked | ({"sets": ticks} if ticks else {})}


def _table(result: str, layout: str, da: str, en: str, *, number: int) -> dict[str, Any]:
    label = _both(f"Tabel {number}", f"Table {number}")
    return {"results": result, "layout": layout, "label": label, "title": _both(da, en)}
