"""Files of every kind with one text planted in a place of choice."""

import base64
import io
import json
import struct
import zipfile
import zlib
from functools import cache

import docx
import openpyxl


def notebook(source="1", outputs=(), metadata=None, cell_metadata=None, attachments=None):
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": cell_metadata or {},
        "source": source,
        "outputs": list(outputs),
    }
    if attachments:
        cell["attachments"] = attachments
    return json.dumps(
        {"cells": [cell], "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


def shown(**data):
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {k.replace("__", "/"): v for k, v in data.items()},
    }


def png(chunks=(), after=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunk(k, d) for k, d in chunks)
        + body
        + chunk(b"IEND", b"")
        + after
    )


def document(fill):
    made, out = docx.Document(), io.BytesIO()
    fill(made)
    made.save(out)
    return out.getvalue()


def workbook(fill):
    made, out = openpyxl.Workbook(), io.BytesIO()
    fill(made, made.active)
    made.save(out)
    return out.getvalue()


def package(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def base64_of(content):
    return base64.b64encode(content).decode()


def _split_runs(text):
    def fill(made):
        paragraph = made.add_paragraph()
        for part in (text[:3], text[3:7], text[7:]):
            paragraph.add_run(part).bold = True

    return fill


def _cell_of(text):
    def fill(made):
        made.add_table(1, 1).cell(0, 0).text = text

    return fill


def _header(text):
    def fill(made):
        made.sections[0].header.paragraphs[0].text = text

    return fill


def _property(text):
    def fill(made):
        made.core_properties.subject = text

    return fill


def _comment(text):
    def fill(made):
        paragraph = made.add_paragraph("x")
        made.add_comment(paragraph.runs, text=text)

    return fill


def _put(text, place="B3"):
    def fill(made, sheet):
        sheet[place] = text

    return fill


def _note(text):
    def fill(made, sheet):
        sheet["A1"].comment = openpyxl.comments.Comment(text, "x")

    return fill


def _hidden(text):
    def fill(made, sheet):
        other = made.create_sheet("B")
        other["A1"] = text
        other.sheet_state = "veryHidden"

    return fill


def _sheet_name(text):
    def fill(made, sheet):
        sheet.title = text

    return fill


def _name(text):
    def fill(made, sheet):
        made.properties.description = text

    return fill


@cache
def planted(text):
    """Name -> (file name, content): the text in every place that a file has for it."""
    raw = text.encode()
    frame = f"<table class='dataframe'><tr><th>a</th></tr><tr><td>{text}</td></tr></table>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><text>{text}</text></svg>"
    error = {
        "output_type": "error",
        "ename": "KeyError",
        "evalue": "x",
        "traceback": ["\u001b[0;31m x", f"KeyError: {text}"],
    }
    inner = package({"a/b.txt": raw})
    return {
        "notebook source": ("a.ipynb", notebook(source=["x = 1\n", f"y = '{text}'"])),
        "notebook stream": ("a.ipynb", notebook(outputs=[{"output_type": "stream", "name": "stdout", "text": ["a\n", text]}])),
        "notebook html": ("a.ipynb", notebook(outputs=[shown(text__html=[frame])])),
        "notebook plain": ("a.ipynb", notebook(outputs=[shown(text__plain=f"   a\n0  {text}")])),
        "notebook error": ("a.ipynb", notebook(outputs=[error])),
        "notebook json": ("a.ipynb", notebook(outputs=[shown(application__json={"a": [{"b": text}]})])),
        "notebook svg": ("a.ipynb", notebook(outputs=[{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": svg}}])),
        "notebook png": ("a.ipynb", notebook(outputs=[shown(image__png=base64_of(png([(b"tEXt", b"Title\0" + raw)])))])),
        "notebook metadata": ("a.ipynb", notebook(metadata={"author": text})),
        "notebook cell metadata": ("a.ipynb", notebook(cell_metadata={"tags": [text]})),
        "notebook attachment": ("a.ipynb", notebook(attachments={"a.svg": {"image/svg+xml": svg}})),
        "notebook cut off": ("a.ipynb", notebook(source=f"a\n{text}\n" + "b" * 50)[:-60]),
        "script": ("a.py", f"# {text}\n".encode()),
        "R script": ("a.R", f"x <- subset(d, a == '{text}')".encode()),
        "SAS log": ("a.log", f"NOTE: {text}\n".encode()),
        "log in cp1252": ("a.log", f"Fejl på række {text} æøå".encode("cp1252")),
        "log in utf-16": ("a.log", f"Fejl {text}".encode("utf-16")),
        "log in utf-16 without a mark": ("a.log", f"Fejl i linje et: {text}".encode("utf-16-le")),
        "csv": ("a.csv", f"a;b\n1;{text}\n".encode()),
        "csv with commas": ("a.csv", f"a,b,c\n1,{text},3\n".encode()),
        "latex": ("a.tex", f"a & {text} \\\\".encode()),
        "unknown ending": ("a.qqq", f"a {text}".encode()),
        "no ending": ("a", f"a {text}".encode()),
        "html text": ("a.html", f"<html><body><p>Svar: {text}</p></body></html>".encode()),
        "html over tags": ("a.html", f"<p>{text[:4]}<b>{text[4:8]}</b><span>{text[8:]}</span></p>".encode()),
        "html entities": ("a.html", f"<p>{''.join(f'&#{ord(c)};' for c in text)}</p>".encode()),
        "html attribute": ("a.html", f"<p title='{text}'>x</p>".encode()),
        "html comment": ("a.html", f"<p>x</p><!-- {text} -->".encode()),
        "html script": ("a.html", f"<script>var d = [{{'a': '{text}'}}];</script>".encode()),
        "html embedded svg": ("a.html", f"<img src='data:image/svg+xml;base64,{base64_of(svg.encode())}'>".encode()),
        "html embedded png": ("a.html", f"<img src='data:image/png;base64,{base64_of(png([(b'tEXt', b'T' + bytes(1) + raw)]))}'>".encode()),
        "html under another name": ("a.page", f"<!DOCTYPE html><p>{text[:5]}<i>{text[5:]}</i>".encode()),
        "svg text": ("a.svg", svg.encode()),
        "svg comment": ("a.svg", f"<svg><!-- {text} --><path d='M 0 0'/></svg>".encode()),
        "svg metadata": ("a.svg", f"<svg><metadata><title>{text}</title></metadata></svg>".encode()),
        "png text": ("a.png", png([(b"tEXt", b"Title\0" + raw)])),
        "png packed text": ("a.png", png([(b"zTXt", b"Title\0\0" + zlib.compress(raw))])),
        "png international text": ("a.png", png([(b"iTXt", b"Title\0\0\0da\0Titel\0" + raw)])),
        "png packed international": ("a.png", png([(b"iTXt", b"Title\0\x01\0da\0Titel\0" + zlib.compress(raw))])),
        "png exif": ("a.png", png([(b"eXIf", b"MM\0*" + raw)])),
        "png behind the end": ("a.png", png(after=raw)),
        "jpeg comment": ("a.jpg", b"\xff\xd8\xff\xfe" + struct.pack(">H", len(raw) + 2) + raw + b"\xff\xda\0\x02"),
        "docx over runs": ("a.docx", document(_split_runs(text))),
        "docx table": ("a.docx", document(_cell_of(text))),
        "docx header": ("a.docx", document(_header(text))),
        "docx property": ("a.docx", document(_property(text))),
        "docx comment": ("a.docx", document(_comment(text))),
        "xlsx cell": ("a.xlsx", workbook(_put(text))),
        "xlsx formula": ("a.xlsx", workbook(_put(f'=IF(A1="{text}",1,0)'))),
        "xlsx note": ("a.xlsx", workbook(_note(text))),
        "xlsx hidden sheet": ("a.xlsx", workbook(_hidden(text))),
        "xlsx sheet name": ("a.xlsx", workbook(_sheet_name(text))),
        "xlsx property": ("a.xlsx", workbook(_name(text))),
        "zip": ("a.zip", inner),
        "zip in zip": ("a.zip", package({"in.zip": inner})),
        "docx in zip": ("a.zip", package({"x/y.docx": document(_split_runs(text))})),
        "name in zip": ("a.zip", package({f"{text}/a.txt": b"x"})),
        "file name": (f"svar {text}.txt", b"x"),
    }  # fmt: skip
