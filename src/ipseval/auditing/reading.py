"""Reads a file (or mapping) of published numbers into `Published`, telling every fault with line and key."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import yaml

from ipseval.auditing import published as form
from ipseval.auditing.declared import declaration_faults
from ipseval.auditing.first_form import from_first_form, is_first_form
from ipseval.auditing.published import Num, Published
from ipseval.core.errors import AuditError

FORMAT = "ipseval-published 1"
EMPTY = ("", "null", "~", "None")
TRUTH = {"true": True, "yes": True, "false": False, "no": False}
KINDS: dict[str, type[Any]] = {
    "groups": form.Group,
    "distributions": form.Distribution,
    "shares": form.Share,
    "means": form.Mean,
    "scales": form.Scale,
    "models": form.Model,
    "ratios": form.Ratio,
    "tests": form.Test,
    "ages": form.Ages,
    "periods": form.Period,
    "hours": form.Hours,
    "targets": form.Target,
    "durations": form.Duration,
    "same": form.Same,
    "counts": form.Count,
    "wordings": form.Wording,
}
CHOICES = {
    "weights": ("none", "used", "unknown"),
    "bound": ("", "over", "under", "at_most"),
    "interval": ("", "profile", "wald", "penalised"),
    "binary": ("", "stated", "elsewhere"),
}
OF_KIND: dict[type[Any], tuple[str, ...]] = {
    form.Ratio: ("odds", "risk", "hazard"),
    form.Test: ("t", "F", "chi2", "z", "r"),
    form.Wording: (
        "risk_for_odds",
        "level_or_change",
        "frequency_with_mean",
        "no_difference",
        "no_counterfactual",
        "two_sources",
        "p",
    ),
}
"""What `kind` may be; a draft notes a p that stands alone as a wording of kind `p`."""
Source = Mapping[str, Any] | str | Path


def read_published(source: Source, *more: Source) -> Published:
    """Read published numbers from a file path or mapping, in this form or in the first one.

    Parameters
    ----------
    source
        A path of a YAML file, or its content as a mapping.
    *more
        Further files of the same report; what stands there under an `id` already known is laid over it.
    """
    contents = [_content(one) for one in (source, *more)]
    faults: list[str] = []
    top: dict[str, Any] = {"report": {}}
    lines: dict[str, int] = {}
    for content, name, at in contents:
        lines.update(at)
        _merge(top, content, name, faults)
    found = _build(top, lines, faults)
    if faults:
        raise AuditError("\n".join(faults))
    return found


def _content(source: Source) -> tuple[Mapping[str, Any], str, dict[str, int]]:
    lines: dict[str, int] = {}
    if isinstance(source, Mapping):
        content, name = _as_text(source), "published"
    else:
        path = Path(source)
        content, lines = _load(path)
        name = path.name
    if is_first_form(content):
        try:
            content = from_first_form(content)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as problem:
            key = problem.args[0] if isinstance(problem, KeyError) else "a value"
            raise AuditError(
                f"{name} is in the first form but {key!r} is missing or not as expected; "
                "see docs/audit/format.md."
            ) from None
    return content, name, lines


def _load(path: Path) -> tuple[Mapping[str, Any], dict[str, int]]:
    """Read YAML with every scalar as text, and the line that every id stands on."""
    text = read_text(path)
    try:
        # BaseLoader makes nothing but strings, lists and mappings: "2.70" keeps its zero, and nothing is run.
        content = yaml.load(text, Loader=yaml.BaseLoader)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "it cannot be parsed"
        key = _key_before(text, mark.line) if mark else ""
        after = f" (after the key {key!r})" if key else ""
        raise AuditError(f"{path.name} is not well-formed YAML{where}{after}: {what}.") from None
    if not isinstance(content, Mapping):
        raise AuditError(
            f"{path.name} must be a mapping with report, groups, shares ...; see docs/audit/format.md."
        )
    lines: dict[str, int] = {}
    twice: list[str] = []
    _id_lines(node, lines, twice)
    if twice:
        raise AuditError(f"{path.name}: the key {'; '.join(twice)}; keep one of the two.")
    return content, lines


def _key_before(text: str, line: int) -> str:
    """Return the last key written at or before a line (counted from 0)."""
    keys = re.findall(r"([A-Za-z_][\w]*)\s*:(?=\s|$)", "\n".join(text.split("\n")[: line + 1]))
    return keys[-1] if keys else ""


def read_text(path: Path) -> str:
    """Read a text file as UTF-8 (with or without mark) or, failing that, as Windows-1252."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise AuditError(f"{path.name} cannot be opened ({problem.strerror}).") from None
    if b"\x00" in data[:4000]:
        for encoding in ("utf-16", "utf-16-le"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise AuditError(f"{path.name} is not text; save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _id_lines(node: Any, lines: dict[str, int], twice: list[str]) -> None:
    """Gather the line of every id, and the keys that stand twice in one entry (YAML would keep the last)."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                twice.append(f"{key.value!r} stands twice in one entry (line {key.start_mark.line + 1})")
            seen.add(str(key.value))
            if key.value == "id" and isinstance(value, yaml.ScalarNode):
                lines[str(value.value)] = value.start_mark.line + 1
            _id_lines(value, lines, twice)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _id_lines(value, lines, twice)


def _as_text(value: Any) -> Any:
    """Write every scalar of a mapping as text, as the file reader does."""
    if isinstance(value, Mapping):
        return {str(k): _as_text(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_as_text(v) for v in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _merge(top: dict[str, Any], content: Mapping[str, Any], name: str, faults: list[str]) -> None:
    unknown = set(content) - set(KINDS) - {"report", "format", "numbers", "intake"}
    faults.extend(
        f"{name}: {key!r} is not a section; known are {', '.join(KINDS)}." for key in sorted(unknown)
    )
    if content.get("format", FORMAT) != FORMAT:
        faults.append(f"{name}: format must be {FORMAT!r}.")
    top["numbers"] = content.get("numbers") or top.get("numbers", [])
    report = content.get("report") or {}
    if isinstance(report, Mapping):
        top["report"].update(report)
    else:
        faults.append(f"{name}: report must be a mapping with title, weights.")
    for kind in KINDS:
        entries = content.get(kind) or []
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            faults.append(f"{name}: {kind} must be a list.")
            continue
        own = top.setdefault(kind, {})
        here: set[str] = set()
        for i, entry in enumerate(entries):
            if not isinstance(entry, Mapping) or not entry.get("id"):
                faults.append(f"{name}: {kind}, entry {i + 1} must be a mapping with an id.")
            elif entry["id"] in here:
                faults.append(f"{name}: {kind}, the id {entry['id']!r} stands twice.")
            else:
                here.add(entry["id"])
                own[entry["id"]] = {**own.get(entry["id"], {}), **entry}


def _build(top: Mapping[str, Any], lines: Mapping[str, int], faults: list[str]) -> Published:
    made: dict[str, Any] = {}
    for kind, cls in KINDS.items():
        entries = []
        for id, entry in top.get(kind, {}).items():
            where = f"{kind} {id!r}" + (f" (line {lines[id]})" if id in lines else "")
            entries.append(_fill(cls, entry, where, faults))
        made[kind] = tuple(entries)
    report = top["report"]
    weights = report.get("weights") or "unknown"
    if weights not in CHOICES["weights"]:
        faults.append(f"report: weights must be one of {', '.join(CHOICES['weights'])}.")
    numbers = [each for each in top.get("numbers", []) if isinstance(each, Mapping)]
    ignored = sum(bool(each.get("ignored")) for each in numbers)
    title = report.get("title") or ""
    found = Published(title=title, weights=weights, numbers=len(numbers), ignored=ignored, **made)
    faults.extend(declaration_faults(found))
    return found


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return get_type_hints(cast(Any, cls))


def _fill(cls: type[Any], entry: Any, where: str, faults: list[str]) -> Any:
    if not isinstance(entry, Mapping):
        faults.append(f"{where}: must be a mapping.")
        return cls() if "id" not in _hints(cast(Hashable, cls)) else cls(id=where)
    names = {f.name for f in fields(cls)}
    faults.extend(f"{where}: {key!r} is not a key here." for key in entry if key not in names)
    values = {}
    for key, raw in entry.items():
        if key not in names or (isinstance(raw, str) and raw in EMPTY):
            continue
        try:
            values[key] = _value(_hints(cast(Hashable, cls))[key], raw, f"{where}, {key}", faults)
        except ValueError as problem:
            faults.append(f"{where}, {key}: {problem}.")
            continue
        choices = OF_KIND.get(cls, ()) if key == "kind" else CHOICES.get(key, ())
        if choices and isinstance(values[key], str) and values[key] not in choices:
            faults.append(f"{where}, {key}: must be one of {', '.join(c for c in choices if c)}.")
    return cls(**values)


def _value(hint: Any, raw: Any, where: str, faults: list[str]) -> Any:
    inner = get_args(hint)
    if hint is str:
        return str(raw)
    if hint is bool:
        return _truth(raw)
    if hint is Num:
        return number_text(raw)
    if hint is int or type(None) in inner:
        return _whole(raw)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise ValueError("must be a list")
    if inner[0] in (int, str, Num):
        return tuple(_value(inner[0], one, where, faults) for one in raw)
    return tuple(_fill(inner[0], one, f"{where} {i + 1}", faults) for i, one in enumerate(raw))


def _truth(raw: Any) -> bool:
    if str(raw).lower() not in TRUTH:
        raise ValueError("must be true or false")
    return TRUTH[str(raw).lower()]


def _whole(raw: Any) -> int:
    if not re.fullmatch(r"-?\d+", str(raw)):
        raise ValueError("must be a whole number")
    return int(raw)


def number_text(raw: Any) -> Num:
    """Return a printed number with a decimal point; a decimal comma is read as one."""
    text = str(raw).strip().replace("−", "-").replace(",", ".")
    text = re.sub(r"^(-?)\.", r"\g<1>0.", text)
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise ValueError("must be a number as printed, such as 27.5 or 27,5")
    return Num(text)
