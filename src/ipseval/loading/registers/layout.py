"""The layout of a register as data: its names, types, keys and column patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root, packaged_yaml

MUNICIPAL = ("cpr", "cprnr", "cpr_nr")
TYPES = ("text", "code", "integer", "number", "date")


@dataclass(frozen=True)
class Margin:
    """Roughly what stands in a column, for twins; guesses from published sources, never from microdata.

    `shares` of codes; what they lack of 1 is spread evenly over the code list `listed`.  `range` of numbers
    (dates: days after the column `after`).  `missing` is the share that is empty.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    listed: str = ""
    range: tuple[float, ...] = ()
    after: str = ""
    missing: float = 0.0


@dataclass(frozen=True)
class Column:
    """A column: the name it gets, other names it goes by, its type, and whether it must be there."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    margin: Margin = field(default_factory=Margin)


@dataclass(frozen=True)
class Pattern:
    """A family of columns, such as one per week: how they are recognised, what they are then called."""

    kind: str
    match: str
    name: str
    type: str
    margin: Margin = field(default_factory=Margin)


@dataclass(frozen=True)
class Layout:
    """What an extract of a register looks like."""

    register: str
    title: Mapping[str, str]
    row: str
    files: str
    id: str
    id_names: tuple[str, ...]
    id_lengths: tuple[int, ...]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    patterns: tuple[Pattern, ...]

    def type_of(self, name: str) -> str:
        """Give the type of a column by its own name; text where the layout does not know it."""
        if name == self.id:
            return "id"
        known = {c.name: c.type for c in self.columns}
        if name in known:
            return known[name]
        for pattern in self.patterns:
            if re.match(pattern.match, name):
                return pattern.type
        return "text"

    def listed(self) -> dict[str, str]:
        """Give the columns that have a code list: name -> list."""
        return {c.name: c.margin.listed for c in self.columns if c.margin.listed}

    def kind_of(self, name: str) -> str:
        """Give the family that a column belongs to, or an empty text."""
        return next((p.kind for p in self.patterns if re.match(p.match, name.casefold())), "")

    def naming(self, names: Iterable[str]) -> dict[str, str]:
        """Give each column of a file its own name: column of the file -> name in the layout."""
        names = list(names)
        by_name = {alias: c.name for c in self.columns for alias in (c.name, *c.aliases)}
        # A file can hold a serial number beside the pnr: the layout's first name that is there is the id.
        there = {name.strip().casefold() for name in names}
        by_name |= dict.fromkeys([n for n in self.id_names if n in there][:1], self.id)
        found = {}
        for name in names:
            folded = name.strip().casefold()
            found[name] = by_name.get(folded) or self._by_pattern(folded) or folded
        return found

    def _by_pattern(self, folded: str) -> str:
        for pattern in self.patterns:
            hit = re.match(pattern.match, folded)
            if hit:
                return pattern.name.format(*hit.groups())
        return ""


def registers() -> tuple[str, ...]:
    """Name the registers whose layouts are packaged."""
    return tuple(sorted(p.stem for p in (data_root() / "registers").glob("*.yaml")))


@cache
def layout(register: str) -> Layout:
    """Return the packaged layout of a register such as "dream" or "bfl"."""
    if register not in registers():
        raise SchemaError(f"register={register!r} has no layout: {hint_for(register, registers())}")
    return build(packaged_yaml(f"registers/{register}.yaml"), register)


KEYS = {
    "layout": ("register", "title", "row", "files", "id", "key", "columns", "patterns"),
    "id": ("names", "lengths"),
    "column": ("name", "type", "aliases", "required", "list", "shares", "range", "after", "missing"),
    "pattern": ("match", "name", "type", "list", "shares", "range", "missing"),
}
"""What each part of a layout may hold."""


def build(raw: Any, name: str) -> Layout:
    """Build a layout from its file's content; a malformed one is told in one sentence."""
    try:
        _refuse_unknown(raw, name)
        person = raw["id"]
        made = Layout(
            register=raw["register"],
            title=raw["title"],
            row=raw["row"],
            files=raw["files"],
            id=person["names"][0],
            id_names=_person_names(person["names"]),
            id_lengths=tuple(person["lengths"]),
            key=tuple(raw["key"]),
            columns=tuple(_column(c) for c in raw.get("columns") or []),
            patterns=tuple(_pattern(k, p) for k, p in (raw.get("patterns") or {}).items()),
        )
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as problem:
        raise SchemaError(
            f"registers/{name}.yaml: {type(problem).__name__} at {problem}; a layout needs register, title, "
            "row, files, id (names, lengths), key, columns and patterns."
        ) from None
    types = {c.type for c in made.columns} | {p.type for p in made.patterns}
    strange = sorted(types - set(TYPES))
    if strange:
        raise SchemaError(f"registers/{name}.yaml: type {strange[0]!r} is not one of {', '.join(TYPES)}.")
    return made


def _refuse_unknown(raw: Any, name: str) -> None:
    """Refuse a key that the format does not know, which would be a rule that is not applied."""
    columns, patterns = raw.get("columns") or [], (raw.get("patterns") or {}).values()
    parts = [("layout", raw), ("id", raw["id"])]
    parts += [("column", each) for each in columns] + [("pattern", each) for each in patterns]
    for part, given in parts:
        if strange := sorted(set(map(str, given)) - set(KEYS[part])):
            hint = hint_for(strange[0], KEYS[part])
            raise SchemaError(f"registers/{name}.yaml: a {part} has no key {strange[0]!r}: {hint}")


def _person_names(names: list[str]) -> tuple[str, ...]:
    """Give the names of the id column: what is a PNR at Statistics Denmark is a CPR number elsewhere."""
    return tuple(dict.fromkeys([*names, *(MUNICIPAL if names[0] == "pnr" else ())]))


def _column(raw: Any) -> Column:
    return Column(
        raw["name"], raw.get("type", "text"), tuple(raw.get("aliases", ())), raw.get("required", False),
        _margin(raw),
    )  # fmt: skip


def _pattern(kind: str, raw: Any) -> Pattern:
    return Pattern(kind, raw["match"], raw["name"], raw["type"], _margin(raw))


def _margin(raw: Any) -> Margin:
    shares = {str(code): float(share) for code, share in (raw.get("shares") or {}).items()}
    listed, total = str(raw.get("list", "")), sum(shares.values())
    if shares and (min(shares.values()) < 0 or total > 1.0001 or (not listed and total < 0.9999)):
        raise ValueError("shares")  # told by `build`, which knows the file
    limits = tuple(float(limit) for limit in raw.get("range", ()))
    return Margin(shares, listed, limits, str(raw.get("after", "")), float(raw.get("missing", 0.0)))
