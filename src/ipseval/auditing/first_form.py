"""Turns the first form of a file of published numbers (bases, tables, figures, claims) into the present one.

The first form's `ours` links (which result of a plan holds the same quantity) are not read, but for the
name of the question that a share is of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.auditing.intake.tokens import tokens

Entry = Mapping[str, Any]
Out = dict[str, list[dict[str, Any]]]
NOTHING = ("", "null", "~", "None")


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
    sets = _sets(content.get("claims") or ())
    for claim in content.get("claims") or ():
        _claim({**claim, "question": sets.get(claim["id"])}, tables, content, out)
    _binary(content.get("tables") or (), out)
    meta = content.get("meta") or {}
    return {"report": {"title": meta.get("report", "")}, **out}


def _has(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and value in NOTHING)


def _add(out: Out, section: str, /, **entry: Any) -> None:
    out.setdefault(section, []).append({key: value for key, value in entry.items() if _has(value)})


def _groups(bases: Entry, out: Out) -> None:
    surveys = [name for name in ("baseline_survey", "followup_survey") if name in bases]
    for name, base in bases.items():
        paired = "samme" in str(base.get("source", "")) and len(surveys) == 2
        _add(
            out,
            "groups",
            id=name,
            what=base.get("source"),
            lines=base.get("lines"),
            n=base["n"],
            subset_of=base.get("subset_of"),
            pairs_of=surveys if paired else None,
        )


def _n(table: Entry) -> Any:
    return table["n_stated"] if _has(table.get("n_stated")) else table.get("n_inferred")


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
                cell["low"] = low if _has(low) else "0"
        _add(
            out,
            "distributions",
            id=table["id"],
            what=table["title"],
            lines=table["lines"],
            group=_base(table, bases),
            n=_n(table),
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
    return {key: value for key, value in cell.items() if _has(value)}


def _likert(table: Entry, out: Out) -> None:
    for i, row in enumerate(table["rows"]):
        percents = row.get("percents_from_text") or row["percents"]
        names = table["categories"]
        cells = [
            {"label": name, **({"percent": p} if _has(p) else {})}
            for name, p in zip(names, percents, strict=True)
        ]
        _add(
            out,
            "distributions",
            id=f"{table['id']}_{i + 1}",
            what=f"{table['title']}: {row['label']}",
            lines=[row["line"]],
            group=table.get("base"),
            n=_n(table),
            doubt=row.get("ocr"),
            complete="true" if all(_has(p) for p in percents) else "false",
            cells=cells,
        )


def _statistics(table: Entry, out: Out) -> None:
    rows = table["rows"]
    low, high, mean = (row["value"] for row in rows[:3])
    _add(
        out,
        "means",
        id=table["id"],
        what=table["title"],
        lines=[row["line"] for row in rows],
        value=mean,
        n=_n(table),
        low=low,
        high=high,
    )


def _bars(table: Entry, out: Out) -> None:
    for i, row in enumerate(table["rows"]):
        key, told = f"{table['id']}_{i + 1}", f"{table['title']}: {row['label']}"
        read = row.get("mean_ocr")
        doubt = row.get("ocr") or (f"OCR: {read}" if _has(read) and read != row.get("mean") else None)
        _add(
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
            _add(
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
    _add(
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
        lines = [row["line"], *([row["p_line"]] if _has(row.get("p_line")) else [])]
        _add(
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
            hidden="true" if not _has(row.get("or")) else "false",
        )


def _figure(figure: Entry, out: Out) -> None:
    items, low, high = int(figure["items"]), *_range(figure)
    cutoffs = [v for k, v in (figure.get("cutoffs") or {}).items() if k != "lines"]
    for wave in ("t1", "t2"):
        at = (figure.get("value_lines") or {}).get(wave) or (figure.get("value_lines") or {}).get("text")
        _add(
            out,
            "means",
            id=f"{figure['id']}_{wave}",
            what=figure["title"],
            lines=[at] if _has(at) else figure["lines"],
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
            _add(
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
    if _has(figure.get("index_range_published")):
        low, high = (int(v) for v in figure["index_range_published"])
        return (items if low % items else low), high
    low, high = (int(v) for v in figure["item_range"])
    return low * items, high * items


def _claim(claim: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    kind = claim["type"]
    common = {"id": claim["id"], "what": claim["what"], "lines": claim.get("lines")}
    shares = {
        "pct_count",
        "frac_count",
        "pct_n",
        "words_only",
        "pct_table",
        "count_table",
        "cell",
        "frac_table",
        "le_table",
    }
    if kind in shares:
        _share(claim, common, tables, content, out)
    elif kind == "pct_pair":
        _pairs(claim, common, content, out)
    elif kind == "equal":
        _equal(claim, common, content.get("bases") or {}, out)
    elif kind == "mean_bounds":
        ongoing = [b["n"] for name, b in (content.get("bases") or {}).items() if "ongoing" in name]
        _add(
            out,
            "durations",
            **common,
            value=claim["value"],
            tolerance=claim.get("tol"),
            distribution=claim["table"],
            censored=ongoing[0] if ongoing else None,
        )
    elif kind == "months":
        _add(
            out, "periods", **common, start=claim["values"][0], end=claim["values"][1], months=claim["months"]
        )
    elif kind == "hours":
        _add(
            out,
            "hours",
            **common,
            hours=claim["hours"],
            days=claim["days"],
            start=claim["from"],
            end=claim["to"],
        )
    elif kind == "index_range":
        _add(out, "scales", **common, items=claim["items"], low=claim["range"][0], high=claim["range"][1])
    else:
        _words(claim, common, tables, content, out)


def _words(claim: Entry, common: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    kind = claim["type"]
    if kind == "target" and len(claim["values"]) == 1 and "%" in claim["what"]:
        counted = next(t for t in tables.values() if t["kind"] == "partial_counts")
        _add(
            out,
            "targets",
            **common,
            percent=claim["values"][0],
            distribution=counted["id"],
            n=_n(counted),
            cells=[str(i + 1) for i in range(len(counted["rows"]))],
        )
    elif kind == "or_as_rr":
        _add(out, "wordings", **common, kind="risk_for_odds", values=[claim["value"]])
    elif kind == "grim":
        figure = next(f for f in content["figures"] if f["id"] == claim["figure"])
        for wave, value in zip(("t1", "t2"), claim["values"], strict=True):
            _add(
                out,
                "same",
                **{**common, "id": f"{common['id']}_{wave}"},
                values=[value, figure["values"][wave]],
            )
    elif kind in ("stat", "stat2"):
        rows = {row["label"]: row["value"] for row in tables[claim["table"]]["rows"]}
        names = claim.get("rows") or [claim["row"]]
        for i, (name, value) in enumerate(zip(names, claim.get("values") or [claim["value"]], strict=True)):
            _add(out, "same", **{**common, "id": f"{common['id']}_{i + 1}"}, values=[value, rows[name]])


def _share(claim: Entry, common: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    bases, kind = content.get("bases") or {}, claim["type"]
    entry = {**common, "percent": claim.get("percent"), "count": claim.get("count"), "n": claim.get("n")}
    entry |= {"base_said": claim.get("base_said"), "base_true": claim.get("base_true")}
    entry |= {"repeats": claim.get("duplicate_of"), "tolerance": claim.get("tol")}
    entry["question"] = _question(claim) if kind == "pct_n" else None
    entry["said"] = claim.get("exactly", claim.get("over", claim.get("value")))
    if kind == "words_only" and not _has(entry["said"]):
        entry["said"] = next((t.value for t in tokens(claim["what"], "da") if t.form == "fraction"), None)
    if "over" in claim:
        entry["bound"] = "over"
    if kind == "le_table":
        entry["bound"] = "at_most"
    if "også" in claim["what"]:
        sizes = {name: str(b["n"]) for name, b in bases.items() if name.endswith("_survey")}
        entry["counted"] = next((k for k, n in sizes.items() if n == str(claim.get("count"))), None)
        entry["of"] = next((k for k, n in sizes.items() if n == str(claim.get("n"))), None)
    table = tables.get(str(claim.get("table")))
    if table is not None:
        entry |= _of_table(claim, table)
        entry["n"] = None if "distribution" in entry else entry["n"]
    _add(out, "shares", **entry)


def _sets(claims: Sequence[Entry]) -> dict[str, str]:
    """Name the question of shares on lines that follow one another, where no link tells it.

    They must be of one section and n, and together no more than everybody.
    """
    sets: list[list[Entry]] = []
    for claim in claims:
        if claim["type"] != "pct_n":
            continue
        last = sets[-1][-1] if sets else None
        if last is not None and _follows(claim, last) and _total([*sets[-1], claim]) <= 100:
            sets[-1].append(claim)
        else:
            sets.append([claim])
    return {claim["id"]: members[0]["id"] for members in sets if len(members) > 1 for claim in members}


def _follows(claim: Entry, last: Entry) -> bool:
    same = claim.get("n") == last.get("n") and claim.get("section") == last.get("section")
    return same and int(claim["lines"][0]) - int(last["lines"][-1]) == 1


def _total(claims: Sequence[Entry]) -> float:
    return sum(float(claim["percent"]) for claim in claims)


def _question(claim: Entry) -> str | None:
    """Name the question of a share; where answers are columns (several may be chosen) it has none."""
    ours = claim.get("ours") or {}
    if not ours:
        return claim.get("question")
    return ours.get("outcome") if all(str(t).isdigit() for t in ours.get("terms") or ["x"]) else None


def _of_table(claim: Entry, table: Entry) -> dict[str, Any]:
    if "cols" in claim:
        cells = [str(int(j) + 1) for j in claim["cols"]]
        return {"distribution": f"{table['id']}_{int(claim['row']) + 1}", "cells": cells}
    names = [row["label"] for row in table["rows"]]
    return {"distribution": table["id"], "cells": [str(names.index(r) + 1) for r in claim["rows"]]}


def _pairs(claim: Entry, common: Entry, content: Entry, out: Out) -> None:
    for figure in content.get("figures") or ():
        shares = figure.get("shares") or {}
        for j in range(len(shares.get("categories", ()))):
            if [float(shares[w][j]) for w in ("t1", "t2")] == [float(p) for p in claim["percents"]]:
                for wave, percent in zip(("t1", "t2"), claim["percents"], strict=True):
                    named = {**common, "id": f"{common['id']}_{wave}"}
                    _add(
                        out,
                        "shares",
                        **named,
                        percent=percent,
                        distribution=f"{figure['id']}_{wave}_shares",
                        cells=[str(j + 1)],
                    )


def _equal(claim: Entry, common: Entry, bases: Entry, out: Out) -> None:
    """Read an expression of group names with + and -; plain numbers are counts of things, not of persons."""
    parts = re.findall(r"([+-]?)\s*([A-Za-z_]\w*)", str(claim["expr"]))
    if not parts or any(name not in bases for _, name in parts):
        return
    plus = [name for sign, name in parts if sign != "-"]
    minus = [name for sign, name in parts if sign == "-"]
    _add(out, "counts", **common, value=claim["value"], plus=plus, minus=minus)


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
