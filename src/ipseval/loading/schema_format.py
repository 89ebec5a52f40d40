"""Turns the YAML of a schema into a `SurveySchema`; every fault is told at once, with its line.

Lines come from composing the YAML tree beside the plain values; the same walk finds a key that
stands twice, which YAML itself lets pass (the last one wins).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.labels import code_text
from ipseval.core.language import LANGUAGES
from ipseval.core.resources import Loader, load_yaml
from ipseval.loading.schema import SurveySchema

At = tuple[str | int, ...]
"""Where in the file: the keys and positions that lead there."""


class Faults:
    """Collects what is wrong with one schema file, each with its line and key."""

    def __init__(self, file: str, lines: Mapping[At, int]) -> None:
        self.file = file
        self.lines = lines
        self.said: list[tuple[int, str]] = []

    def say(self, at: At, what: str) -> None:
        """Note one fault at a place; the nearest line known is the one told."""
        line = next((self.lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in self.lines), 1)
        self.said.append((line, f"line {line}, {place(at)}: {what}"))

    def raise_if_any(self) -> None:
        """Raise one error that lists everything, in the order of the lines."""
        if self.said:
            told = "\n".join(f"  - {text}" for _, text in sorted(self.said, key=lambda s: s[0]))
            raise SchemaError(
                f"{self.file} is not a schema yet, {len(self.said)} problem(s) to mend "
                f"(the format: docs/schema_format.md):\n{told}"
            )


def place(at: At) -> str:
    """Write a place as a person would look for it: fields[3].constraints.minimum."""
    text = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in at).lstrip(".")
    return text or "the file"


def read_schema(path: Path) -> SurveySchema:
    """Build the schema, or raise one SchemaError that lists every fault."""
    from ipseval.loading.schema_parts import build

    found = load_yaml(path)
    lines: dict[At, int] = {}
    doubled: list[At] = []
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader)
    if root is not None:
        _walk(root, (), lines, doubled)
    faults = Faults(path.name, lines)
    for at in doubled:
        faults.say(at, f"the key {at[-1]!r} stands twice here; keep one of them.")
    if not isinstance(found, Mapping):
        faults.say((), "a schema is a mapping of keys (name, primaryKey, fields, ...), not this.")
        faults.raise_if_any()
    schema = build(found, faults, path)
    faults.raise_if_any()
    return schema


def _walk(node: Any, at: At, lines: dict[At, int], doubled: list[At]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            inner = (*at, str(key.value))
            if key.value in seen:
                doubled.append(inner)
            seen.add(key.value)
            lines[inner] = key.start_mark.line + 1
            _walk(value, inner, lines, doubled)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _walk(value, (*at, position), lines, doubled)


def keys(
    faults: Faults, at: At, found: Any, allowed: Sequence[str], needed: Sequence[str] = ()
) -> dict[str, Any]:
    """Give a mapping's entries; unknown keys get near names, missing ones are named."""
    if not isinstance(found, Mapping):
        faults.say(at, f"must be a mapping with the keys {', '.join(needed or allowed)}.")
        return {}
    for key in found:
        if key not in allowed:
            faults.say((*at, str(key)), f"the key {str(key)!r} is unknown: {hint_for(str(key), allowed)}")
    for key in needed:
        if found.get(key) is None:
            faults.say(at, f"the key {key!r} is missing.")
    return {str(k): v for k, v in found.items()}


def option(faults: Faults, at: At, found: Any, options: Sequence[str], default: str) -> str:
    """Give a text that must be one of a few."""
    if found is None:
        return default
    if found not in options:
        faults.say(at, f"{str(found)!r} is not offered: choose one of {', '.join(options)}.")
        return default
    return str(found)


def flag(faults: Faults, at: At, found: Any) -> bool:
    """Give true or false."""
    if not isinstance(found, bool | None):
        faults.say(at, "must be true or false.")
    return found is True


def text(faults: Faults, at: At, found: Any) -> dict[str, str]:
    """Give words in Danish and English; one plain text serves both."""
    if found is None:
        return {}
    if isinstance(found, Mapping):
        for lang in found:
            if lang not in LANGUAGES:
                faults.say((*at, str(lang)), f"the language {str(lang)!r} is not offered: da or en.")
        there = [lang for lang in LANGUAGES if found.get(lang) is not None]
        given = {lang: _plain(faults, (*at, lang), found[lang]) for lang in there}
        if not given:
            faults.say(at, "must hold a text for da, for en, or both.")
        return given
    plain = _plain(faults, at, found)
    return dict.fromkeys(LANGUAGES, plain)


def _plain(faults: Faults, at: At, found: Any) -> str:
    if isinstance(found, bool):
        faults.say(at, "YAML reads yes, no, on and off as true or false; put the word in quotation marks.")
    elif not isinstance(found, str | int | float):
        faults.say(at, "must be a text, or {da: ..., en: ...}.")
    return str(found)


def names(faults: Faults, at: At, found: Any) -> tuple[str, ...]:
    """Give a list of names or codes; one alone is a list of one."""
    if found is None:
        return ()
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(n, str | int | float) for n in listed):
        faults.say(at, "must be a list of names or codes, such as [a, b].")
        return ()
    if any(isinstance(n, bool) for n in listed):
        faults.say(at, "YAML reads yes, no, on and off as true or false; put the word in quotation marks.")
    return tuple(code_text(n) for n in listed)


def pattern(faults: Faults, at: At, found: Any) -> str:
    """Give a regular expression that compiles."""
    if found is None:
        return ""
    try:
        re.compile(str(found))
    except re.error as problem:
        faults.say(at, f"is not a regular expression ({problem.msg}).")
        return ""
    return str(found)
