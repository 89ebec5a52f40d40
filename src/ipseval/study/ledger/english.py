"""Gives a file of published Danish numbers English words, so that the ledger can be read in English.

Claims, titles and bases have their English in a file beside (`NAME_en.yaml`); rows and categories take
the words that the plan's own columns have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipseval.core.labels import Labels

Entry = Mapping[str, Any]


def in_english(published: Entry, words: Entry, labels: Labels) -> dict[str, Any]:
    """Return a copy of the published file with English words; what has none keeps the Danish."""
    titles, claims, told = words.get("titles", {}), words.get("claims", {}), words.get("bases", {})
    bases = {name: {**base, "source": told.get(name, name)} for name, base in published["bases"].items()}
    tables = [{**table, "title": titles.get(table["id"], table["title"])} for table in published["tables"]]
    return {
        **published,
        "bases": bases,
        "tables": [_table(table, labels) for table in tables],
        "figures": [{**f, "title": titles.get(f["id"], f["title"])} for f in published["figures"]],
        "claims": [{**c, "what": claims.get(c["id"], c["what"])} for c in published["claims"]],
    }  # fmt: skip


def _table(table: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """Give rows and categories the English words of the columns and codes they are linked to.

    The Danish `label` stays: claims name rows by it.
    """
    outcomes, terms = table["ours"]["outcomes"], [str(t) for t in table["ours"]["terms"]]
    if len(outcomes) > 1 or table["kind"] == "likert_percent":
        names = [labels.name(outcome, "en") for outcome in outcomes]
    elif table["kind"] in ("odds_ratios", "multiple_choice"):
        names = [labels.name(term, "en") for term in terms]
    elif table["kind"] == "statistics":
        names = [f"{labels.name(outcomes[0], 'en')}: {term}" for term in terms]
    else:
        names = [labels.value(outcomes[0], term, "en") for term in terms]
    rows = [{**row, "said": name} for row, name in zip(table["rows"], names, strict=True)]
    if "categories" not in table:
        return {**table, "rows": rows}
    return {**table, "rows": rows, "categories": [labels.value(outcomes[0], term, "en") for term in terms]}
