"""Drafts the file of published numbers from a report's text, and accounts for every number of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ipseval.auditing.intake.claims import Claim, claims
from ipseval.auditing.intake.tables import SIZE, Found, interval_told, tables
from ipseval.auditing.intake.texts import report_text
from ipseval.auditing.intake.tokens import Token, tokens
from ipseval.auditing.reading import FORMAT
from ipseval.core.errors import AuditError

CONTEXT = 70
UNCHECKED = "drafted from the text, not checked"
HINT = {
    "da": "# Et udkast: ret det efter rapporten, fjern hver `doubt`, når den er afklaret,\n"
    "# og kør så `ipseval audit` på denne fil.\n",
    "en": "# A draft: correct it against the report, remove each `doubt` once it is settled,\n"
    "# and then run `ipseval audit` on this file.\n",
}
SEVERAL = re.compile(r"flere svar|flere kryds|several answers|more than one answer|all that apply")
"""Words by which a report says that people could give several answers."""
NEAR = 4
"""Characters between a fraction in words and the number that follows it: a space and a bracket."""


@dataclass(frozen=True)
class Accounted:
    """One number of the text: its value and line, and the entry it was used in or why it was not."""

    value: str
    line: int
    form: str
    used: str = ""
    ignored: str = ""


@dataclass(frozen=True)
class Draft:
    """A draft of a report's numbers for a person to correct.

    `content` has the form of `docs/audit/format.md`; `numbers` accounts for every number of the text, used in
    an entry or ignored with a reason.
    """

    content: Mapping[str, Any]
    numbers: tuple[Accounted, ...]
    lang: str = "da"

    def to_yaml(self) -> str:
        """Return the draft as a YAML file, with the account of numbers at its end."""
        account = [
            {"value": n.value, "line": n.line, **({"used": n.used} if n.used else {"ignored": n.ignored})}
            for n in self.numbers
        ]
        content = {"format": FORMAT, **self.content, "numbers": account}
        return HINT[self.lang] + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)

    def counts(self) -> dict[str, int]:
        """Return how many numbers were used, and how many ignored for each reason."""
        return dict(Counter(n.ignored or "used" for n in self.numbers))


def draft_published(path: str | Path, *, lang: str = "da") -> Draft:
    """Draft the file of published numbers from a report, for a person to correct.

    Parameters
    ----------
    path
        A report as .txt, .docx or .html.
    lang
        The report's language, `da` or `en`: it decides number words and the decimal mark.

    Returns
    -------
    Draft
        `.content`, `.to_yaml()`, and `.numbers`: every number of the text, used or ignored with a reason.

    Raises
    ------
    AuditError
        The file cannot be read as text, or the language is not offered.

    Assumptions
    -----------
    The base of a share without one is proposed as the n of the nearest table heading that has one.
    The entry's `doubt` says so, which keeps every finding about it a doubt until a person removes it.

    Missing data
    ------------
    Illegible characters are left out and stand in `.numbers` with their reason.

    Checked against
    ---------------
    The IPS UNG report's raw text against its file made by hand (tools/validate/audit.py --text).
    """
    if lang not in ("da", "en"):
        raise AuditError(f"lang={lang!r} is not offered: choose 'da' or 'en'.")
    text = report_text(Path(path))
    return draft_text(text, lang)


def draft_text(text: str, lang: str) -> Draft:
    """Draft the numbers of a text that is read already."""
    found = tables(text)
    inside = {line: table.id for table in found for line in _table_lines(table)}
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    used: list[tuple[int, int, str]] = []
    content: dict[str, list[dict[str, Any]]] = {}
    for table in found:
        _add_table(table, content)
    for number, claim in enumerate(claims(text, lang), start=1):
        line = bisect_right(starts, claim.start)
        last = bisect_right(starts, claim.end - 1)
        if line not in inside and last not in inside:
            entry = _add_claim(f"c{number:03d}", claim, line, text, found, content)
            used.append((claim.start, claim.end, entry))
    account = []
    for token in tokens(text, lang):
        if token.form == "fraction" and token.line not in inside and not _within(token, used):
            entry = _said_beside(token, used, content) or f"w{len(used) + 1:03d}"
            if entry.startswith("w"):
                what = _context(text, token.start, token.end)
                _add(content, "shares", id=entry, what=what, lines=[token.line], said=token.value)
            used.append((token.start, token.end, entry))
        column = token.start - (text.rfind("\n", 0, token.start) + 1)
        unread = any(column >= table.beyond.get(token.line, column + 1) for table in found)
        account.append(_accounted(token, text, used, inside, unread=unread))
    return Draft({"report": {"title": _title(text)}, **content}, tuple(account), lang)


def _table_lines(table: Found) -> list[int]:
    return [
        table.lines[0],
        *(row["line"] for row in (*table.cells, *table.rows, *table.ratios, *table.means)),
    ]


def _within(token: Token, used: list[tuple[int, int, str]]) -> str:
    return next((entry for b, e, entry in used if b <= token.start < e), "")


def _said_beside(
    token: Token, used: list[tuple[int, int, str]], content: dict[str, list[dict[str, Any]]]
) -> str:
    """Give a fraction in words to the share told right after it ("one in five (8 of 40)")."""
    beside = next((entry for begin, _, entry in used if 0 <= begin - token.end <= NEAR), "")
    share = next((s for s in content.get("shares", []) if s["id"] == beside and "said" not in s), None)
    if share is None:
        return ""
    share["said"] = token.value
    return beside


def _add(content: dict[str, list[dict[str, Any]]], section: str, /, **entry: Any) -> None:
    content.setdefault(section, []).append({k: v for k, v in entry.items() if v not in (None, "", [])})


def _add_table(table: Found, content: dict[str, list[dict[str, Any]]]) -> None:
    common = {"id": table.id, "what": table.title, "lines": list(table.lines)}
    for number, (asked, cells) in enumerate(_questions(table), start=1):
        label, n, column = asked or ("", None, 0)
        n = n or table.n
        whole = _one_question(cells, n) and not SEVERAL.search(table.heads)
        what = ": ".join(word for word in (table.title, label) if word)
        _add(
            content,
            "distributions",
            id=table.id if asked is None else f"{table.id}_{number}",
            what=f"{what} ({column})" if column else what,
            lines=table.lines if asked is None else [cells[0]["line"], cells[-1]["line"]],
            n=n,
            exclusive=whole,
            complete=whole and n is not None,
            doubt=UNCHECKED,
            cells=cells,
        )
    for number, row in enumerate(table.means, start=1):
        series, n = f"{table.id}_m{number}", row["n"] or table.n
        for wave in ("before", "after"):
            own = {
                "what": f"{table.title}: {row['label']}",
                "lines": [row["line"]],
                "value": row[wave],
                "n": n,
            }
            _add(
                content, "means", id=f"{series}_{wave}", **own, series=series, interval=True, doubt=UNCHECKED
            )
    for i, row in enumerate(table.rows):
        named = {**common, "id": f"{table.id}_{i + 1}", "what": f"{table.title}: {row['label']}".strip(": ")}
        cells = [
            {"label": str(j + 1), "percent": p, "line": row["line"]} for j, p in enumerate(row["percents"])
        ]
        _add(
            content,
            "distributions",
            **{**named, "lines": [row["line"]]},
            n=row["n"] or table.n,
            doubt=UNCHECKED,
            cells=cells,
        )
    if table.ratios:
        # Beside a level stand its own persons, so the model has the most that stand anywhere.
        size = {key: max((s[key] for s in table.sizes if key in s), default=None) for key in ("n", "events")}
        doubt = UNCHECKED if table.n is None and size["n"] else None
        n = size["n"] if table.n is None else table.n
        _add(
            content,
            "models",
            **common,
            n=n,
            events=size["events"],
            interval=interval_told(table),
            doubt=doubt,
        )
    for i, row in enumerate(table.ratios):
        told = {k: row.get(k) for k in ("value", "low", "high", "p", "p_below", "mark", "hidden")}
        _add(
            content,
            "ratios",
            id=f"{table.id}_{i + 1}",
            what=f"{table.title}: {row['label']}",
            lines=[row["line"]],
            model=table.id,
            **told,
        )


def _questions(table: Found) -> list[tuple[tuple[str, int | None, int] | None, list[dict[str, Any]]]]:
    """The cells of each question and column; None for those under no question."""
    found: dict[tuple[str, int | None, int] | None, list[dict[str, Any]]] = {}
    for cell in table.cells:
        plain = {key: value for key, value in cell.items() if key != "of"}
        found.setdefault(cell.get("of"), []).append(plain)
    return list(found.items())


def _one_question(cells: list[dict[str, Any]], n: int | None) -> bool:
    """Return whether cells can be the answers to one question: at most n people and 100 percent."""
    percents = [float(str(c["percent"]).replace(",", ".")) for c in cells if "percent" in c]
    fits = n is None or sum(c["count"] for c in cells) <= n
    return fits and sum(percents) <= 100 + len(percents) / 2


def _add_claim(
    id: str, claim: Claim, line: int, text: str, found: list[Found], content: dict[str, list[dict[str, Any]]]
) -> str:
    what = _context(text, claim.start, claim.end)
    values = claim.values
    if claim.kind in ("share", "percent"):
        n, proposed = values.get("n") or _size_before(text, claim.start), None
        if n is None:
            near = min((t for t in found if t.n), key=lambda t: abs(t.lines[0] - line), default=None)
            n, proposed = (str(near.n), "proposed") if near else (None, None)
        _add(
            content,
            "shares",
            id=id,
            what=what,
            lines=[line],
            percent=values.get("percent"),
            count=values.get("count"),
            n=n,
            doubt="base proposed from the nearest heading" if proposed else None,
        )
    elif claim.kind == "count":
        _add(content, "shares", id=id, what=what, lines=[line], count=values["count"])
    elif claim.kind == "means":
        for wave in ("before", "after"):
            own = {"value": values[wave], "sd": values.get(f"sd_{wave}"), "n": values.get("n")}
            _add(content, "means", id=f"{id}_{wave}", what=what, lines=[line], **own, series=id)
    elif claim.kind == "ratio":
        level = f"{float(values.pop('level', '95')) / 100:g}"
        _add(content, "models", id=f"{id}_model", what=what, lines=[line], level=level, doubt=UNCHECKED)
        _add(
            content, "ratios", id=id, what=what, lines=[line], model=f"{id}_model", **values, doubt=UNCHECKED
        )
    elif claim.kind == "test":
        _add(content, "tests", id=id, what=what, lines=[line], **values)
    else:
        _add(content, "wordings", id=id, what=what, lines=[line], kind="p", values=[values["p"]])
    return id


def _size_before(text: str, at: int) -> str | None:
    """The n that stands in brackets earlier in the same sentence, as in the words of a figure."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    sizes = [size[1] for size in SIZE.finditer(line[line.rfind(". ") + 1 :])]
    return sizes[-1] if sizes else None


def _context(text: str, start: int, end: int) -> str:
    """Return the words round a claim, cut at whole words."""
    around = text[max(0, start - CONTEXT) : end + CONTEXT]
    words = " ".join(around.split()).split(" ")
    return " ".join(words[1:-1] if len(words) > 4 else words)


def _title(text: str) -> str:
    return next((" ".join(line.split()) for line in text.split("\n") if len(line.strip()) > 3), "")[:120]


def _accounted(
    token: Token, text: str, used: list[tuple[int, int, str]], inside: Mapping[int, str], *, unread: bool
) -> Accounted:
    entry = _within(token, used) or inside.get(token.line, "")
    common = (token.value, token.line, token.form)
    if unread:
        return Accounted(*common, ignored="beside what was read of a row")
    if token.form == "glued" and not _within(token, used):
        return Accounted(*common, ignored="a digit inside a word (misread letter)")
    if entry:
        return Accounted(*common, used=entry)
    return Accounted(*common, ignored=_reason(token, text))


def _reason(token: Token, text: str) -> str:
    line_start = text.rfind("\n", 0, token.start) + 1
    before, after = text[line_start : token.start], text[token.end : token.end + 14]
    near = text[max(0, token.start - 14) : token.start]
    if token.form in ("date", "month") or re.fullmatch(r"(19|20)\d\d", token.value):
        return "a date or year"
    if not before.strip(" |*•=-") and re.match(r"(\.\d+)*\s+[^\W\d]", after):
        return "a section number or list mark"
    if re.match(r"\s*\Z", after.split("\n")[0]) and "|" in before:
        return "a page number"
    if re.match(r"[-\s]*(?:år|aar|[a8&]r\b|years?|årig|3rig)", after):
        return "an age or a number of years"
    if re.search(
        r"(?:tabel|figur|bilag|case|kapitel|afsnit|spørgsmål|table|figure|appendix|section)\W*\Z", near, re.I
    ):
        return "a reference"
    if re.search(r"\b[nN]\s*[:=]\s*\Z", near) or SIZE.match(near[-3:] + token.value):
        return "the n of a figure"
    if token.form == "word":
        return "a number word that counts something"
    return "a plain number: no share, mean or test"
