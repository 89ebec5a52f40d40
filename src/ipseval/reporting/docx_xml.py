"""Small pieces of WordprocessingML: elements, text, fields and bookmarks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ipseval.reporting.under_lines import printable

Element = Any
"""An lxml element; python-docx has no types."""

_LONGEST_NAME = 40
NOTES_PREFIX = "ipsnotes_"
_NUMBERED = re.compile(r"^(?P<word>[^\W\d]+)\s+(?P<number>\d+)$")


def new(tag: str, **attributes: str) -> Element:
    """Make an element of the w namespace with attributes of the same."""
    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


_WITHIN_NUMBERS = re.compile(r"(?<=\d)-(?=\d)")


def run(text: str, properties: Element | None = None, *, bold: bool | None = None) -> Element:
    """Make a run; line breaks and tabs stay what they are, characters that XML forbids go."""
    element = new("r")
    if properties is not None or bold is not None:
        element.append(_run_properties(properties, bold))
    for number, line in enumerate(printable(text).replace("\r\n", "\n").split("\n")):
        if number:
            element.append(new("br"))
        # A line never breaks within "0-100".
        for place, part in enumerate(_WITHIN_NUMBERS.split(line.replace("\t", " ").replace("\r", " "))):
            if place:
                element.append(new("noBreakHyphen"))
            t = new("t")
            t.text = part
            t.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            element.append(t)
    return element


def _run_properties(properties: Element | None, bold: bool | None) -> Element:
    out = new("rPr") if properties is None else deepcopy(properties)
    if bold is not None:
        for old in out.findall(qn("w:b")):
            out.remove(old)
        place = sum(child.tag in (qn("w:rStyle"), qn("w:rFonts")) for child in out)
        out.insert(place, new("b") if bold else new("b", val="0"))
    return out


def field(instruction: str, shown: str) -> list[Element]:
    """Make the runs of a field with the text it shows until Word updates it."""
    runs = []
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        if kind == "shown":
            runs.append(run(shown))
            continue
        element = new("r")
        if kind == "instruction":
            text = new("instrText")
            text.text = f" {instruction} "
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            element.append(text)
        else:
            element.append(new("fldChar", fldCharType=kind))
        runs.append(element)
    return runs


def caption_runs(label: str, text: str, last_number: dict[str, int]) -> list[Element]:
    """Make the runs of a caption, its number a SEQ field that gives the number printed here.

    `last_number` holds the last number of each word in the document; a number that does not follow is
    set by the field itself, so that updating fields never renumbers the report.
    """
    found = _NUMBERED.match(label)
    rest = f": {text}" if label and text else text
    if not found:
        return [run(label + rest)]
    word, number = found["word"], int(found["number"])
    instruction = f"SEQ {word} \\* ARABIC"
    if number != last_number.get(word, 0) + 1:
        instruction += f" \\r {number}"
    last_number[word] = number
    return [run(f"{word} "), *field(instruction, str(number)), *([run(rest)] if rest else [])]


def numbers_so_far(root: Element) -> dict[str, int]:
    """Read the last number of each caption word that a document has, from its SEQ fields."""
    found: dict[str, int] = {}
    for paragraph in root.iter(qn("w:p")):
        for word in seq_words(paragraph):
            digits = re.search(rf"{re.escape(word)}\s*(\d+)", text_of(paragraph), re.IGNORECASE)
            if digits:
                found[word] = int(digits[1])
    return found


def seq_words(paragraph: Element) -> list[str]:
    """The words of the SEQ fields in a paragraph, simple fields and fields split over runs alike."""
    pieces = "".join(t.text or "" for t in paragraph.iter(qn("w:instrText")))
    pieces += " ".join(f.get(qn("w:instr")) or "" for f in paragraph.iter(qn("w:fldSimple")))
    return re.findall(r"SEQ\s+\"?([^\s\"\\]+)", pieces)


def text_of(paragraph: Element) -> str:
    """The text a reader sees in a paragraph: split runs joined, field codes and deletions left out."""
    parts = []
    for element in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:noBreakHyphen")):
        if _inside(element, paragraph, ("del", "moveFrom", "txbxContent")):
            continue
        if element.tag == qn("w:t"):
            parts.append(element.text or "")
        elif element.getparent().tag == qn("w:r"):
            parts.append("-" if element.tag == qn("w:noBreakHyphen") else " ")
    return "".join(parts)


def _inside(element: Element, top: Element, tags: tuple[str, ...]) -> bool:
    names = {qn(f"w:{tag}") for tag in tags}
    parent = element.getparent()
    while parent is not None and parent is not top:
        if parent.tag in names:
            return True
        parent = parent.getparent()
    return False


def ancestors(element: Element) -> Iterator[Element]:
    """The elements around one, nearest first."""
    parent = element.getparent()
    while parent is not None:
        yield parent
        parent = parent.getparent()


def bookmark_name(text: str) -> str:
    """Make a legal bookmark name: letters, digits and underscores, at most forty."""
    name = re.sub(r"\W", "_", text)
    if len(name) <= _LONGEST_NAME:
        return name
    tail = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME - 9]}_{tail}"


def bookmark(root: Element, name: str) -> tuple[Element, Element]:
    """Make the start and the end of a bookmark with an id that the document does not use yet."""
    used = [int(b.get(qn("w:id")) or 0) for b in root.iter(qn("w:bookmarkStart"))]
    number = str(max(used, default=0) + 1)
    return new("bookmarkStart", id=number, name=name), new("bookmarkEnd", id=number)


def after_properties(paragraph: Element) -> int:
    """The place in a paragraph after its properties."""
    return 1 if len(paragraph) and paragraph[0].tag == qn("w:pPr") else 0
