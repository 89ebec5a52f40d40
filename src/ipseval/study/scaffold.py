"""A first plan of your own: two schemas and a plan, drafted from two questionnaire files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ipseval.core.errors import IpsevalError, ReadError, ReportError
from ipseval.instruments.instrument import shipped, shipped_ids
from ipseval.loading.draft import draft_schema
from ipseval.loading.draft_guess import likely_id
from ipseval.loading.schema import SurveySchema, load_schema
from ipseval.loading.survey import Survey

MEASURED = ("ordinal", "scale")
NO_OUTCOME = re.compile(
    r"(^|[_ ])(alder|age|aar|år|year|f(oe|ø)d\w*|birth\w*|postnr|postcode|kommune)([_ ]|$)", re.I
)
"""Names of columns that are measured twice without being an outcome of anything."""


def new_study(folder: Path, start: Path, end: Path) -> list[Path]:
    """Write a folder with two schemas and a plan that runs as it is, for a person to go on from.

    Parameters
    ----------
    folder
        A new or empty folder.
    start, end
        The questionnaire files of the first and the last wave.

    Returns
    -------
    list of Path
        What was written: `start.yaml`, `end.yaml`, `plan.yaml`.

    Raises
    ------
    ReportError
        When the folder is not empty or cannot be written.
    ReadError
        When no column looks like the id of a person in either file.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ReportError(f"the folder {folder.name!r} is not empty; name a new one.")
    name = folder.resolve().name
    written = [folder / "start.yaml", folder / "end.yaml", folder / "plan.yaml"]
    schemas: dict[str, SurveySchema] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        surveys = {"start": _read(start), "end": _read(end)}
        same_id = likely_id(surveys["start"]) == likely_id(surveys["end"])
        for wave, survey in surveys.items():
            ties = (f"{name}/start",) if wave == "end" and same_id else ()
            text = draft_schema(survey, name=f"{name}/{wave}", wave=wave, ties=ties)
            (folder / f"{wave}.yaml").write_text(text, encoding="utf-8")
            schemas[wave] = load_schema(folder / f"{wave}.yaml")
        plan = plan_text(name, schemas["start"], schemas["end"], start.name, end.name)
        (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    except OSError as problem:
        raise ReportError(f"the folder {name!r} cannot be written ({problem.strerror}).") from None
    except IpsevalError:
        # Whole or not at all: a half-drafted folder would be refused at the next try as not empty.
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def _read(path: Path) -> Survey:
    import ipseval

    survey: Survey = ipseval.read_survey(path)
    return survey


def plan_text(name: str, start: SurveySchema, end: SurveySchema, start_file: str, end_file: str) -> str:
    """Write a plan: what each wave answered, who answered when, and change in what both waves measure."""
    keys = {wave: _key(schema, wave) for wave, schema in (("start", start), ("end", end))}
    plan: dict[str, Any] = {
        "plan": name,
        "title": _both(name, name),
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
    text: str = yaml.safe_dump(plan, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)
    return head + _score_lines({"start": start, "end": end}) + text


def _score_lines(schemas: Mapping[str, SurveySchema]) -> str:
    """Propose the scores of shipped instruments whose items seem to be there, as comments to be taken up.

    A coding is declared by a person and never guessed, so nothing is scored before the marks are taken away.
    """
    lines = []
    for wave, schema in schemas.items():
        for stem, items in _numbered(schema).items():
            for name in shipped_ids():
                instrument = shipped(name)
                if _plain(stem) == _plain(name) and len(items) == len(instrument.items):
                    codes = [c for i in items for c in schema.fields[i].categories if c.lstrip("-").isdigit()]
                    span = f"{min(map(int, codes))}-{max(map(int, codes))}" if codes else "?"
                    lines.append(
                        f"#   - {{instrument: {name.upper()}, input: {wave}, items: [{', '.join(items)}], "
                        f'coding: "{span}"}}\n'
                    )
    if not lines:
        return ""
    return (
        "# These look like the items of known instruments.  Look how the answers are coded (where the\n"
        '# lowest code is the highest answer, write "... reversed"), then take the marks away:\n# scores:\n'
    ) + "".join(lines)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _numbered(schema: SurveySchema) -> dict[str, list[str]]:
    """Return the columns that end in 1, 2, 3 ..., by what stands before the number."""
    found: dict[str, dict[int, str]] = {}
    for name in schema.fields:
        if match := re.fullmatch(r"(?P<stem>.*?\D|.*?[_ ])(?P<number>\d{1,2})[a-z]?", name):
            found.setdefault(match["stem"], {}).setdefault(int(match["number"]), name)
    whole = {stem: by for stem, by in found.items() if sorted(by) == list(range(1, len(by) + 1))}
    return {stem: [by[k] for k in sorted(by)] for stem, by in whole.items()}


def _both(da: str, en: str) -> dict[str, str]:
    return {"da": da, "en": en}


def _base(da: str, en: str, *answered: str) -> dict[str, Any]:
    return {"predicate": _both(da, en), **({"answered": list(answered)} if answered else {})}


def _key(schema: SurveySchema, wave: str) -> str:
    if not schema.primary_key:
        raise ReadError(
            f"no column of the {wave} file looks like the id of a person (one value per row, none missing); "
            "mend copies and blanks of the one there is, or add one: it joins the answers of two waves."
        )
    return schema.primary_key[0]


def _coded(schema: SurveySchema) -> list[str]:
    ticks = {c for s in schema.sets.values() for c in s.columns}
    return [f.name for f in schema.fields.values() if f.categories and f.name not in ticks]


def _measured_twice(start: SurveySchema, end: SurveySchema) -> list[str]:
    """Return numeric columns that both waves have and that are more than a few categories.

    Four codes or more are taken for a scale unless the file calls them nominal; a person decides.
    """
    skip = {*start.primary_key, *start.with_role("date"), *start.with_role("multiple_response")}
    return [
        f.name
        for f in start.fields.values()
        if f.name in end.fields
        and f.name not in skip
        and f.role != "background"
        and not NO_OUTCOME.search(f.name)
        and f.type in ("integer", "number")
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
        if columns := _coded(schema):
            results[f"answers_{wave}"] = _describe(wave, columns)
            shown.append((f"answers_{wave}", "counts", *titles[wave]))
    if twice := _measured_twice(start, end):
        pairs = {c: [f"{c}_start", f"{c}_end"] for c in twice}
        results["change"] = {"verb": "change", "base": "both", "with": {"outcomes": pairs}}
        shown.append(("change", "change", "Udvikling", "Change"))
    tables = {f"table_{i}": _table(*what, number=i) for i, what in enumerate(shown, start=1)}
    return results, tables


def _describe(wave: str, columns: Sequence[str]) -> dict[str, Any]:
    return {"verb": "describe", "base": wave, "with": {"columns": [f"{c}_{wave}" for c in columns]}}


def _table(result: str, layout: str, da: str, en: str, *, number: int) -> dict[str, Any]:
    label = _both(f"Tabel {number}", f"Table {number}")
    return {"results": result, "layout": layout, "label": label, "title": _both(da, en)}
