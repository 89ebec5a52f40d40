"""What a result says of itself: its methods sentences and its picture in a notebook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from ipseval.core.language import counted, say, words

if TYPE_CHECKING:
    from ipseval.core.result import Result

SHOWN = (
    "outcome", "group", "contrast", "term", "scale", "estimate", "ci_low", "ci_high",
    "p_value", "n", "n_events", "status",
)  # fmt: skip


def codes_without_words(result: Result) -> list[str]:
    """Return the codes of a result that no language file has words for; a reader would see the code."""
    m = result.method
    codes = {m.estimator, m.estimand, m.interval, m.test, m.missing, *result.sample["step"]}
    codes |= {note.code for note in result.notes}
    # A scale may have words of its own in tables, or be said as the code that it is.
    scales = {f"table_scale_{s}" for s in result.estimates["scale"] if s not in words()} - {"table_scale_"}
    return sorted((codes - {""} | scales) - set(words()))


def methods_text(result: Result, lang: str = "en", *, interval: bool = True, test: bool = True) -> str:
    """Return two sentences: how it was estimated and tested, and on whom with which missing rule.

    A table that shows no interval or no p leaves out the words for them.
    """
    return methods_texts([result], lang, interval=interval, test=test)[0]


def methods_texts(
    results: Sequence[Result], lang: str = "en", *, interval: bool = True, test: bool = True
) -> list[str]:
    """Return the two sentences of several results, once for those that differ in how many they rest on."""
    alike: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        own = f"methods_second_{result.base.unit}"
        how = how_text(result, lang, interval=interval, test=test)
        missing = say(result.method.missing or "missing_none_declared", lang)
        who = say(own if own in words() else "methods_second", lang, n="{n}", base="{base}", missing=missing)
        alike.setdefault((how, who, result.base.words(lang)), []).append(result)
    return [
        f"{how} {who.format(n=count_text(*some, lang=lang), base=base)}"
        for (how, who, base), some in alike.items()
    ]


def count_text(*results: Result, lang: str = "en") -> str:
    """Say how many the numbers rest on, beside how many there were: "540 of 1,275", or "540" where all.

    Of several results the fewest and the most: "28–34".
    """
    used, there = {_used(r) for r in results}, {r.base.n for r in results}
    if used == there or len(there) > 1:
        return _from_to(used, lang)
    return say("methods_n_of", lang, n=_from_to(used, lang), all=_from_to(there, lang))


def _used(result: Result) -> int:
    """Count who was analysed; where the flow does not say, the base."""
    flow = result.sample[result.sample["step"] == "analysed"]
    whole = flow.loc[flow["group"] == "", "n"]  # a step told by arm and in all counts once
    used = int(whole.max() if len(whole) else flow["n"].sum())
    return used if 0 < used < result.base.n else result.base.n


def _from_to(numbers: Collection[int], lang: str) -> str:
    return "–".join(counted(n, lang) for n in sorted({min(numbers), max(numbers)}))


def how_text(
    result: Result, lang: str = "en", *, interval: bool = True, test: bool = True, headed: bool = True
) -> str:
    """Return the first of the two sentences: estimator, estimand, interval and test.

    Under a heading that says what it is, it need not say so itself (`headed`).
    """
    m = result.method
    parts = [say(m.estimator, lang)]
    if m.estimand:
        parts.append(say("methods_estimand", lang, estimand=say(m.estimand, lang)))
    if m.interval and interval:
        level = "" if m.level is None else say("methods_level", lang, level=100 * m.level)
        parts.append(say("methods_interval", lang, level=level, interval=say(m.interval, lang)))
    if m.test and test:
        parts.append(say("methods_test", lang, test=say(m.test, lang)))
    if m.seed is not None and (interval or test):
        parts.append(say("methods_seed", lang, seed=m.seed))
    told = ", ".join(parts)
    return say("methods_first", lang, parts=told) if headed else f"{told[:1].upper()}{told[1:]}."


def result_html(result: Result) -> str:
    """Return a small table, the flow in one line and the notes, for a notebook cell."""
    frame = result.estimates
    shown = [c for c in SHOWN if not _empty(frame[c])]
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in shown)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(c, v))}</td>" for c, v in zip(shown, row, strict=True)) + "</tr>"
        for row in frame[shown].itertuples(index=False, name=None)
    )
    flow = " → ".join(
        f"{say(s, 'en')}{f' ({g})' if g else ''}: {n}"
        for s, g, n in result.sample.itertuples(index=False, name=None)
    )
    notes = "".join(f"<li>{escape(n.sentence)}</li>" for n in result.notes)
    return (
        f"<table><caption>{escape(result.kind)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{escape(flow)}</p>" + (f"<ul>{notes}</ul>" if notes else "")
    )


def _empty(column: pd.Series) -> bool:
    return bool(column.isna().all() or (column.astype(str) == "").all())


def _cell(name: str, value: object) -> str:
    if value is pd.NA or value != value:
        return ""
    if name == "p_value" and isinstance(value, float):
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
