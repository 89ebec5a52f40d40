"""Writes a first draft of a schema from a file, for a person to go through."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ipseval.core.labels import code_text
from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, MissingCode, Variable
from ipseval.loading.draft_codes import with_batteries, with_other_wave
from ipseval.loading.draft_guess import batteries, guess, likely_id, skip_hint, unfit_ids
from ipseval.loading.draft_numbers import Draft, is_number
from ipseval.loading.draft_sets import as_options, tick_sets
from ipseval.loading.survey import Survey


def draft_schema(
    survey: Survey,
    *,
    name: str = "my_study/start",
    wave: str = "",
    ties: Sequence[str] = (),
    other: Survey | None = None,
    known: Mapping[str, str] | None = None,
) -> str:
    """Write a first draft of a schema from a file that has been read.

    Parameters
    ----------
    survey : Survey
        What `read_survey` gave.
    name : str
        The name of the schema, "study/wave".
    wave : str
        The name of the wave; by default the last part of `name`.
    ties : sequence of str
        Schemas of other files in which the same persons should be known.
    other : Survey, optional
        Another wave: where it asks the same, its codes and words are taken up too.
    known : mapping of str to str, optional
        A remark on a column that whoever drafts knows more of.

    Returns
    -------
    str
        YAML with comments that say what was guessed and what a person must decide.  It loads as it
        stands, and the file that it was drafted from meets it, but for what is truly wrong there.

    Assumptions
    -----------
    The first column without blanks or copies whose name looks like an id, else the first such column,
    is the id.  Text that every time stands in fewer than three rows is taken to be free text.
    """
    columns = [str(c) for c in survey.data.columns]
    key = likely_id(survey)
    drafts = [
        replace(d, remarks=(*d.remarks, known[d.name])) if known and d.name in known else d
        for d in _drafts(survey, columns, key, other)
    ]
    sets = tick_sets(drafts, survey.codebook)
    drafts = as_options(drafts, sets)
    shared = shared_lists(drafts)
    lines = [
        f"# A first draft, made from {survey.report.file}: {len(survey.data)} rows, {len(columns)} columns.",
        "# Go through it: what is guessed is marked with '?'.  The format: docs/schema_format.md.",
        f"# Words are those of the file and stand under {FILE_LANGUAGE}: a report in the other language",
        "# shows them too, and says so, until its words stand beside them: {da: ..., en: ...}.",
        f"name: {_quoted(name)}",
        f"title: {_words({FILE_LANGUAGE: name})}   # ? the title that the report shows",
        f"wave: {_quoted(wave or name.split('/')[-1])}",
        *_key_lines(key, survey),
        "# blank: not_answered   # take the mark away if every question was put to everyone, but for askedIf",
        *_list_lines(drafts, shared),
        "fields:",
    ]
    for draft in _told_once(drafts, shared):
        lines += _field_lines(draft, survey.codebook.variables.get(draft.name), shared.get(draft.name, ""))
    lines += _set_lines([*survey.codebook.sets.values(), *(found for found, _ in sets)], drafts)
    if ties:
        # A warning: an end form may come without a start form.
        lines += ["consistency:"]
        lines += [f"  - {{check: known, with: {_quoted(tie)}, level: warning}}" for tie in ties]
    return "\n".join(lines) + "\n"


def _drafts(survey: Survey, columns: Sequence[str], key: str, other: Survey | None) -> list[Draft]:
    there = set() if other is None else {str(c) for c in other.data.columns} - {likely_id(other)}
    counted = {c: s.counted for s in survey.codebook.sets.values() for c in s.columns}
    drafts: list[Draft] = []
    for column in dict.fromkeys(columns):
        draft = guess(survey, column, key, other)
        if other is not None and column in there:
            draft = with_other_wave(draft, other, guess(other, column, "", survey))
        ticked = counted.get(column, "")
        if draft.codes and ticked and ticked not in draft.codes:
            draft = replace(draft, codes={**draft.codes, ticked: {}})
        hint = skip_hint(survey, column, drafts)
        drafts.append(replace(draft, remarks=(*draft.remarks, hint)) if hint else draft)
    ticks = [d for d in drafts if d.name in counted]
    filled = {d.name: d for d in (*with_batteries([d for d in drafts if d not in ticks]), *ticks)}
    drafts = [filled[d.name] for d in drafts]
    items = batteries([d for d in drafts if d.name not in counted])
    return [replace(d, role="score_item") if d.name in items else d for d in drafts]


def _key_lines(key: str, survey: Survey) -> list[str]:
    if key:
        return [f"primaryKey: {_quoted(key)}   # ? every row has one, and no two rows the same"]
    why = f" ({found})" if (found := unfit_ids(survey)) else ""
    return [f"# primaryKey: id   # ? no id column is filled in every row without copies{why}; name it here"]


def shared_lists(drafts: Sequence[Draft]) -> dict[str, str]:
    """Name a list of answers for columns that have the same: column -> its name, after the first of them."""
    alike: dict[tuple[str, str], list[str]] = {}
    for draft in drafts:
        if len(draft.codes) > 1:
            alike.setdefault((draft.type, json.dumps(dict(draft.codes))), []).append(draft.name)
    found: dict[str, str] = {}
    for names in (names for names in alike.values() if len(names) > 1):
        stem = re.sub(r"[\W_]*\d{1,2}$", "", names[0]) or names[0]
        name = next(n for n in (stem, names[0], f"{names[0]} *") if n not in found.values())
        found |= dict.fromkeys(names, name)
    return found


def _told_once(drafts: Sequence[Draft], shared: Mapping[str, str]) -> list[Draft]:
    """Take away the remarks that stand at the shared list already."""
    told = {name: _remarks_of_all(_columns_of(name, drafts, shared)) for name in set(shared.values())}
    return [
        replace(d, remarks=tuple(r for r in d.remarks if r not in told.get(shared.get(d.name, ""), ())))
        for d in drafts
    ]


def _columns_of(name: str, drafts: Sequence[Draft], shared: Mapping[str, str]) -> list[Draft]:
    return [d for d in drafts if shared.get(d.name) == name]


def _list_lines(drafts: Sequence[Draft], shared: Mapping[str, str]) -> list[str]:
    """Write each shared list once, with what must be decided of it."""
    lines = ["codeLists:"] if shared else []
    for name in dict.fromkeys(shared.values()):
        columns = _columns_of(name, drafts, shared)
        lines += [f"  {_quoted(name)}:   # {len(columns)} columns"]
        lines += [f"    # {remark}" for remark in _remarks_of_all(columns)]
        lines += [_code_line(code, words, columns[0].type) for code, words in columns[0].codes.items()]
    return lines


def _remarks_of_all(columns: Sequence[Draft]) -> list[str]:
    return [r for r in columns[0].remarks if all(r in d.remarks for d in columns)]


def _field_lines(draft: Draft, variable: Variable | None, shared: str) -> list[str]:
    lines = [f"  - name: {_quoted(draft.name)}", f"    type: {draft.type}"]
    lines += [f"    # {remark}" for remark in draft.remarks]
    title = variable.label if variable and variable.label else {FILE_LANGUAGE: draft.name}
    title = {FILE_LANGUAGE: draft.title} if draft.title else title
    lines.append(f"    title: {_words(title)}")
    if draft.role != "other":
        lines.append(f"    role: {draft.role}   # ?")
    if draft.role == "id":
        lines.append("    constraints: {required: true, unique: true}")
    if draft.minimum:
        low, high = (
            _quoted(v) if draft.type.startswith("date") else v for v in (draft.minimum, draft.maximum)
        )
        lines.append(f"    constraints: {{minimum: {low}, maximum: {high}}}")
    lines += [f"    level: {draft.level}   # ? error, once this is put right"] if draft.level else []
    if draft.codes:
        lines += ["    categoriesOrdered: true   # ?"] if draft.ordered else []
        lines.append(f"    categories: {_quoted(shared)}" if shared else "    categories:")
        lines += [] if shared else [_code_line(c, words, draft.type) for c, words in draft.codes.items()]
    if draft.role != "id":
        lines += _missing_lines(variable or Variable(draft.name), draft)
    return lines


def _code_line(code: str, words: Mapping[str, str], kind: str) -> str:
    value = _quoted(code) if kind == "string" else code
    return f"      - {{value: {value}, label: {_words(words or {FILE_LANGUAGE: code})}}}"


def _missing_lines(variable: Variable, draft: Draft) -> list[str]:
    kept = [m for m in variable.missing if not any(_holds(m, code) for code in draft.codes)]
    lines = [_missing_line(variable, m) for m in kept]
    lines += [
        f"      - {{value: {code}, reason: system_missing}}   # {remark}"
        for code, remark in draft.missing.items()
        if not any(_holds(m, code) for m in kept)
    ]
    return ["    missingValues:", *lines] if lines else []


def _holds(missing: MissingCode, code: str) -> bool:
    if code_text(missing.low) == code:
        return True
    try:
        return missing.holds(float(code))
    except ValueError:
        return False


def _missing_line(variable: Variable, missing: MissingCode) -> str:
    def end(code: float | str) -> str:
        return _quoted(code) if isinstance(code, str) else code_text(code)

    single = missing.low == missing.high
    where = f"value: {end(missing.low)}" if single else f"from: {end(missing.low)}, to: {end(missing.high)}"
    words = variable.values.get(code_text(missing.low)) if single else None
    words = words or ({FILE_LANGUAGE: missing.label} if missing.label else None)
    label = f", label: {_words(words)}" if words else ""
    ask = "   # ? say which reason it is" if missing.reason == "system_missing" else ""
    return f"      - {{{where}, reason: {missing.reason}{label}}}{ask}"


def _set_lines(sets: Sequence[AnswerSet], drafts: Sequence[Draft]) -> list[str]:
    names = {d.name: d for d in drafts}
    lines = ["sets:"]
    for found in sets:
        if names.keys() >= set(found.columns) and found.name not in names:
            text = any(names[c].type == "string" for c in found.columns) or not is_number(found.counted)
            columns = ", ".join(_quoted(c) for c in found.columns)
            lines += [
                f"  - name: {_quoted(found.name)}",
                *([f"    title: {_words(found.label)}"] if found.label else []),
                f"    columns: [{columns}]",
                f"    counted: {_quoted(found.counted) if text else found.counted}",
            ]
    return lines if len(lines) > 1 else []


def _quoted(text: object) -> str:
    """Write a text so that YAML reads it back as the same text, whatever it holds."""
    return json.dumps(str(text), ensure_ascii=False)


def _words(texts: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{lang}: {_quoted(text)}" for lang, text in texts.items()) + "}"
