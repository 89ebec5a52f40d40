"""Finds the table that a bookmark or a caption in an existing Word document speaks of.

Captions are read as a reader sees them: runs that an editor split are joined, numbers that are fields
count with the number shown, deletions do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.reporting.docx_xml import NOTES_PREFIX, Element, ancestors, seq_words, text_of

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CONTAINERS = ("w:body", "w:tc", "w:txbxContent")
_CAPTION_STYLES = ("caption", "billedtekst", "table", "tabel", "tabell", "illustration", "legende")
_LABEL = re.compile(r"^(?P<word>tabel|table|tab\.)\s*(?P<number>[\w.]*\d[\w.]*)?\s*[:.–-]?\s*", re.IGNORECASE)
_EMPTY_BETWEEN = 2


@dataclass(frozen=True)
class Caption:
    """A paragraph beside a table: its text, the table below and above it, whether it looks like a caption.

    `inside` is a table whose first row is the caption.
    """

    text: str
    strong: bool
    below: Element | None = None
    above: Element | None = None
    inside: Element | None = None


def find_table(root: Element, style_names: dict[str, str], key: str) -> Element:
    """Find the one table for a key; none and several are refused with what is there.

    Raises
    ------
    ReportError
        No bookmark or caption of that name, more than one, or a caption between two tables.
    """
    table = _by_bookmark(root, key)
    return table if table is not None else _by_caption(captions(root, style_names), key, _bookmarks(root))


def _bookmarks(root: Element) -> list[str]:
    """The bookmarks that a person gave, to offer beside captions."""
    names = [b.get(qn("w:name")) or "" for b in root.iter(qn("w:bookmarkStart"))]
    return [name for name in names if name and not name.startswith(("_", NOTES_PREFIX))]


def _by_bookmark(root: Element, key: str) -> Element | None:
    wanted = key.casefold()
    starts = [
        b
        for b in root.iter(qn("w:bookmarkStart"))
        if (b.get(qn("w:name")) or "").casefold() == wanted and not _is_fallback(b)
    ]
    if not starts:
        return None
    # LibreOffice writes a bookmark that covers a table twice: what counts is how many tables are meant.
    found: list[Element] = []
    for start in starts:
        found += [t for t in _tables_of_bookmark(root, start) if not any(t is other for other in found)]
    if len(found) > 1:
        raise ReportError(f"the bookmark {key!r} speaks of {len(found)} tables: let it hold one.")
    if not found:
        raise ReportError(f"the bookmark {key!r} holds no table and none follows it: put it in the table.")
    return found[0]


def _tables_of_bookmark(root: Element, start: Element) -> list[Element]:
    """The table around a bookmark, else those between its start and end, else the one that follows."""
    around = next((a for a in ancestors(start) if a.tag == qn("w:tbl")), None)
    if around is not None:
        return [around]
    inside = _tables_between(root, start)
    if inside:
        return inside
    block = next(
        a for a in (start, *ancestors(start)) if a is root or a.getparent().tag in _tags(_CONTAINERS)
    )
    after = _neighbour(block, forward=True)
    return [] if after is None else [after]


def _tables_between(root: Element, start: Element) -> list[Element]:
    """The outermost tables between the start and the end of a bookmark."""
    number = start.get(qn("w:id"))
    found: list[Element] = []
    on = False
    for element in root.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"), qn("w:tbl")):
        if element is start:
            on = True
        elif on and element.tag == qn("w:bookmarkEnd") and element.get(qn("w:id")) == number:
            break
        elif on and element.tag == qn("w:tbl") and not any(a in found for a in ancestors(element)):
            found.append(element)
    return found


def captions(root: Element, style_names: dict[str, str]) -> list[Caption]:
    """Every paragraph that stands beside a table, and every first row that is a caption."""
    out = []
    for paragraph in root.iter(qn("w:p")):
        text = normal(text_of(paragraph))
        if not text or _is_fallback(paragraph):
            continue
        strong = _is_caption(paragraph, text, style_names)
        inside = _caption_row_of(paragraph) if strong else None
        if inside is not None:
            out.append(Caption(text, strong, inside=inside))
            continue
        below, above = _neighbour(paragraph, forward=True), _neighbour(paragraph, forward=False)
        if strong or below is not None:
            out.append(Caption(text, strong, below, above))
    return out


def normal(text: str) -> str:
    """One space for every kind of blank, and none around."""
    return " ".join(text.replace("\u00ad", "").split())


def _is_fallback(element: Element) -> bool:
    return any(a.tag == _FALLBACK for a in ancestors(element))


def _tags(names: Iterable[str]) -> set[str]:
    return {qn(name) for name in names}


def _is_caption(paragraph: Element, text: str, style_names: dict[str, str]) -> bool:
    if seq_words(paragraph):
        return True
    found = _LABEL.match(text)
    if found and found["number"]:
        return True
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    name = style_names.get(style.get(qn("w:val")), "") if style is not None else ""
    return name.casefold() in _CAPTION_STYLES


def _caption_row_of(paragraph: Element) -> Element | None:
    """The table whose first row is one merged cell with this paragraph in it."""
    cell = paragraph.getparent()
    row = cell.getparent() if cell is not None and cell.tag == qn("w:tc") else None
    if row is None or row.tag != qn("w:tr") or len(row.findall(qn("w:tc"))) != 1:
        return None
    table = row.getparent()
    rows = table.findall(qn("w:tr"))
    return table if len(rows) > 1 and rows[0] is row else None


def _neighbour(block: Element, *, forward: bool) -> Element | None:
    """The table next to a paragraph, past at most two empty paragraphs."""
    passed = 0
    element = block.getnext() if forward else block.getprevious()
    while element is not None:
        if element.tag == qn("w:tbl"):
            return element
        if element.tag == qn("w:sdt"):
            return next(element.iter(qn("w:tbl")), None)
        if element.tag == qn("w:p"):
            passed += 1
            if normal(text_of(element)) or passed > _EMPTY_BETWEEN:
                return None
        element = element.getnext() if forward else element.getprevious()
    return None


def _by_caption(found: Sequence[Caption], key: str, bookmarks: Sequence[str]) -> Element:
    hits = _matching([c for c in found if c.strong], key) or _matching(
        [c for c in found if not c.strong], key
    )
    if not hits:
        there = [c.text for c in found if c.strong] or [c.text for c in found]
        raise ReportError(
            f"the document has no bookmark or caption {key!r}: "
            + hint_for(key, dict.fromkeys([*there, *bookmarks]))
        )
    # A list of tables repeats every caption, without a table beside it.
    hits = [c for c in hits if _has_table(c)] or hits
    if len(hits) > 1:
        said = "; ".join(repr(c.text) for c in hits)
        raise ReportError(
            f"{key!r} fits {len(hits)} captions ({said}): give the whole caption or a bookmark."
        )
    return _table_of(hits[0], [c for c in found if c.strong])


def _matching(found: Sequence[Caption], key: str) -> list[Caption]:
    """The captions that fit best: the whole text, then the label, then the title, then its beginning."""
    wanted = _bare(key)
    rules: tuple[Callable[[str], bool], ...] = (
        lambda text: _bare(text) == wanted,
        lambda text: _LABEL.fullmatch(key) is not None and _starts(_bare(text), wanted),
        lambda text: _bare(_LABEL.sub("", text)) == wanted,
        lambda text: _starts(_bare(_LABEL.sub("", text)), wanted),
    )
    for rule in rules:
        hits = [c for c in found if rule(c.text)]
        if hits:
            return hits
    return []


def _bare(text: str) -> str:
    return normal(text).casefold().rstrip(" .:*")


def _starts(text: str, wanted: str) -> bool:
    rest = text[len(wanted) : len(wanted) + 1]
    return bool(wanted) and text.startswith(wanted) and not rest.isalnum()


def _has_table(caption: Caption) -> bool:
    return any(table is not None for table in (caption.below, caption.above, caption.inside))


def _table_of(caption: Caption, all_captions: Sequence[Caption]) -> Element:
    """The table of a caption; where it stands between two, the document's habit decides."""
    if caption.inside is not None:
        return caption.inside
    if caption.below is None and caption.above is None:
        raise ReportError(f"the caption {caption.text!r} has no table beside it: move it next to its table.")
    if caption.below is None or caption.above is None:
        return caption.below if caption.below is not None else caption.above
    if not caption.strong:
        return caption.below  # a plain line heads what follows it
    beside = [c for c in all_captions if c.inside is None and _has_table(c)]
    all_above_their_table = all(c.below is not None for c in beside)
    all_below_their_table = all(c.above is not None for c in beside)
    if all_above_their_table != all_below_their_table:
        return caption.below if all_above_their_table else caption.above
    raise ReportError(
        f"the caption {caption.text!r} stands between two tables and could belong to either: "
        "set a bookmark in the table that is meant."
    )
