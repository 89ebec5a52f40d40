"""Words of the house for what only some results have: they lie under the words of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipseval.core.labels import Labels
from ipseval.core.language import LANGUAGES, say, words
from ipseval.core.result import Result

MINUS = "\N{MINUS SIGN}"


def house_labels(results: Sequence[Result]) -> Labels:
    """Name the outcomes and weeks of weekly shares; elsewhere a column called "work" is the study's own."""
    names: dict[str, Mapping[str, str]] = {}
    values: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for result in results:
        if result.kind != "weekly_shares":
            continue
        weeks = {str(week): _week(str(week)) for week in result.estimates["term"].unique()}
        for outcome in map(str, result.estimates["outcome"].unique()):
            code = f"weekly_name_{outcome}"
            names |= {outcome: words()[code]} if code in words() else {}
            values[outcome] = weeks
    return Labels(names, values)


def _week(week: str) -> dict[str, str]:
    return {lang: say("table_week", lang, week=week.replace("-", MINUS)) for lang in LANGUAGES}
