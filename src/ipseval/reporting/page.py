"""A self-contained HTML page: headings, text, tables and figures in order, and nothing from outside.

No script, no clock, no request: the page is the same wherever and whenever it is opened, and a strict
Content-Security-Policy has the browser hold it to that.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol, runtime_checkable

from ipseval.core.errors import ReportError
from ipseval.core.language import say
from ipseval.reporting.atomic import write_text
from ipseval.reporting.formats import check_lang
from ipseval.reporting.page_style import PAGE_CSS


@runtime_checkable
class Shown(Protocol):
    """Anything that can be put on a page: a `Table` or a `Figure`."""

    @property
    def id(self) -> str:
        """Stable name, unique on the page."""
        ...

    def to_html(self) -> str:
        """Return it as HTML."""
        ...


@dataclass(frozen=True)
class Html:
    """Markup that goes on the page as it stands; a plain text is escaped instead."""

    markup: str


Item = str | Html | Shown


@dataclass(frozen=True)
class Section:
    """A heading of level 2 or deeper, and what stands under it."""

    level: int
    heading: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page ready to be written.

    Attributes
    ----------
    title
        The one heading of level 1.
    lang
        "da" or "en".
    sections
        In order; a level may go one deeper at a time.
    banner
        What every reader must see first, such as that the persons are invented.
    generated_from
        What the page was made from (plan and inputs); never a clock.
    """

    title: str
    lang: str
    sections: tuple[Section, ...]
    banner: str = ""
    generated_from: str = ""

    def __post_init__(self) -> None:
        """Refuse headings out of order and ids that stand twice."""
        check_lang(self.lang)
        deepest = 1
        for section in self.sections:
            if not 2 <= section.level <= min(6, deepest + 1):
                raise ReportError(
                    f"the heading {section.heading!r} has level {section.level} after level {deepest}: "
                    "a page starts at level 2 and goes one level deeper at a time."
                )
            deepest = section.level
        ids = [item.id for section in self.sections for item in section.items if isinstance(item, Shown)]
        doubled = sorted({each for each in ids if ids.count(each) > 1})
        if doubled:
            raise ReportError(
                f"{len(doubled)} id(s) stand more than once on the page ({', '.join(doubled)}): "
                "name each once."
            )

    def to_html(self) -> str:
        """Return the whole page."""
        return page_html(self)


def write_page(
    path: str | Path,
    *,
    title: str,
    lang: str,
    sections: Sequence[Section | tuple[int, str, Sequence[Item]]],
    banner: str = "",
    generated_from: str = "",
) -> Path:
    """Write a page, whole or not at all.

    Parameters
    ----------
    path
        The .html file.
    title, lang, banner, generated_from
        See `Page`.
    sections
        `Section`s, or (level, heading, items); an item is a text (escaped, one paragraph), `Html`, a
        `Table` or a `Figure`.

    Returns
    -------
    Path
        The file.
    """
    parts = tuple(s if isinstance(s, Section) else Section(s[0], s[1], tuple(s[2])) for s in sections)
    return write_text(path, page_html(Page(title, lang, parts, banner, generated_from)))


def page_html(page: Page) -> str:
    """Return the page as one text."""
    names = _heading_ids(page.sections)
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{page.lang}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{content_policy(PAGE_CSS)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{escape(page.title)}</title>",
        f"<style>{PAGE_CSS}</style>",
        "</head>",
        "<body>",
        f'<a class="skip" href="#content">{escape(say("page_skip", page.lang))}</a>',
        "<header>",
        f'<p class="banner">{escape(page.banner)}</p>' if page.banner else "",
        f"<h1>{escape(page.title)}</h1>",
        "</header>",
        *_contents(page, names),
        '<main id="content" tabindex="-1">',
        *_main(page, names),
        "</main>",
        *_footer(page),
        "</body>",
        "</html>",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def content_policy(css: str) -> str:
    """Nothing may be loaded; pictures are inside the page, and only this style sheet counts."""
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _heading_ids(sections: Sequence[Section]) -> list[str]:
    """Ids from the place in the order of headings: s-1, s-1-2, ... (a heading may be said twice)."""
    counts: list[int] = []
    names = []
    for section in sections:
        depth = section.level - 1
        counts = [*counts[:depth], *([0] * (depth - len(counts)))]
        counts[depth - 1] += 1
        names.append("s-" + "-".join(map(str, counts)))
    return names


def _contents(page: Page, names: Sequence[str]) -> Iterator[str]:
    if not page.sections:
        return
    heading = escape(say("page_contents", page.lang))
    yield f'<nav aria-label="{heading}">'
    yield f'<p class="nav-head">{heading}</p>'
    depth = 1
    for section, name in zip(page.sections, names, strict=True):
        if section.level > depth:
            yield "<ul>"
        else:
            yield "</li>" + "</ul></li>" * (depth - section.level)
        yield f'<li><a href="#{name}">{escape(section.heading)}</a>'
        depth = section.level
    yield "</li></ul>" * (depth - 1)
    yield "</nav>"


def _main(page: Page, names: Sequence[str]) -> Iterator[str]:
    for section, name in zip(page.sections, names, strict=True):
        yield f'<h{section.level} id="{name}">{escape(section.heading)}</h{section.level}>'
        for item in section.items:
            yield _item(item, page.lang)


def _item(item: Item, lang: str) -> str:
    if isinstance(item, str):
        return f"<p>{escape(item)}</p>"
    if isinstance(item, Html):
        return item.markup
    markup = item.to_html()
    if "<table" not in markup:
        return markup
    # What scrolls sideways must be reachable from the keyboard, and so needs a name.
    name = f"{say('page_scroll', lang)}: {_plain(getattr(item, 'caption', '') or item.id)}"
    label = escape(name, quote=True)
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{label}">{markup}</div>'


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _footer(page: Page) -> Iterator[str]:
    if not (page.generated_from or page.banner):
        return
    yield "<footer>"
    if page.generated_from:
        yield f"<p>{escape(say('page_made_from', page.lang, source=page.generated_from))}</p>"
    if page.banner:
        yield f'<p class="banner">{escape(page.banner)}</p>'
    yield "</footer>"
