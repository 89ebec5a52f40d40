"""What a report must say of the scores in it, and whether a declared coding meets the file's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from ipseval.core.errors import SchemaError
from ipseval.core.language import LANGUAGES, say
from ipseval.core.resources import packaged_yaml
from ipseval.instruments.instrument import Instrument
from ipseval.loading.codebook import Codebook, Variable
from ipseval.study.plan import Plan, Score


def score_words(
    plan: Plan, frame: pd.DataFrame, instruments: Mapping[int, Instrument]
) -> dict[str, dict[str, str]]:
    """Return, per score column, the sentence that belongs under a table that shows it.

    It names the instrument, the declared coding, how many answers may be missing, and how many forms
    were scored and how many of them prorated, so that nothing is imputed in silence.
    """
    found: dict[str, dict[str, str]] = {}
    for position, score in enumerate(plan.scores):
        suffix = plan.inputs[score.input].suffix
        for own in instruments[position].scores:
            name = score.name or own.id
            columns = [f"{name}{suffix}", f"{name}_prorated{suffix}"]
            if not set(columns) <= set(frame.columns):
                continue
            told = {
                "most": score.options.get("max_missing", own.max_missing),
                "scored": int(frame[columns[0]].notna().sum()),
                "prorated": int(frame[columns[1]].eq(True).sum()),
            }
            words = {
                lang: say(
                    "study_score", lang, title=own.title[lang], wave=_wave(plan, score, lang),
                    coding=_coding(score, lang), **told,
                )
                for lang in LANGUAGES
            }  # fmt: skip
            found |= {columns[0]: words, f"{name}_band{suffix}": words}
    return found


def _coding(score: Score, lang: str) -> str:
    """Words for a declared coding: its range, which way it runs, or that each code was given its points."""
    if not isinstance(score.coding, str):
        return say("study_coding_map", lang)
    turned = score.coding.removesuffix(" reversed")
    return score.coding if turned == score.coding else say("study_coding_reversed", lang, range=turned)


def score_labels(plan: Plan, instruments: Mapping[int, Instrument]) -> dict[str, dict[str, str]]:
    """Name every score, and every column of it, by its instrument; what the plan labels itself wins."""
    found: dict[str, dict[str, str]] = {}
    for position, score in enumerate(plan.scores):
        suffix = plan.inputs[score.input].suffix
        for own in instruments[position].scores:
            name = score.name or own.id
            waved = {lang: f"{own.title[lang]} ({_wave(plan, score, lang)})" for lang in LANGUAGES}
            words = waved if suffix else {lang: own.title[lang] for lang in LANGUAGES}
            bands = {lang: say("study_bands", lang, title=text) for lang, text in words.items()}
            found |= {f"{name}{suffix}": words, f"{name}_band{suffix}": bands}
            plain = {lang: own.title[lang] for lang in LANGUAGES}
            banded = {lang: say("study_bands", lang, title=text) for lang, text in plain.items()}
            found = {name: plain, f"{name}_band": banded} | found
    return found


def _wave(plan: Plan, score: Score, lang: str) -> str:
    """Words for the input that a score was made from, as the plan names its waves."""
    words = plan.values.get("answered", {}).get(score.input) or plan.labels.get(score.input) or {}
    return words.get(lang, score.input)


def refuse_turned_coding(score: Score, codebook: Codebook) -> None:
    """Refuse a coding that the file's own labels contradict, such as 1 = always read as the lowest answer.

    Raises
    ------
    SchemaError
        Names the items and the coding that the labels ask for.
    """
    if not isinstance(score.coding, str):
        return
    turned = [item for item in score.items if _contradicts(codebook.variables.get(item), score.coding)]
    if turned:
        wanted = score.coding.removesuffix(" reversed")
        wanted = wanted if "reversed" in score.coding else f"{wanted} reversed"
        raise SchemaError(
            f"scores: {score.instrument} of input {score.input!r} has coding {score.coding!r}, but the "
            f"labels of {len(turned)} item(s) ({', '.join(turned[:5])}) run the other way; "
            f"give coding: {wanted!r}, or correct the labels."
        )


def _contradicts(variable: Variable | None, coding: str) -> bool:
    """Say whether the words at the ends of the codes run against the coding."""
    ends = list(ends_of({c: variable.values.get(c, {}) for c in variable.codes()} if variable else {}))
    if not ends:
        return False
    lowest, highest = ends
    turned = lowest == "most" or highest == "least"
    straight = lowest == "least" or highest == "most"
    return straight if "reversed" in coding else turned


def ends_of(codes: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield what the words of the lowest and of the highest code mean: least, most or nothing known."""
    try:
        ordered = sorted(codes, key=float)
    except ValueError:
        return
    for code in (ordered[0], ordered[-1]) if len(ordered) > 1 else ():
        texts = [text.casefold() for text in codes[code].values()]
        words: Mapping[str, list[str]] = packaged_yaml("codes/frequency_words.yaml")
        meant = [end for end, known in words.items() for text in texts if any(w in text for w in known)]
        yield meant[0] if meant else ""
