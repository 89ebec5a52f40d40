"""DOCX: real tables and captions that Word can list, in the document's language, for every reader.

Heads repeat on each page, captions number themselves by SEQ fields, pictures carry alternative texts and
every table a bookmark of its own id, so that `replace_tables` can put new numbers in its place later.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu

from ipseval.core.errors import ReportError
from ipseval.core.language import say
from ipseval.reporting.atomic import stable_package, write_bytes
from ipseval.reporting.display import Table, unique_ids
from ipseval.reporting.docx_table import NOTE_ID, STYLE_ID, TEXT_ID, build, fits, own_look, own_widths
from ipseval.reporting.docx_xml import (
    NOTES_PREFIX,
    Element,
    after_properties,
    bookmark,
    bookmark_name,
    caption_runs,
    field,
    new,
    numbers_so_far,
    run,
)
from ipseval.reporting.formats import check_lang
from ipseval.reporting.items import Heading, Item, Paragraph, Picture, check_items
from ipseval.reporting.under_lines import banner_line, note_head, printable

LONGEST_PROPERTY = 255
"""Characters; what Word allows in a property of a file."""
LOCALE = {"da": "da-DK", "en": "en-GB"}
_A4 = (11906, 16838)  # twentieths of a point
_MARGIN = 1304  # 2.3 cm
_TWIP = 635  # English Metric Units

_STYLES = f"""<w:styles {nsdecls("w")}>
<w:style w:type="paragraph" w:customStyle="1" w:styleId="{TEXT_ID}"><w:name w:val="Ipseval Table Text"/>
<w:basedOn w:val="Normal"/>
<w:pPr>
<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/></w:pPr>
<w:rPr><w:sz w:val="18"/><w:szCs w:val="18"/></w:rPr></w:style>
<w:style w:type="paragraph" w:customStyle="1" w:styleId="{NOTE_ID}"><w:name w:val="Ipseval Table Note"/>
<w:basedOn w:val="Normal"/>
<w:pPr>
<w:spacing w:before="40" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>
<w:rPr><w:sz w:val="16"/><w:szCs w:val="16"/></w:rPr></w:style>
<w:style w:type="table" w:customStyle="1" w:styleId="{STYLE_ID}"><w:name w:val="Ipseval Table"/>
<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>
<w:top w:val="single" w:sz="8" w:space="0" w:color="1A1A1A"/>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1A1A1A"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="D0D0D0"/></w:tblBorders>
<w:tblCellMar><w:left w:w="90" w:type="dxa"/><w:right w:w="90" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1A1A1A"/></w:tcBorders></w:tcPr>
</w:tblStylePr></w:style>
</w:styles>"""


def write_document(
    items: Sequence[Item], path: str | Path, *, title: str, lang: str, banner: str = "", subtitle: str = ""
) -> None:
    """Write a Word document of headings, paragraphs, tables and pictures, whole or not at all.

    Parameters
    ----------
    items
        `Heading`, `Paragraph`, `Picture` and `Table` values in their order.
    path
        The .docx file.
    title, subtitle
        Title of the document (also in its properties), and the line under it.
    lang
        "da" or "en": the language tag of the whole text.
    banner
        Stands at the top of every page, such as that all persons are invented.

    Raises
    ------
    ReportError
        Headings that skip a level, a picture without alternative text or file, a folder that cannot be
        written.
    """
    check_lang(lang)
    check_items(items)
    document = Document()
    _page(document)
    set_language(document, lang)
    _dress(document)
    title = printable(title)
    document.core_properties.title = title[:LONGEST_PROPERTY]
    document.core_properties.author = "ipseval"
    document.core_properties.comments = printable(banner)[:LONGEST_PROPERTY]
    _edges(document, banner, lang)
    document.add_paragraph(title, style="Title")
    if subtitle:
        document.add_paragraph(printable(subtitle), style="Subtitle")
    _fill(document, items)
    save(document, path)


def save(document: Any, path: str | Path) -> None:
    """Put a document in its place in one step."""
    out = io.BytesIO()
    document.save(out)
    write_bytes(path, stable_package(out.getvalue()))


def _fill(document: Any, items: Sequence[Item]) -> None:
    """Add the items; a table whose words would break stands on a turned page, its headings with it."""
    tables = iter(unique_ids([item for item in items if isinstance(item, Table)]))
    upright = _text_width(document)
    turned = False
    for position, item in enumerate(items):
        if _needs_turning(items[position:], upright) != turned:
            _turn(document)
            turned = not turned
        if isinstance(item, Table):
            add_table(document, next(tables))
        else:
            _add(document, item)


def _needs_turning(items: Sequence[Item], width: int) -> bool:
    """Whether what comes next, past headings, is a table too wide for an upright page."""
    following = next((item for item in items if not isinstance(item, Heading)), None)
    return isinstance(following, Table) and not fits(following, width)


def _turn(document: Any) -> None:
    """Go on with a new page of the other orientation."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.page_width, section.page_height = section.page_height, section.page_width
    wide = section.page_width > section.page_height
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT


def _add(document: Any, item: Heading | Paragraph | Picture) -> None:
    if isinstance(item, Heading):
        document.add_heading(printable(item.text), level=item.level)
    elif isinstance(item, Paragraph):
        paragraph = document.add_paragraph()
        if item.note:
            ensure_styles(document)
            paragraph._p.get_or_add_pPr().append(new("pStyle", val=NOTE_ID))
        paragraph._p.append(run(item.text, bold=True if item.strong else None))
    else:
        add_picture(document, item)


def add_table(document: Any, table: Table) -> None:
    """Add caption, table and notes at the end of a python-docx document."""
    ensure_styles(document)
    body = document.element.body
    if table.caption:
        caption = document.add_paragraph(style="Caption")
        caption.paragraph_format.keep_with_next = True
        for element in caption_runs(table.label, table.title, numbers_so_far(body)):
            caption._p.append(element)
    element = build(table, own_look(), own_widths(table, _text_width(document)))
    body.insert(_end(body), element)
    mark_table(body, element, bookmark_name(table.id))
    notes = note_paragraphs(body, table)
    if notes:
        notes[-1].find(qn("w:pPr")).append(new("spacing", after="240"))
    place = element
    for paragraph in notes or [new("p")]:
        place.addnext(paragraph)
        place = paragraph


def mark_table(root: Element, table: Element, name: str) -> None:
    """Put a bookmark in the first cell of a table; an older one of the same name stays the only one."""
    if any(b.get(qn("w:name")) == name for b in root.iter(qn("w:bookmarkStart"))):
        return
    first = next(table.iter(qn("w:p")))
    start, end = bookmark(root, name)
    place = after_properties(first)
    first.insert(place, start)
    first.insert(place + 1, end)


def note_paragraphs(root: Element, table: Table) -> list[Element]:
    """The banner and the lines under a table, in one bookmark so that they can be renewed with it."""
    paragraphs = []
    if table.banner:
        paragraphs.append(_note([run(banner_line(table), bold=True)]))
    for note in table.page_notes:
        head = note_head(note, table.lang)
        runs = [run(f"{head}: ", bold=True)] if head else []
        paragraphs.append(_note([*runs, run(note.text)]))
    if paragraphs:
        start, end = bookmark(root, bookmark_name(NOTES_PREFIX + table.id))
        paragraphs[0].insert(after_properties(paragraphs[0]), start)
        paragraphs[-1].append(end)
    return paragraphs


def _note(runs: Sequence[Element]) -> Element:
    paragraph = new("p")
    properties = new("pPr")
    properties.append(new("pStyle", val=NOTE_ID))
    paragraph.append(properties)
    for element in runs:
        paragraph.append(element)
    return paragraph


def add_picture(document: Any, picture: Picture) -> None:
    """Add a picture with its alternative text, its caption below, and its banner."""
    path = Path(picture.path)
    if path.suffix.lower() == ".svg":
        path = path.with_suffix(".png")
    if not path.is_file():
        raise ReportError(
            f"the picture {path.name} is not there: Word needs a PNG "
            "(for an SVG, one of the same name beside it)."
        )
    width = _text_width(document) * _TWIP
    holder = document.add_paragraph()
    holder.paragraph_format.keep_with_next = True
    shape = holder.add_run().add_picture(str(path))
    if shape.width > width:
        shape.height, shape.width = Emu(round(shape.height * width / shape.width)), Emu(width)
    properties = shape._inline.docPr
    properties.set("descr", printable(picture.alt))
    properties.set("name", printable(picture.label) or path.stem)
    caption = document.add_paragraph(style="Caption")
    for element in caption_runs(picture.label, picture.caption, numbers_so_far(document.element.body)):
        caption._p.append(element)
    if picture.banner:
        ensure_styles(document)
        caption._p.addnext(_note([run(picture.banner, bold=True)]))


def ensure_styles(document: Any) -> None:
    """Give a document the styles of our tables where it lacks them."""
    styles = document.styles.element
    there = {style.get(qn("w:styleId")) for style in styles.findall(qn("w:style"))}
    for style in list(parse_xml(_STYLES)):
        if style.get(qn("w:styleId")) not in there:
            based = style.find(qn("w:basedOn"))
            if based is not None and based.get(qn("w:val")) not in there:
                style.remove(based)  # a translated template calls its own base something else
            styles.append(style)


def set_language(document: Any, lang: str) -> None:
    """Tag the text as Danish or British English, in the defaults and in every style that names one."""
    code = LOCALE[lang]
    styles = document.styles.element
    for element in styles.iter(qn("w:lang")):
        element.set(qn("w:val"), code)
    for element in document.settings.element.iter(qn("w:themeFontLang")):
        element.set(qn("w:val"), code)
    defaults = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    if defaults is not None and defaults.find(qn("w:lang")) is None:
        defaults.append(new("lang", val=code))
    document.core_properties.language = code


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = (Emu(side * _TWIP) for side in _A4)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Emu(_MARGIN * _TWIP))


def _dress(document: Any) -> None:
    """A plain sans serif, and colours that stand out enough from paper (4.5 : 1)."""
    from docx.shared import Pt, RGBColor

    for name in ("Normal", "Title", "Subtitle", "Caption", *(f"Heading {level}" for level in range(1, 10))):
        style = document.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for old in list(fonts.attrib):
            del fonts.attrib[old]
        for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{kind}"), "Calibri")
        if name != "Normal":
            style.font.color.rgb = RGBColor.from_string("1A1A1A" if name == "Caption" else "0B3C5D")
    document.styles["Normal"].font.size = Pt(11)
    caption = document.styles["Caption"]
    caption.font.size = Pt(10)
    caption.paragraph_format.space_before = Pt(12)
    caption.paragraph_format.space_after = Pt(4)


def _edges(document: Any, banner: str, lang: str) -> None:
    """The banner at the head of each page, the page number at its foot."""
    section = document.sections[0]
    if banner:
        section.header.paragraphs[0]._p.append(run(banner, bold=True))
    foot = section.footer.paragraphs[0]
    foot.alignment = 1
    foot._p.append(run(f"{say('table_page', lang)} "))
    for element in field("PAGE", "1"):
        foot._p.append(element)


def _text_width(document: Any) -> int:
    """Width of the text in twentieths of a point."""
    section = document.sections[-1]
    return int((section.page_width - section.left_margin - section.right_margin) // _TWIP)


def _end(body: Element) -> int:
    """The place before the last section's properties."""
    last = body.find(qn("w:sectPr"))
    return len(body) if last is None else list(body).index(last)
