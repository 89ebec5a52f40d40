"""The catalogue of shipped instruments: what each consists of, where it comes from, what is uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.language import say
from ipseval.instruments.faults import Faults
from ipseval.instruments.instrument import Instrument, shipped, shipped_ids
from ipseval.instruments.model import Band, Score


def catalog(lang: str = "en") -> pd.DataFrame:
    """Return one row per shipped instrument, in words.

    Parameters
    ----------
    lang
        "da" or "en".

    Returns
    -------
    DataFrame
        `id`, `title`, `items`, `answers`, `score`, `better`, `bands`, `missing`, `coding`,
        `reliability`, `norms`, `references`, `doubts`, `licence`.

    Examples
    --------
    >>> from ipseval.instruments import catalog
    >>> catalog("en").set_index("id").loc["gad7", "missing"]
    'at most 1 of 7 missing'
    """
    return pd.DataFrame([_row(instrument, lang) for instrument in _read(shipped_ids())])


def catalog_text(lang: str = "en", only: Sequence[str] = ()) -> str:
    """Return the catalogue as a page of plain text, for all shipped instruments or those in `only`."""
    known = shipped_ids()
    odd = [name for name in only if name.lower() not in known]
    if odd:
        said = "; ".join(f"{name!r}: {hint_for(name, known)}" for name in odd)
        raise SchemaError(f"{len(odd)} instrument(s) are not shipped: {said}")
    return "\n".join(page(one, lang) for one in _read([name.lower() for name in only] or known))


def _read(identifiers: Sequence[str]) -> list[Instrument]:
    """Read the files, or tell the faults of them all at once."""
    faults = Faults("instruments")
    found = [faults.of(shipped, identifier) for identifier in identifiers]
    faults.raise_if_any()
    return [instrument for instrument in found if instrument is not None]


def page(instrument: Instrument, lang: str) -> str:
    """Return what is known of one instrument as plain text."""
    row = _row(instrument, lang)
    head = f"{row['id'].upper() if isinstance(row['id'], str) else ''}  {row['title']}"
    lines = [head, "-" * len(head), f"  {instrument.version}; {instrument.window[lang]}"]
    for key in ("items", "answers", "coding", "score", "better", "bands", "cuts", "rules", "missing"):
        if row[key]:
            lines.append(f"  {say(f'catalog_{key}', lang)}: {row[key]}")
    lines += _several("catalog_reliability", instrument_reliability(instrument), lang)
    lines += _several("catalog_norms", instrument_norms(instrument), lang)
    lines += _several("catalog_references", list(instrument.references), lang)
    lines += _several("catalog_doubts", [doubt[lang] for doubt in instrument.doubts], lang)
    lines += [f"  {say('catalog_licence', lang)}: {instrument.licence}", ""]
    return "\n".join(lines)


def _several(code: str, texts: Sequence[str], lang: str) -> list[str]:
    return [f"  {say(code, lang)}:", *(f"    - {text}" for text in texts)] if texts else []


def _row(instrument: Instrument, lang: str) -> dict[str, object]:
    main = instrument.scores[0]
    known = instrument.items[0].low is not None
    low, high = instrument.score_range()
    declared = instrument.coding is None
    return {
        "id": instrument.id,
        "title": instrument.title[lang],
        "items": _items(instrument, lang),
        "answers": _answers(instrument, lang),
        "score": _scores(instrument, lang)
        if known
        else say("catalog_derived", lang, low=float(low), high=float(high)),
        "better": say(f"better_{instrument.better}", lang),
        "bands": "; ".join(f"{name}: {_bands(bands, lang)}" for name, bands in main.bands.items()),
        "cuts": "; ".join(
            _with_limit(cut.label[lang], cut.relation, cut.value) + (f" ({cut.source})" if cut.source else "")
            for cut in main.cuts
        ),
        "rules": "; ".join(f"{rule.title[lang]} ({', '.join(rule.variants)})" for rule in instrument.rules),
        "missing": say("catalog_missing_rule", lang, n=main.max_missing, k=len(main.parts)),
        "coding": ", ".join(instrument.codings) + (f" ({say('catalog_declare', lang)})" if declared else ""),
        "reliability": "; ".join(instrument_reliability(instrument)),
        "norms": "; ".join(instrument_norms(instrument)),
        "references": "; ".join(instrument.references),
        "doubts": " ".join(doubt[lang] for doubt in instrument.doubts),
        "licence": instrument.licence,
    }


def _items(instrument: Instrument, lang: str) -> str:
    shown = [
        item.topic[lang] + (f" ({say('catalog_turned', lang)})" if item.reversed else "")
        for item in instrument.items
    ]
    return f"{len(shown)}: {', '.join(shown)}"


def _answers(instrument: Instrument, lang: str) -> str:
    item = instrument.items[0]
    if item.low is None or item.high is None:
        return say("catalog_declare", lang)
    half = f" ({say('catalog_half_points', lang)})" if instrument.step != 1 else ""
    return f"{float(item.low):g}-{float(item.high):g}{half}"


def _scores(instrument: Instrument, lang: str) -> str:
    return "; ".join(_score(score, lang) for score in instrument.scores)


def _score(score: Score, lang: str) -> str:
    factor = "" if score.multiply == 1 else f" x {float(score.multiply):g}"
    return f"{score.title[lang]} = {say('aggregate_' + score.aggregate, lang)}{factor}"


def _bands(bands: Sequence[Band], lang: str) -> str:
    return ", ".join(_with_limit(b.label[lang], ">" if b.strict else ">=", b.lower) for b in bands)


def _with_limit(label: str, relation: str, limit: Fraction) -> str:
    """Write the limit behind a label that does not print it itself."""
    return label if any(sign.isdigit() for sign in label) else f"{label} ({relation} {float(limit):g})"


def instrument_reliability(instrument: Instrument) -> list[str]:
    """Return the published reliabilities as texts."""
    return [f"{fact.kind} {fact.value:.2f} ({fact.source})" for fact in instrument.reliability]


def instrument_norms(instrument: Instrument) -> list[str]:
    """Return the shipped norms as texts."""
    found = []
    for name, norm in instrument.norms.items():
        n = f", n = {norm.n}" if norm.n else ""
        note = f" {norm.note}" if norm.note else ""
        found.append(f"{name}: {norm.mean:g} (SD {norm.sd:g}), {norm.population}{n} ({norm.source}).{note}")
    return found
