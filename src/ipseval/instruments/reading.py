"""Reads an instrument from its file, and tells every fault of a malformed one, a sentence for each.

The format is described in `docs/instrument_format.md`; the shipped files in
`data_schemas/instruments/` are its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.resources import load_yaml
from ipseval.instruments.faults import Faults, known_keys
from ipseval.instruments.model import (
    BETTER,
    Anchor,
    Band,
    Cut,
    Item,
    Level,
    Norm,
    ReliabilityFact,
    Score,
    SymptomGroup,
    SymptomRule,
    Text,
)

KEYS = (
    "id", "version", "title", "window", "better", "licence", "items", "coding", "labels", "step",
    "missing_codes", "scores", "rules", "anchors", "references", "reliability", "norms", "doubts",
    "zero_is_common", "count_name", "provisional",
)  # fmt: skip
SCORE_KEYS = ("id", "title", "items", "aggregate", "multiply", "max_missing", "bands", "cuts")
NEEDED = ("id", "items", "scores")
RELATIONS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


def read_fields(path: Path) -> dict[str, Any]:
    """Read an instrument's file into the fields of `Instrument`."""
    raw = load_yaml(path)
    if not isinstance(raw, Mapping):
        raise SchemaError(f"{path.name}: an instrument's file must be a map with the keys {', '.join(KEYS)}.")
    return fields_of(raw, path.name)


def fields_of(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Turn the parsed content of a file into the fields of `Instrument`; `where` is its name."""
    faults = Faults(where)
    faults.of(known_keys, raw, KEYS, where)
    for key in NEEDED:
        if key not in raw:
            faults.say(f"the key {key!r} is missing; every instrument must have it.")
    found = {
        **(faults.of(_plain_fields, raw, where) or {}),
        **(faults.of(_answers, raw, where) or {}),
        "items": faults.of(read_items, raw["items"], where) if "items" in raw else (),
        "references": faults.of(_listed, raw, "references", str),
        "reliability": faults.of(_listed, raw, "reliability", lambda r: _reliability(r, where)),
        "norms": faults.of(_norms, raw, where),
        "doubts": faults.of(_listed, raw, "doubts", text),
    }
    # Scores and rules name items; they are read where the ids of items can be, whatever else is wrong there.
    position = faults.of(_positions, raw) or {}
    for part, read in (("scores", read_score), ("rules", read_rule), ("anchors", read_anchor)):
        entries = faults.of(_listed, raw, part, lambda entry: entry) or () if position else ()
        found[part] = tuple(faults.of(read, entry, position, where) for entry in entries)
    faults.raise_if_any()
    return {**found, "scores": tuple(_titled(score, found) for score in found["scores"])}


def _titled(score: Score, fields: Mapping[str, Any]) -> Score:
    """Give a score without a title, called as its instrument, the title of the instrument."""
    untitled = score.id == fields["id"] and score.title == text(score.id)
    return replace(score, title=fields["title"]) if untitled else score


def _listed(raw: Mapping[str, Any], key: str, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(read(entry) for entry in raw.get(key) or ())


def _positions(raw: Mapping[str, Any]) -> dict[str, int]:
    entries = (raw.get("items") or {}).get("list") or ()
    return {str(entry["id"]): at for at, entry in enumerate(entries)}


def _plain_fields(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    faults = Faults(where)
    identifier = str(raw.get("id"))
    if not identifier.isidentifier():
        faults.say("the id must be usable as a column name (letters, digits, underscore).")
    better = str(raw.get("better", "not_stated"))
    if better not in BETTER:
        faults.say(f"better must be one of {', '.join(BETTER)}.")
    faults.raise_if_any()
    return {
        "id": identifier,
        "version": str(raw.get("version", "")),
        "title": text(raw.get("title", identifier)),
        "window": text(raw.get("window", "")),
        "better": better,
        "licence": str(raw.get("licence", "")),
        "zero_is_common": bool(raw.get("zero_is_common", False)),
        "count_name": str(raw.get("count_name", "n_answered")),
        "provisional": bool(raw.get("provisional", False)),
    }


def _answers(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    coding = raw.get("coding") or {}
    return {
        "coding": None if coding.get("declare") else coding.get("default"),
        "codings": tuple(str(c) for c in coding.get("in_use", ())),
        "labels": {str(k): float(v) for k, v in (raw.get("labels") or {}).items()},
        "step": exact(raw.get("step", 1), where),
        "missing_codes": tuple(float(c) for c in raw.get("missing_codes", ())),
    }


def read_items(raw: Any, where: str) -> tuple[Item, ...]:
    """Read the items: `range` holds for all, an item may have its own `low` and `high`."""
    if not isinstance(raw, Mapping) or "list" not in raw or "range" not in raw:
        raise SchemaError(f"{where}: items must have the keys range ([low, high], or null) and list.")
    faults = Faults(where)
    faults.of(known_keys, raw, ("range", "list", "reversed"), f"{where}, items")
    backwards = {str(name) for name in raw.get("reversed", ())}
    common = raw["range"] or (None, None)
    items = [faults.of(_item, entry, common, backwards, where) for entry in raw["list"]]
    names = [item.id for item in items if item is not None]
    if len(set(names)) < len(names) or not items:
        faults.say("items must have ids, each id once.")
    for name in sorted(backwards - set(names)):
        faults.say(f"reversed names {name!r}, which is no item: {hint_for(name, names)}")
    faults.raise_if_any()
    return tuple(item for item in items if item is not None)


def _item(entry: Any, common: Sequence[Any], backwards: Collection[str], where: str) -> Item:
    known_keys(entry, ("id", "topic", "low", "high"), f"{where}, items")
    name = str(entry["id"])
    low, high = (entry.get("low", common[0]), entry.get("high", common[1]))
    first = None if low is None else exact(low, where)
    last = None if high is None else exact(high, where)
    return Item(name, text(entry.get("topic", name)), first, last, name in backwards)


def read_score(raw: Mapping[str, Any], position: Mapping[str, int], where: str) -> Score:
    """Read one score: which items, how they are put together, bands and cuts."""
    faults = Faults(where)
    faults.of(known_keys, raw, SCORE_KEYS, f"{where}, scores")
    faults.of(_missing_rule, raw, position, where)
    aggregate = str(raw.get("aggregate", "sum"))
    if aggregate not in ("sum", "mean"):
        faults.say("aggregate must be sum or mean; write a pair whose highest counts as [a, b].")
    parts = [faults.of(positions, part, position, where) for part in raw.get("items", list(position))]
    bands = {str(k): faults.of(read_bands, v, where) for k, v in (raw.get("bands") or {}).items()}
    cuts = [faults.of(_cut, cut, where) for cut in raw.get("cuts", ())]
    multiply = faults.of(exact, raw.get("multiply", 1), where)
    faults.raise_if_any()
    return Score(
        id=str(raw["id"]),
        title=text(raw.get("title", raw["id"])),
        parts=tuple(part for part in parts if part is not None),
        aggregate=aggregate,
        multiply=Fraction(1) if multiply is None else multiply,
        max_missing=int(raw["max_missing"]),
        bands={name: band for name, band in bands.items() if band is not None},
        cuts=tuple(cut for cut in cuts if cut is not None),
    )


def _missing_rule(raw: Mapping[str, Any], position: Mapping[str, int], where: str) -> None:
    """Refuse a score without its name or with a missing rule that is no number of items."""
    if "id" not in raw or "max_missing" not in raw:
        raise SchemaError(
            f"{where}: every score must have an id and max_missing, a whole number (0 = all answered)."
        )
    most = raw["max_missing"]
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise SchemaError(f"{where}: max_missing must be a whole number of items, not a share.")
    if most >= len(raw.get("items", position)):
        raise SchemaError(f"{where}: max_missing must be smaller than the number of items of the score.")


def read_bands(raw: Any, where: str) -> tuple[Band, ...]:
    """Read bands, lowest first: a list of {name, from | above, label}, or a map name -> lower bound."""
    if isinstance(raw, Mapping):
        named = [(str(name), exact(lower, where)) for name, lower in raw.items()]
        raw = [{"name": name, "from": lower} for name, lower in sorted(named, key=lambda band: band[1])]
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise SchemaError(f"{where}: bands must be a list of name and lower bound, lowest first.")
    bands = []
    for entry in raw:
        known_keys(entry, ("name", "from", "above", "label"), f"{where}, bands")
        if ("from" in entry) == ("above" in entry) or "name" not in entry:
            raise SchemaError(f"{where}: every band must have a name and one lower bound (from, or above).")
        strict = "above" in entry
        lower = exact(entry["above" if strict else "from"], where)
        bands.append(Band(str(entry["name"]), lower, text(entry.get("label", entry["name"])), strict))
    rising = all(a.lower < b.lower for a, b in pairwise(bands))
    if not rising or len({b.name for b in bands}) < len(bands):
        raise SchemaError(f"{where}: bands must rise in their lower bounds, each name once.")
    return tuple(bands)


def read_rule(raw: Mapping[str, Any], position: Mapping[str, int], where: str) -> SymptomRule:
    """Read a symptom-counting rule: its groups of symptoms and its variants with their levels."""
    known_keys(raw, ("id", "title", "groups", "variants", "otherwise"), f"{where}, rules")
    name = str(raw["id"])
    groups = []
    for group, entry in raw["groups"].items():
        known_keys(entry, ("symptoms", "from", "option"), f"{where}, rule {name}")
        symptoms = tuple(positions(s, position, where) for s in entry["symptoms"])
        option = str(entry.get("option", f"{name}_{group}_threshold"))
        groups.append(SymptomGroup(str(group), symptoms, exact(entry["from"], where), option))
    counted = [g.name for g in groups]
    variants = {str(k): read_levels(v, counted, where) for k, v in raw["variants"].items()}
    otherwise = str(raw.get("otherwise", "none"))
    return SymptomRule(name, text(raw.get("title", name)), tuple(groups), variants, otherwise, f"{name}_rule")


def read_levels(raw: Any, groups: Sequence[str], where: str) -> tuple[Level, ...]:
    """Read the levels of a rule, most severe first: each a name and the counts that it takes."""
    levels = []
    for entry in raw:
        counts = {str(k): int(v) for k, v in entry.items() if k != "level"}
        unknown = sorted(set(counts) - {*groups, "total"})
        if "level" not in entry or not counts or unknown:
            raise SchemaError(
                f"{where}: a level must have the key level and counts of {', '.join(groups)} or total."
            )
        levels.append(Level(str(entry["level"]), counts))
    return tuple(levels)


def read_anchor(raw: Mapping[str, Any], position: Mapping[str, int], where: str) -> Anchor:
    """Read a machine-checkable anchor: the item, the limits in order, and the points they give."""
    known_keys(raw, ("item", "relation", "steps", "otherwise", "unit", "highest"), f"{where}, anchors")
    positions(raw["item"], position, where)
    relation = str(raw["relation"])
    if relation not in ("at_most", "at_least"):
        raise SchemaError(f"{where}: the relation of an anchor must be at_most or at_least.")
    steps = tuple((exact(limit, where), int(points)) for limit, points in raw["steps"])
    highest = None if raw.get("highest") is None else exact(raw["highest"], where)
    unit = text(raw.get("unit", ""))
    return Anchor(str(raw["item"]), relation, steps, int(raw["otherwise"]), unit, highest)


def positions(part: Any, position: Mapping[str, int], where: str) -> tuple[int, ...]:
    """Turn an item's id, or a list of ids of which the highest counts, into positions."""
    names = [part] if isinstance(part, str | int) else list(part)
    faults = Faults(where)
    for name in names:
        if str(name) not in position:
            faults.say(f"{str(name)!r} is no item of it: {hint_for(str(name), position)}")
    faults.raise_if_any()
    return tuple(position[str(name)] for name in names)


def exact(value: Any, where: str) -> Fraction:
    """Read a number exactly as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Fraction):
        raise SchemaError(f"{where}: a number was expected where something else stands.")
    try:
        return Fraction(str(value))
    except ValueError:
        raise SchemaError(f"{where}: a number was expected where a word stands.") from None


def text(raw: Any) -> Text:
    """Read a text in both languages; a single word stands for both."""
    if isinstance(raw, Mapping):
        return {str(k): str(v) for k, v in raw.items()}
    return {"da": str(raw), "en": str(raw)}


def _cut(raw: Mapping[str, Any], where: str) -> Cut:
    known_keys(raw, ("name", *RELATIONS, "label", "source", "any_item_at_most"), f"{where}, cuts")
    found = [r for r in RELATIONS if r in raw]
    if len(found) != 1:
        raise SchemaError(f"{where}: a cut must have exactly one of {', '.join(RELATIONS)}.")
    clause = raw.get("any_item_at_most")
    return Cut(
        str(raw["name"]),
        RELATIONS[found[0]],
        exact(raw[found[0]], where),
        text(raw.get("label", raw["name"])),
        str(raw.get("source", "")),
        None if clause is None else exact(clause, where),
    )


def _norms(raw: Mapping[str, Any], where: str) -> dict[str, Norm]:
    return {str(k): _norm(v, where) for k, v in (raw.get("norms") or {}).items()}


def _norm(raw: Mapping[str, Any], where: str) -> Norm:
    known_keys(raw, ("mean", "sd", "population", "source", "n", "note"), f"{where}, norms")
    n = raw.get("n")
    return Norm(
        float(raw["mean"]),
        float(raw["sd"]),
        str(raw["population"]),
        str(raw["source"]),
        None if n is None else int(n),
        str(raw.get("note", "")),
    )


def _reliability(raw: Mapping[str, Any], where: str) -> ReliabilityFact:
    known_keys(raw, ("value", "kind", "source"), f"{where}, reliability")
    return ReliabilityFact(float(raw["value"]), str(raw["kind"]), str(raw["source"]))
