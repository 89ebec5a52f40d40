"""The claims of the first form of a file of published numbers, in the present form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.auditing.intake.tokens import tokens

Entry = Mapping[str, Any]
Out = dict[str, list[dict[str, Any]]]
NOTHING = ("", "null", "~", "None")


def has(value: Any) -> bool:
    """Return whether a scalar of the file holds anything."""
    return value is not None and not (isinstance(value, str) and value in NOTHING)


def add(out: Out, section: str, /, **entry: Any) -> None:
    """Add an entry to a section, without its empty keys."""
    out.setdefault(section, []).append({key: value for key, value in entry.items() if has(value)})


def printed_n(table: Entry) -> Any:
    """Return the n of a table: printed, or inferred by who made the file."""
    return table["n_stated"] if has(table.get("n_stated")) else table.get("n_inferred")


def question_sets(claims: Sequence[Entry]) -> dict[str, str]:
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


def add_claim(claim: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    """Add what one claim says to the sections it belongs in."""
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
        add(
            out,
            "durations",
            **common,
            value=claim["value"],
            tolerance=claim.get("tol"),
            distribution=claim["table"],
            censored=ongoing[0] if ongoing else None,
        )
    elif kind == "months":
        add(
            out, "periods", **common, start=claim["values"][0], end=claim["values"][1], months=claim["months"]
        )
    elif kind == "hours":
        add(
            out,
            "hours",
            **common,
            hours=claim["hours"],
            days=claim["days"],
            start=claim["from"],
            end=claim["to"],
        )
    elif kind == "index_range":
        add(out, "scales", **common, items=claim["items"], low=claim["range"][0], high=claim["range"][1])
    else:
        _words(claim, common, tables, content, out)


def _words(claim: Entry, common: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    kind = claim["type"]
    if kind == "target" and len(claim["values"]) == 1 and "%" in claim["what"]:
        counted = next(t for t in tables.values() if t["kind"] == "partial_counts")
        add(
            out,
            "targets",
            **common,
            percent=claim["values"][0],
            distribution=counted["id"],
            n=printed_n(counted),
            cells=[str(i + 1) for i in range(len(counted["rows"]))],
        )
    elif kind == "or_as_rr":
        add(out, "wordings", **common, kind="risk_for_odds", values=[claim["value"]])
    elif kind == "grim":
        figure = next(f for f in content["figures"] if f["id"] == claim["figure"])
        for wave, value in zip(("t1", "t2"), claim["values"], strict=True):
            add(
                out,
                "same",
                **{**common, "id": f"{common['id']}_{wave}"},
                values=[value, figure["values"][wave]],
            )
    elif kind in ("stat", "stat2"):
        rows = {row["label"]: row["value"] for row in tables[claim["table"]]["rows"]}
        names = claim.get("rows") or [claim["row"]]
        for i, (name, value) in enumerate(zip(names, claim.get("values") or [claim["value"]], strict=True)):
            add(out, "same", **{**common, "id": f"{common['id']}_{i + 1}"}, values=[value, rows[name]])


def _share(claim: Entry, common: Entry, tables: Mapping[str, Entry], content: Entry, out: Out) -> None:
    bases, kind = content.get("bases") or {}, claim["type"]
    entry = {**common, "percent": claim.get("percent"), "count": claim.get("count"), "n": claim.get("n")}
    entry |= {"base_said": claim.get("base_said"), "base_true": claim.get("base_true")}
    entry |= {"repeats": claim.get("duplicate_of"), "tolerance": claim.get("tol")}
    entry["question"] = _question(claim) if kind == "pct_n" else None
    entry["said"] = claim.get("exactly", claim.get("over", claim.get("value")))
    if kind == "words_only" and not has(entry["said"]):
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
    add(out, "shares", **entry)


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
                    add(
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
    add(out, "counts", **common, value=claim["value"], plus=plus, minus=minus)
