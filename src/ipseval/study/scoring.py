"""What a report must say of the scores in it, and whether a declared coding meets the file's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ipseval.core.errors import SchemaError
from ipseval.core.language import LANGUAGES, say
from ipseval.core.resources import packaged_yaml
from ipseval.instruments.instrument import Instrument
from ipseval.loading.codebook import Codebook, Variable
from ipseval.study.plan import Plan, Score


@dataclass(frozen=True)
class Scored:
    """What a table must say of one score of one wave; `columns` are those that show it."""

    columns: tuple[str, ...]
    title: Mapping[str, str]
    wave: Mapping[str, str]
    coding: Mapping[str, str]
    most: int
    scored: int
    prorated: int


def scores_made(plan: Plan, frame: pd.DataFrame, instruments: Mapping[int, Instrument]) -> list[Scored]:
    """Return what must be said of every score that the frame holds, in the order of the plan.

    That is the instrument, the declared coding, how many answers may be missing, and how many forms were
    scored and how many of them prorated, so that nothing is imputed in silence.
    """
    found = []
    for position, score in enumerate(plan.scores):
        suffix = plan.inputs[score.input].suffix
        for own in instruments[position].scores:
            name = score.name or own.id
            column, prorated = f"{name}{suffix}", f"{name}_prorated{suffix}"
            if {column, prorated} <= set(frame.columns):
                scored = Scored(
                    columns=(column, f"{name}_band{suffix}"),
                    title=own.title,
                    wave={lang: _wave(plan, score, lang) for lang in LANGUAGES},
                    coding={lang: _coding(score, lang) for lang in LANGUAGES},
                    most=score.options.get("max_missing", own.max_missing),
                    scored=int(frame[column].notna().sum()),
                    prorated=int(frame[prorated].eq(True).sum()),
                )
                found.append(scored)
    return found


def scored_sentences(made: Sequence[Scored]) -> list[dict[str, str]]:
    """Say of scores how they were made; waves of one score that were coded alike share a sentence."""
    alike: dict[tuple[str, ...], list[Scored]] = {}
    for one in made:
        key = (*one.title.values(), *one.coding.values(), str(one.most))
        alike.setdefault(key, []).append(one)
    return [{lang: _sentence(waves, lang) for lang in LANGUAGES} for waves in alike.values()]


def _sentence(waves: Sequence[Scored], lang: str) -> str:
    first = waves[0]
    told = {"title": first.title[lang], "coding": first.coding[lang], "most": first.most}
    if len(waves) == 1:
        counts = {"scored": first.scored, "prorated": first.prorated}
        return say("study_score", lang, wave=first.wave[lang], **told, **counts)
    counted = ", ".join(f"{w.wave[lang]} {w.scored} ({w.prorated})" for w in waves)
    return say("study_score_waves", lang, waves=counted, **told)


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
