"""Jupyter notebooks: sources, outputs of every kind, attachments and metadata."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Iterator
from typing import Any

from ipseval.reporting.scanning.markup import Within
from ipseval.reporting.scanning.pieces import Budget, Found, Piece, Place, Trouble

_ENDINGS = {"text/html": ".html", "image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}
_BINARY = ("image/png", "image/jpeg", "application/pdf")


def notebook_of(text: str) -> dict[str, Any] | None:
    """Parse a notebook; None when it is not well formed or has no cells."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return book if isinstance(book, dict) and isinstance(book.get("cells"), list) else None


def read_notebook(book: dict[str, Any], place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    """Give every text of a notebook with the number of its cell and output."""
    for number, cell in enumerate(book["cells"], start=1):
        here = (*place, ("cell", number))
        if not isinstance(cell, dict):
            yield Trouble(here, "scan_damaged")
            continue
        yield Piece((*here, ("source", 0)), _text(cell.get("source")), 1)
        outputs = cell.get("outputs")
        for count, output in enumerate(outputs if isinstance(outputs, list) else [], start=1):
            yield from _output(output, (*here, ("output", count)), within, budget)
        attached = cell.get("attachments")
        for bundle in attached.values() if isinstance(attached, dict) else []:
            yield from _bundle(bundle, (*here, ("attachment", 0)), within, budget)
        known = ("source", "outputs", "attachments", "cell_type", "id")
        yield from _rest({k: v for k, v in cell.items() if k not in known}, (*here, ("metadata", 0)))
    yield from _rest({k: v for k, v in book.items() if k != "cells"}, (*place, ("metadata", 0)))


def _output(output: Any, place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    if not isinstance(output, dict):
        yield Trouble(place, "scan_damaged")
        return
    for key in ("text", "ename", "evalue"):
        if key in output:
            yield Piece(place, _text(output[key]), 1)
    if "traceback" in output:
        yield Piece(place, _lines(output["traceback"]), 1)
    yield from _bundle(output.get("data"), place, within, budget)
    yield from _rest(output.get("metadata") or {}, (*place, ("metadata", 0)))


def _bundle(bundle: Any, place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    """Read one output in each of its forms."""
    for kind, content in bundle.items() if isinstance(bundle, dict) else []:
        if kind in _BINARY:
            try:
                raw = base64.b64decode("".join(_text(content).split()))
            except (binascii.Error, ValueError):
                yield Trouble(place, "scan_damaged")
                continue
            yield from within(io.BytesIO(raw), f"output{_ENDINGS.get(kind, '')}", place, budget)
        elif kind in _ENDINGS:
            yield from within(io.BytesIO(_text(content).encode()), f"output{_ENDINGS[kind]}", place, budget)
        else:
            yield Piece(place, _text(content), 1)


def _rest(values: Any, place: Place) -> Iterator[Found]:
    text = json.dumps(values, ensure_ascii=False)
    if len(text) > 2:
        yield Piece(place, text)


def _lines(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(value: Any) -> str:
    """Join the lines of a text field; anything else as JSON."""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "".join(value)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
