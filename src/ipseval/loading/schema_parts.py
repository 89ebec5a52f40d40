"""The parts of a schema file, each read and checked: code lists, fields, sets, ties between waves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.labels import code_text
from ipseval.core.missing import REASONS
from ipseval.loading.codebook import MEASURES, TYPES, AnswerSet, MissingCode, Text
from ipseval.loading.schema import (
    CHECKS,
    LEVELS,
    ROLES,
    Condition,
    Consistency,
    Constraints,
    SchemaField,
    SurveySchema,
)
from ipseval.loading.schema_format import At, Faults, flag, keys, names, option, pattern, text

TOP = (
    "name", "title", "description", "wave", "primaryKey", "blank", "missingValues", "missingLists",
    "codeLists", "fields", "sets", "consistency",
)  # fmt: skip
FIELD = (
    "name", "type", "title", "description", "measure", "role", "categories", "categoriesOrdered",
    "missingValues", "constraints", "aliases", "askedIf", "optional", "level",
)  # fmt: skip
CONSTRAINTS = ("required", "unique", "minimum", "maximum", "enum", "pattern")


@dataclass(frozen=True)
class Missing:
    """The missing codes of a column and their words by code."""

    codes: tuple[MissingCode, ...] = ()
    words: Mapping[str, Text] | None = None


@dataclass(frozen=True)
class Shared:
    """What fields may refer to by name."""

    code_lists: Mapping[str, Mapping[str, Text]]
    missing_lists: Mapping[str, Missing]
    missing: Missing


def build(found: Mapping[str, Any], faults: Faults, path: Path) -> SurveySchema:
    """Read every part; faults are collected, so what comes back may be incomplete until they are mended."""
    top = keys(faults, (), found, TOP, needed=("fields",))
    shared = _shared(faults, top)
    fields = _fields(faults, top.get("fields"), shared)
    _skip_logic_holds(faults, fields)
    _names_are_single(faults, fields)
    key = names(faults, ("primaryKey",), top.get("primaryKey"))
    for column in key:
        _known(faults, ("primaryKey",), column, fields)
    return SurveySchema(
        name=str(top.get("name") or path.stem),
        fields=fields,
        title=text(faults, ("title",), top.get("title")),
        wave=str(top.get("wave") or ""),
        primary_key=key,
        sets=_sets(faults, top.get("sets"), fields),
        consistency=_ties(faults, top.get("consistency"), fields, key),
        blank=option(faults, ("blank",), top.get("blank"), REASONS, "system_missing"),
        source=path.name,
    )


def _shared(faults: Faults, top: Mapping[str, Any]) -> Shared:
    lists = _named(faults, ("codeLists",), top.get("codeLists"))
    missing = _named(faults, ("missingLists",), top.get("missingLists"))
    return Shared(
        {n: _codes(faults, ("codeLists", n), v) for n, v in lists.items()},
        {n: _missing(faults, ("missingLists", n), v) for n, v in missing.items()},
        _missing(faults, ("missingValues",), top.get("missingValues") or []),
    )


def _named(faults: Faults, at: At, found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        faults.say(at, "must be a mapping of names to lists.")
        return {}
    return {str(k): v for k, v in found.items()}


def _listed(faults: Faults, at: At, found: Any, what: str) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        faults.say(at, f"must be a list of {what}, each on a line that begins with '- '.")
        return []
    return found


def _codes(faults: Faults, at: At, found: Any) -> dict[str, Text]:
    codes: dict[str, Text] = {}
    for i, entry in enumerate(_listed(faults, at, found, "codes")):
        if isinstance(entry, str | int | float) and not isinstance(entry, bool):
            code, words = code_text(entry), {}
        else:
            e = keys(faults, (*at, i), entry, ("value", "label"), ("value",))
            code = _code(faults, (*at, i), e.get("value"))
            words = text(faults, (*at, i, "label"), e.get("label"))
        if code in codes:
            faults.say((*at, i), f"the code {code!r} stands twice in the list; keep one of them.")
        codes[code] = words
    return codes


def _code(faults: Faults, at: At, found: Any) -> str:
    if isinstance(found, bool):
        faults.say(at, "YAML reads yes, no, on and off as true or false; put the code in quotation marks.")
    return code_text(found)


def _missing(faults: Faults, at: At, found: Any) -> Missing:
    codes, words = [], {}
    for i, entry in enumerate(_listed(faults, at, found, "missing codes")):
        here = (*at, i)
        e = keys(faults, here, entry, ("value", "from", "to", "reason", "label"), ("reason",))
        reason = option(faults, (*here, "reason"), e.get("reason"), REASONS, "system_missing")
        label = text(faults, (*here, "label"), e.get("label"))
        low, high = e.get("value", e.get("from")), e.get("value", e.get("to"))
        if low is None or high is None or ("value" in e and ("from" in e or "to" in e)):
            faults.say(here, "needs either value, or both from and to.")
            continue
        codes.append(_missing_code(faults, here, (low, high), reason, label))
        if "value" in e:
            words[code_text(low)] = label
    return Missing(tuple(codes), {c: w for c, w in words.items() if w})


def _missing_code(faults: Faults, at: At, ends: tuple[Any, Any], reason: str, label: Text) -> MissingCode:
    said = label.get("da") or label.get("en") or ""
    low, high = ends
    if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
        if low > high:
            faults.say(at, "from must not be greater than to.")
        return MissingCode(low, high, reason, said)
    if low != high:
        faults.say(at, "from and to must be numbers.")
    return MissingCode(_code(faults, at, low), _code(faults, at, low), reason, said)


def _fields(faults: Faults, found: Any, shared: Shared) -> dict[str, SchemaField]:
    fields: dict[str, SchemaField] = {}
    for i, entry in enumerate(_listed(faults, ("fields",), found, "fields")):
        field = _field(faults, ("fields", i), entry, shared)
        if field.name in fields:
            faults.say(("fields", i), f"the field {field.name!r} stands twice; keep one of them.")
        fields[field.name] = field
    if not fields:
        faults.say(("fields",), "must list at least one field.")
    return fields


def _field(faults: Faults, at: At, entry: Any, shared: Shared) -> SchemaField:
    e = keys(faults, at, entry, FIELD, needed=("name",))
    kind = option(faults, (*at, "type"), e.get("type"), TYPES, "string")
    categories = _categories(faults, (*at, "categories"), e.get("categories"), shared)
    _codes_fit(faults, (*at, "categories"), categories, kind)
    missing = _field_missing(faults, (*at, "missingValues"), e, shared, categories)
    constraints = _constraints(faults, (*at, "constraints"), e.get("constraints") or {}, kind)
    _no_code_means_two_things(faults, at, categories, missing, constraints)
    return SchemaField(
        name=str(e.get("name") or f"field {at[-1]}"),
        type=kind,
        title=text(faults, (*at, "title"), e.get("title")),
        measure=_measure(faults, at, e, kind, categories),
        role=option(faults, (*at, "role"), e.get("role"), ROLES, "other"),
        categories=categories,
        missing=missing.codes,
        missing_words=missing.words or {},
        constraints=constraints,
        aliases=names(faults, (*at, "aliases"), e.get("aliases")),
        asked_if=_conditions(faults, (*at, "askedIf"), e.get("askedIf")),
        optional=flag(faults, (*at, "optional"), e.get("optional")),
        level=option(faults, (*at, "level"), e.get("level"), LEVELS, "error"),
    )


def _categories(faults: Faults, at: At, found: Any, shared: Shared) -> Mapping[str, Text]:
    if isinstance(found, str):
        if found not in shared.code_lists:
            faults.say(at, f"there is no code list {found!r}: {hint_for(found, shared.code_lists)}")
        return shared.code_lists.get(found, {})
    return _codes(faults, at, found)


def _codes_fit(faults: Faults, at: At, codes: Iterable[str], kind: str) -> None:
    """Codes of numeric fields are numbers, of integer fields whole; dates have none."""
    codes = tuple(codes)
    if codes and kind in ("date", "datetime"):
        faults.say(at, f"a field of type {kind} has no list of codes; use minimum and maximum.")
    elif kind != "string" and not all(_is_number(c) for c in codes):
        faults.say(at, f"the codes of a field of type {kind} must be numbers; or give type: string.")
    elif kind in ("integer", "boolean") and not all(float(c).is_integer() for c in codes):
        faults.say(at, f"the codes of a field of type {kind} must be whole numbers.")


def _field_missing(
    faults: Faults, at: At, e: Mapping[str, Any], shared: Shared, categories: Mapping[str, Text]
) -> Missing:
    """Give a field's own missing codes; those of the whole file count only where there are categories.

    A 9 is a refusal among the codes of a question, but may be nine years in a quantity.
    """
    found = e.get("missingValues")
    if found is None:
        return shared.missing if categories else Missing()
    if isinstance(found, str):
        if found not in shared.missing_lists:
            faults.say(at, f"there is no missing list {found!r}: {hint_for(found, shared.missing_lists)}")
        return shared.missing_lists.get(found, Missing())
    return _missing(faults, at, found)


def _is_number(found: Any) -> bool:
    try:
        return math.isfinite(float(found)) and not isinstance(found, bool)
    except (TypeError, ValueError):
        return False


def _is_date(found: Any) -> bool:
    try:
        date.fromisoformat(str(found)[:10])
    except ValueError:
        return False
    return True


def _constraints(faults: Faults, at: At, found: Any, kind: str) -> Constraints:
    e = keys(faults, at, found, CONSTRAINTS)
    enum = names(faults, (*at, "enum"), e.get("enum"))
    _codes_fit(faults, (*at, "enum"), enum, kind)
    if e.get("pattern") is not None and kind != "string":
        faults.say((*at, "pattern"), f"a field of type {kind} has no pattern; give type: string.")
    return Constraints(
        required=flag(faults, (*at, "required"), e.get("required")),
        unique=flag(faults, (*at, "unique"), e.get("unique")),
        minimum=_limit(faults, (*at, "minimum"), e.get("minimum"), kind),
        maximum=_limit(faults, (*at, "maximum"), e.get("maximum"), kind),
        enum=enum,
        pattern=pattern(faults, (*at, "pattern"), e.get("pattern")),
    )


def _limit(faults: Faults, at: At, found: Any, kind: str) -> float | str | None:
    if found is None:
        return None
    if kind in ("date", "datetime"):
        if not _is_date(found):
            faults.say(at, 'must be a date such as "2023-05-31".')
        return str(found)
    if kind not in ("integer", "number"):
        faults.say(at, f"a field of type {kind} has no limits; give type: integer, number or date.")
    elif not _is_number(found):
        faults.say(at, "must be a number.")
    return float(found) if _is_number(found) else None


def _no_code_means_two_things(
    faults: Faults, at: At, categories: Mapping[str, Text], missing: Missing, limits: Constraints
) -> None:
    for code in missing.codes:
        both = [c for c in categories if c == code_text(code.low) or (_is_number(c) and code.holds(float(c)))]
        if both:
            faults.say(at, f"the code {both[0]!r} is both an answer and a missing code; choose one.")
        if isinstance(limits.minimum, float) and isinstance(limits.maximum, float) and not categories:
            inside = isinstance(code.low, int | float) and limits.minimum <= code.low <= limits.maximum
            if inside:
                faults.say(at, f"the missing code {code_text(code.low)!r} lies between minimum and maximum.")


def _measure(faults: Faults, at: At, e: Mapping[str, Any], kind: str, categories: Mapping[str, Text]) -> str:
    ordered = flag(faults, (*at, "categoriesOrdered"), e.get("categoriesOrdered"))
    by_type = "scale" if kind in ("integer", "number", "date", "datetime") else "nominal"
    default = ("ordinal" if ordered else "nominal") if categories else by_type
    return option(faults, (*at, "measure"), e.get("measure"), MEASURES, default)


def _conditions(faults: Faults, at: At, found: Any) -> tuple[Condition, ...]:
    if found is None:
        return ()
    single = isinstance(found, Mapping)
    conditions = []
    for i, entry in enumerate([found] if single else _listed(faults, at, found, "conditions")):
        here = at if single else (*at, i)
        e = keys(faults, here, entry, ("column", "in"), ("column", "in"))
        given = e.get("in")
        codes = given if isinstance(given, list) else [given]
        conditions.append(Condition(str(e.get("column")), tuple(_code(faults, here, c) for c in codes)))
    return tuple(conditions)


def _skip_logic_holds(faults: Faults, fields: Mapping[str, SchemaField]) -> None:
    """A condition must name an earlier field and codes that it has; so circles cannot arise."""
    order = list(fields)
    for i, field in enumerate(fields.values()):
        at: At = ("fields", i, "askedIf")
        for condition in field.asked_if:
            if condition.column not in order[:i]:
                hint = hint_for(condition.column, order[:i])
                faults.say(at, f"{condition.column!r} is no field that stands before {field.name!r}: {hint}")
                continue
            known = fields[condition.column].categories
            strange = [c for c in condition.codes if known and c not in known]
            if strange:
                hint = hint_for(strange[0], known)
                faults.say(at, f"{condition.column!r} has no code {strange[0]!r}: {hint}")


def _names_are_single(faults: Faults, fields: Mapping[str, SchemaField]) -> None:
    owner = {name.casefold(): name for name in fields}
    for i, field in enumerate(fields.values()):
        for alias in field.aliases:
            taken = owner.setdefault(alias.casefold(), field.name)
            if taken != field.name:
                faults.say(("fields", i), f"the name {alias!r} is taken by the field {taken!r} already.")


def _known(faults: Faults, at: At, column: str, fields: Mapping[str, SchemaField]) -> bool:
    if column in fields:
        return True
    faults.say(at, f"{column!r} is not a field: {hint_for(column, fields)}")
    return False


def _sets(faults: Faults, found: Any, fields: Mapping[str, SchemaField]) -> dict[str, AnswerSet]:
    sets: dict[str, AnswerSet] = {}
    for i, entry in enumerate(_listed(faults, ("sets",), found, "sets")):
        at: At = ("sets", i)
        e = keys(faults, at, entry, ("name", "title", "columns", "counted"), ("name", "columns"))
        columns = names(faults, (*at, "columns"), e.get("columns"))
        name = str(e.get("name"))
        if name in sets or name in fields:
            faults.say(at, f"the name {name!r} is taken by another set or field.")
        counted = code_text(e.get("counted", 1))
        for column in columns:
            if _known(faults, (*at, "columns"), column, fields):
                codes = fields[column].categories
                if codes and counted and counted not in codes:
                    faults.say(at, f"the counted code {counted!r} is not a code of {column!r}.")
        sets[name] = AnswerSet(name, columns, text(faults, (*at, "title"), e.get("title")), counted)
    return sets


def _ties(
    faults: Faults, found: Any, fields: Mapping[str, SchemaField], key: tuple[str, ...]
) -> tuple[Consistency, ...]:
    ties = []
    for i, entry in enumerate(_listed(faults, ("consistency",), found, "checks")):
        at: At = ("consistency", i)
        e = keys(faults, at, entry, ("check", "with", "column", "otherColumn", "level"), ("check",))
        check = option(faults, (*at, "check"), e.get("check"), CHECKS, "known")
        column, other = str(e.get("column") or ""), str(e.get("with") or "")
        other_column = str(e.get("otherColumn") or column)
        level = option(faults, (*at, "level"), e.get("level"), LEVELS, "error")
        ties.append(Consistency(check, other, column, other_column, level))
        if check == "known" and not other:
            faults.say(at, "known needs with: the name of the other file's schema.")
        if check != "known" and not column:
            faults.say(at, f"{check} needs a column.")
        if other and len(key) != 1:
            faults.say(at, "a tie to another file needs a primaryKey of exactly one field.")
        if not other and other_column == column and check != "known":
            faults.say(at, f"{check} within one file needs an otherColumn.")
        for name in (column,) if other else (column, other_column):
            if name:
                _known(faults, at, name, fields)
    return tuple(ties)
