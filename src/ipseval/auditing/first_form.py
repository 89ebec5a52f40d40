"""Turns the first form of a file of published numbers (bases, tables, figures, claims) into the present one.

The first form's `ours` links (which result of a plan holds the same quantity) are not read, but for the
name of the question that a share is of.
"""

from __future__ import annotations

import re
from typing import Any

from ipseval.auditing.first_form_claims import Entry, Out, add, add_claim, has, printed_n, question_sets


def is_first_form(content: Entry) -> bool:
    """Return whether a mapping has the first form's sections."""
    return "claims" in content and ("bases" in content or "tables" in content)


def from_first_form(content: Entry) -> dict[str, Any]:
    """Return the same numbers in the present form (every scalar as text)."""
    out: Out = {}
    bases = content.get("bases") or {}
    _groups(bases, out)
    for table in content.get("tables") or ():
        _table(table, bases, out)
    for figure in content.get("figures") or ():
        _figure(figure, out)
    tables = {t["id"]: t for t in content.get("tables") or ()}
    sets = question_sets(content.get("claims") or ())
    for claim in content.get("claims") or ():
        add_claim({**claim, "question": sets.get(claim["id"])}, tables, content, out)
    _binary(content.get("tables") or (), out)
    meta = content.get("meta") or {}
    return {"report": {"title": meta.get("report", "")}, **out}


def _groups(bases: Entry, out: Out) -> None:
    surveys = [name for name in ("baseline_survey", "followup_survey") if name in bases]
    for name, base in bases.items():
        paired = "samme" in str(base.get("source", "")) and len(surveys) == 2
        add(
            out,
            "groups",
            id=name,
            what=base.get("source"),
            lines=base.get("lines"),
            n=base["n"],
            subset_of=base.get("subset_of"),
            pairs_of=surveys if paired else None,
        )


def _table(table: Entry, bases: Entry, out: Out) -> None:
    kind = table["kind"]
    if kind == "likert_percent":
        _likert(table, out)
    elif kind == "odds_ratios":
        _odds(table, bases, out)
    elif kind == "bar_chart_ocr":
        _bars(table, out)
    elif kind == "statistics":
        _statistics(table, out)
    else:
        cells = [_cell(row) for row in table["rows"]]
        ends = [None, *(row.get("upper_months") for row in table["rows"])]
        for cell, low, row in zip(cells, ends, table["rows"], strict=False):
            if "upper_months" in row:
                cell["low"] = low if has(low) else "0"
        add(
            out,
            "distributions",
            id=table["id"],
            what=table["title"],
            lines=table["lines"],
            group=_base(table, bases),
            n=printed_n(table),
            exclusive="false" if kind == "multiple_choice" else "true",
            complete="false" if kind in ("multiple_choice", "partial_counts") else "true",
            cells=cells,
        )


def _base(table: Entry, bases: Entry) -> Any:
    return table["base"] if table.get("base") in bases else None


def _cell(row: Entry) -> dict[str, Any]:
    cell = {
        "label": row["label"],
        "line": row.get("line"),
        "count": row.get("count"),
        "percent": row.get("percent"),
        "high": row.get("upper_months"),
    }
    return {key: value for key, value in cell.items() if has(value)}


def _likert(table: Entry, out: Out) -> None:
    for i, row in enumerate(table["rows"]):
        percents = row.get("percents_from_text") or row["percents"]
        names = table["categories"]
        cells = [
            {"label": name, **({"percent": p} if has(p) else {})}
            for name, p in zip(names, percents, strict=True)
        ]
        add(
            out,
            "distributions",
            id=f"{table['id']}_{i + 1}",
            what=f"{table['title']}: {row['label']}",
            lines=[row["line"]],
            group=table.get("base"),
            n=printed_n(table),
            doubt=row.get("ocr"),
            complete="true" if all(has(p) for p in percents) else "false",
            cells=cells,
        )


def _statistics(table: Entry, out: Out) -> None:
    rows = table["rows"]
    low, high, mean = (row["value"] for row in rows[:3])
    add(
        out,
        "means",
        id=table["id"],
        what=table["title"],
        lines=[row["line"] for row in rows],
        value=mean,
        n=printed_n(table),
        low=low,
        high=high,
    )


def _bars(table: Entry, out: Out) -> None:
    for i, row in enumerate(table["rows"]):
        key, told = f"{table['id']}_{i + 1}", f"{table['title']}: {row['label']}"
        read = row.get("mean_ocr")
        doubt = row.get("ocr") or (f"OCR: {read}" if has(read) and read != row.get("mean") else None)
        add(
            out,
            "means",
            id=key,
            what=told,
            lines=[row["line"]],
            value=row.get("mean"),
            n=row["n"],
            low="1",
            high="5",
            doubt=doubt,
        )
        for j, segment in enumerate(row.get("segments_legible") or ()):
            add(
                out,
                "shares",
                id=f"{key}_segment_{j + 1}",
                what=told,
                lines=[row["line"]],
                percent=segment,
                n=row["n"],
                doubt=row.get("ocr"),
            )


def _odds(table: Entry, bases: Entry, out: Out) -> None:
    sizes = [int(x) for x in re.findall(r"=\s*(\d+)", str(table.get("base", "")))]
    legend = [limit for mark, limit in (table.get("legend") or {}).items() if set(mark) == {"*"}]
    add(
        out,
        "models",
        id=table["id"],
        what=table["title"],
        lines=table["lines"],
        n=table.get("n_stated"),
        n_most=str(sizes[0]) if sizes else None,
        level=table.get("level"),
        stars=legend,
    )
    for i, row in enumerate(table["rows"]):
        lines = [row["line"], *([row["p_line"]] if has(row.get("p_line")) else [])]
        add(
            out,
            "ratios",
            id=f"{table['id']}_{i + 1}",
            what=f"{table['title']}: {row['label']}",
            lines=lines,
            model=table["id"],
            value=row.get("or"),
            low=row["ci"][0],
            high=row["ci"][1],
            p=row.get("p_text"),
            mark=row.get("mark"),
            hidden="true" if not has(row.get("or")) else "false",
        )


def _figure(figure: Entry, out: Out) -> None:
    items, low, high = int(figure["items"]), *_range(figure)
    cutoffs = [v for k, v in (figure.get("cutoffs") or {}).items() if k != "lines"]
    for wave in ("t1", "t2"):
        at = (figure.get("value_lines") or {}).get(wave) or (figure.get("value_lines") or {}).get("text")
        add(
            out,
            "means",
            id=f"{figure['id']}_{wave}",
            what=figure["title"],
            lines=[at] if has(at) else figure["lines"],
            value=figure["values"][wave],
            n=figure["n"],
            unit=figure.get("multiplier"),
            low=str(low),
            high=str(high),
            series=figure["id"],
            items=str(items),
            cutoffs=[str(end[1]) for end in cutoffs] or None,
        )
    shares = figure.get("shares") or {}
    for wave in ("t1", "t2"):
        if wave in shares:
            cells = [
                {"label": c, "percent": p} for c, p in zip(shares["categories"], shares[wave], strict=True)
            ]
            add(
                out,
                "distributions",
                id=f"{figure['id']}_{wave}_shares",
                what=f"{figure['title']} ({wave})",
                lines=shares.get("lines"),
                n=figure["n"],
                cells=cells,
            )


def _range(figure: Entry) -> tuple[int, int]:
    """Return the range of the score: published where it can be, else items times the lowest whole code."""
    items = int(figure["items"])
    if has(figure.get("index_range_published")):
        low, high = (int(v) for v in figure["index_range_published"])
        return (items if low % items else low), high
    low, high = (int(v) for v in figure["item_range"])
    return low * items, high * items


def _binary(tables: Any, out: Out) -> None:
    """Mark a ratio whose predictor has a table of its own with two kinds of answer (or a third under 5 %)."""
    for ratio in out.get("ratios", ()):
        words = _stems(ratio["what"].partition(": ")[2])
        for table in tables:
            if table["kind"] == "single_choice" and words & _stems(table["title"]) and _two_answers(table):
                ratio["binary"] = "elsewhere"


def _two_answers(table: Entry) -> bool:
    counts = sorted((int(row["count"]) for row in table["rows"]), reverse=True)
    return len(counts) == 2 or sum(counts[2:]) <= 0.05 * sum(counts)


def _stems(text: str) -> set[str]:
    words = {w for w in re.findall(r"\w+", text.lower()) if len(w) > 2}
    return words - {"unges", "forløbets", "tidligere", "baggrund", "opstart", "før", "ved", "afsluttede"}
