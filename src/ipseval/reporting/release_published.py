"""Which printed cells of a published report could not have left a research machine, and why.

Reads a file of published numbers (the form that `ipseval audit` reads) and judges its tables as one release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

from ipseval.core.checks import require_option
from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import Line, Sum, Where, where
from ipseval.core.language import LANGUAGES, say
from ipseval.core.resources import load_yaml
from ipseval.reporting.disclosure.counts.graph_build import build
from ipseval.reporting.disclosure.counts.graph_problem import problem_of
from ipseval.reporting.disclosure.facts import Facts, Printed
from ipseval.reporting.disclosure.fate import HIDDEN, OK, PERSON, PROTECTING
from ipseval.reporting.disclosure.pattern.suppress import suppress
from ipseval.reporting.disclosure.profiles import Profile, load_profile
from ipseval.reporting.page import write_page
from ipseval.reporting.tables import FrameColumn, table_from_frame

FEWER_ANSWERED = 8
"""How many of a base may lack an answer where only percents are printed."""


@dataclass(frozen=True)
class PrintedCell:
    """One printed number: its table, its words, the count behind it, and its status by profile."""

    table: str
    label: str
    count: int | None
    statuses: tuple[str, ...]


def judge_published(path: str | Path, profiles: Sequence[str] = ("dst-3", "dst-5")) -> list[PrintedCell]:
    """Judge every table of a file of published numbers by each profile.

    Counts printed only as percents are the ones that fit; a table whose percents fit no counts needs a
    person.  Smallest and largest values are one person's; odds ratios need the persons per level.
    """
    told = load_yaml(Path(path))
    bases = {name: int(base["n"]) for name, base in told.get("bases", {}).items() if base.get("n")}
    rules = [load_profile(p) for p in profiles]
    cells: list[PrintedCell] = []
    facts: list[Facts] = []
    spots: list[list[tuple[str, str, Where]]] = []
    for table in told.get("tables", []):
        base = table.get("base") if table.get("base") in bases else None
        n = bases[base] if base else table.get("n_stated") or table.get("n_inferred")
        lines = _lines(table, n)
        if base and lines:
            made, places = _facts(str(table["id"]), base, bases[base], lines)
            facts.append(made)
            spots.append(places)
        else:
            cells += _by_hand(table, rules)
        if lines and table.get("kind") == "statistics":
            cells += _by_hand(table, rules)
    states = [_states(facts, rule) for rule in rules]
    for made, places in zip(facts, spots, strict=True):
        for table_id, label, place in places:
            found = tuple(s.get((made.population, place), OK) for s in states)
            cells.append(PrintedCell(table_id, label, made.counts[place], found))
    return cells


def _lines(table: Mapping[str, Any], n: Any) -> list[list[tuple[str, int]]]:
    """The counts of a table: one list per question, each (label, count)."""
    rows = [row for row in table.get("rows", []) if isinstance(row, Mapping)]
    if rows and all("count" in row and row["count"] is not None for row in rows):
        listed = [(str(row["label"]), int(row["count"])) for row in rows]
        return [[one] for one in listed] if table.get("kind") == "multiple_choice" else [listed]
    out: list[list[tuple[str, int]]] = []
    for row in rows:
        counts = _fitting(row.get("percents") or [], int(n)) if n else None
        if counts:
            names = table.get("categories") or [str(i) for i in range(len(counts))]
            out.append([(f"{row['label']}: {c}", k) for c, k in zip(names, counts, strict=True)])
    return out


def _fitting(percents: Sequence[Any], n: int) -> list[int] | None:
    """Counts that print as these whole percents of all, or of all but a few."""
    if not percents or any(p is None for p in percents):
        return None
    for m in range(n, max(0, n - FEWER_ANSWERED), -1):
        counts = [floor(float(p) * m / 100 + 0.5) for p in percents]
        fits = all(floor(100 * c / m + 0.5) == round(float(p)) for c, p in zip(counts, percents, strict=True))
        if fits and sum(counts) == m:
            return counts
    return None


def _facts(
    table: str, base: str, n: int, lines: list[list[tuple[str, int]]]
) -> tuple[Facts, list[tuple[str, str, Where]]]:
    """Set a table up as counts of its base: codes make up those who answered, ticks stand alone."""
    counts: dict[Where, int] = {where(): n}
    printed: dict[Where, tuple[Printed, ...]] = {where(): (Printed(0, "n"),)}
    sums: list[Sum] = []
    places: list[tuple[str, str, Where]] = []
    for number, line in enumerate(lines):
        name = f"{table}.{number}"
        parts = [where((name, label)) for label, _ in line]
        total = sum(k for _, k in line)
        for place, (label, k) in zip(parts, line, strict=True):
            counts[place] = k
            printed[place] = (Printed(len(places) + 1, "n_events"),)
            places.append((table, label, place))
        if total < n:
            rest = where((f"{name}:missing" if len(line) > 1 else f"{name}:rest", "1"))
            counts[rest] = n - total
            parts = [*parts, rest]
        if total <= n:
            sums.append(Sum(where(), tuple(parts)))
    made = Facts(base, base, counts, printed, tuple(sums), (Line(),) * len(places), (where(),) * len(places))
    return made, places


def _states(facts: Sequence[Facts], rule: Profile) -> dict[tuple[str, Where], str]:
    graph = build(facts)
    problem, keys = problem_of(graph, rule.persons, rule.missing == "open")
    pattern = suppress(problem, rule.persons)
    states = {}
    for at, key in enumerate(keys):
        if pattern.hidden[at]:
            states[key] = HIDDEN if problem.forced[at] else PROTECTING
    names = {(f.population, place): graph.key(f.population, place) for f in facts for place in f.printed}
    return {spot: states[key] for spot, key in names.items() if key in states}


def _by_hand(table: Mapping[str, Any], rules: Sequence[Profile]) -> list[PrintedCell]:
    """Tables without counts that could be told: single values are hidden, the rest is for a person."""
    out: list[PrintedCell] = []
    for row in table.get("rows", []):
        if not isinstance(row, Mapping):
            continue
        ours = (table.get("ours") or {}).get("terms") or []
        at = len(out)
        single = table.get("kind") == "statistics" and at < len(ours) and ours[at] in ("min", "max")
        mean = table.get("kind") == "statistics" and not single
        status = HIDDEN if single else OK if mean else PERSON
        out.append(PrintedCell(str(table["id"]), str(row.get("label", "")), None, (status,) * len(rules)))
    return out


def published_page(path: str | Path, title: str, profiles: Sequence[str] = ("dst-3", "dst-5")) -> str:
    """Write the page: how many printed cells could not have left, and each of them with its reason."""
    cells = judge_published(path, profiles)
    words = {
        HIDDEN: "too few", PROTECTING: "to protect another", PERSON: "needs a person", OK: "",
    }  # fmt: skip
    lines = [f"# {title}", "", "| profile | printed cells | too few | to protect another | needs a person |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for at, name in enumerate(profiles):
        found = [cell.statuses[at] for cell in cells]
        numbers = [found.count(s) for s in (HIDDEN, PROTECTING, PERSON)]
        lines.append(f"| {name} | {len(cells)} | " + " | ".join(map(str, numbers)) + " |")
    lines += [
        "",
        f"| table | cell | count | {' | '.join(profiles)} |",
        "| --- | --- | --- |" + " --- |" * len(profiles),
    ]
    for cell in cells:
        if any(status != OK for status in cell.statuses):
            count = "" if cell.count is None else str(cell.count)
            said = " | ".join(words[s] for s in cell.statuses)
            lines.append(f"| {cell.table} | {cell.label} | {count} | {said} |")
    return "\n".join(lines) + "\n"


def write_published(
    path: str | Path, out: str | Path, profile: str = "dst-5", lang: str = "da"
) -> tuple[int, int]:
    """Write a page on the printed cells that could not have left under a profile.

    Returns
    -------
    tuple
        How many cells were judged, and how many could not have left or need a person.
    """
    import pandas as pd

    require_option(lang, LANGUAGES, argument="lang", error=DisclosureError)
    cells = judge_published(path, [profile])
    kept = [cell for cell in cells if cell.statuses[0] != OK]
    rows = [(c.table, c.label, c.count, say(f"release_status_{c.statuses[0]}", lang)) for c in kept]
    names = ["table", "cell", "n_events", "status"]
    frame = pd.DataFrame(rows, columns=names).astype({"n_events": "Int64"})
    columns = {name: FrameColumn(say(f"release_head_{name}", lang), "text") for name in names}
    columns["n_events"] = FrameColumn(say("release_head_n_events", lang), "count")
    rule = load_profile(profile)
    found = say(
        "release_published_found", lang, cells=len(cells), kept=len(kept), profile=rule.sentence(lang)
    )
    title = say("release_published", lang)
    items: list[Any] = [found]
    if rows:
        items.append(
            table_from_frame(frame, columns=columns, lang=lang, title=Path(path).stem, id="t-printed")
        )
    write_page(out, title=title, lang=lang, sections=[(2, say("release_about", lang), items)])
    return len(cells), len(kept)
