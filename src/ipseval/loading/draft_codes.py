"""Codes of a draft that one column alone does not show: its battery and the other wave know more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipseval.core.labels import code_text
from ipseval.loading.draft_answers import scale_of
from ipseval.loading.draft_guess import ITEM_NAME, worded
from ipseval.loading.draft_numbers import MOST_CODES, Codes, Draft, is_number
from ipseval.loading.survey import Survey

ONLY_FOUND = "? codes found, without words; add those that nobody chose, or make it a quantity with limits"
NUMBERS_AND_WORDS = (
    "? numbers in one wave and words in the other, so the two cannot be compared: give both schemas the "
    "same codes, with those words as labels"
)


def with_other_wave(draft: Draft, other: Survey, own: Draft) -> Draft:
    """Take codes and words from the other wave's file, where it asks the same; `own` is its draft."""
    if not (draft.codes and own.codes):
        return draft
    variable = other.codebook.variables.get(draft.name)
    told: Codes = {c: variable.values[c] for c in variable.codes()} if variable else {}
    coded = {text: code for code, texts in told.items() for text in texts.values()}
    here, there = _numbered(draft.codes), _numbered(own.codes)
    if not here and there:
        if told and set(draft.codes) <= set(coded):
            remark = "? words here and codes in the other wave: read as those codes"
            return replace(draft, type=own.type, codes=told, ordered=own.ordered, remarks=(remark,))
        return replace(draft, remarks=(*draft.remarks, NUMBERS_AND_WORDS))
    if here and not there:
        return draft if any(draft.codes.values()) else replace(draft, remarks=(NUMBERS_AND_WORDS,))
    if not here and not any((*draft.codes.values(), *own.codes.values())):
        words = {*draft.codes, *own.codes}
        return worded(draft, sorted(words)) if len(words) <= MOST_CODES else draft
    if here and not any(draft.codes.values()):
        return replace(draft, codes=_in_order({**draft.codes, **own.codes, **told}))
    return draft


def with_batteries(drafts: Sequence[Draft]) -> list[Draft]:
    """Give numbered columns the codes of their whole battery: numbers without a gap, or words in order."""
    return _with_numbers(_with_words(drafts))


def _with_words(drafts: Sequence[Draft]) -> list[Draft]:
    """Give numbered columns in words the answers of all, where those are one known scale."""
    found: dict[str, set[str]] = {}
    for d in filter(_is_worded_item, drafts):
        found.setdefault(_stem(d.name), set()).update(d.codes)
    whole = {stem: words for stem, words in found.items() if scale_of(words)}
    return [
        worded(d, sorted(whole[_stem(d.name)])) if _is_worded_item(d) and _stem(d.name) in whole else d
        for d in drafts
    ]


def _is_worded_item(draft: Draft) -> bool:
    """Whether a column is numbered and its codes are the answers themselves."""
    bare = bool(draft.codes) and not _numbered(draft.codes) and not any(draft.codes.values())
    return bare and ITEM_NAME.match(draft.name) is not None


def _with_numbers(drafts: Sequence[Draft]) -> list[Draft]:
    found: dict[str, list[set[int]]] = {}
    for d in filter(_is_item, drafts):
        found.setdefault(_stem(d.name), []).append({int(code) for code in d.codes})
    whole = {stem: set().union(*each) for stem, each in found.items() if len(each) > 1}
    items = {d.name for d in drafts if _is_item(d) and len(whole.get(_stem(d.name), ())) > 2}
    return [_filled(d, whole[_stem(d.name)]) if d.name in items else d for d in drafts]


def _is_item(draft: Draft) -> bool:
    """Whether a column is numbered and has codes without words."""
    bare = bool(draft.codes) and _numbered(draft.codes) and not any(draft.codes.values())
    return bare and ITEM_NAME.match(draft.name) is not None


def _filled(draft: Draft, codes: set[int]) -> Draft:
    whole = range(min(codes), max(codes) + 1)
    if len(whole) > MOST_CODES + 1:
        return draft
    return replace(draft, codes={str(c): {} for c in whole}, ordered=True, remarks=(ONLY_FOUND,))


def _stem(name: str) -> str:
    match = ITEM_NAME.match(name)
    return match["stem"] if match else name


def _numbered(codes: Codes) -> bool:
    return all(is_number(code) and float(code).is_integer() for code in codes)


def _in_order(codes: Codes) -> Codes:
    return {code_text(float(c)): codes[c] for c in sorted(codes, key=float)}
