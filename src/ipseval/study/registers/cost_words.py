"""What stands under a table of costs: from whose side, in which year's prices, and what each item costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ipseval.core.language import LANGUAGES, counted, say
from ipseval.study.registers.plan import Costs

Words = dict[str, Mapping[str, str]]
PAYERS = ("municipality", "state", "region", "citizen")
COST, QUANTITY = "cost_", "quantity_"
"""How the columns of costs and of quantities begin, before the perspective or the item."""


def cost_words(
    costs: Costs, listed: Mapping[str, Any], prices: pd.DataFrame, perspectives: list[str]
) -> Words:
    """Say of every column of costs and quantities what it is, in both languages."""
    of_cost: Words = {
        COST + p: {lang: _of_perspective(p, costs, listed, lang) for lang in LANGUAGES} for p in perspectives
    }
    rows = {str(price["item"]): price for _, price in prices.iterrows()}
    of_item: Words = {
        QUANTITY + item: {lang: _of_item(price, listed, lang) for lang in LANGUAGES}
        for item, price in rows.items()
    }
    of_change: Words = {}
    for item, percent in cost_changes(costs):
        for p in perspectives:
            of_change[changed_cost(p, item, percent)] = {
                lang: say(
                    "study_cost_changed", lang, payer=say(f"study_payer_{p}", lang),
                    item=_named(rows[item], lang), percent=_number(percent, lang),
                )
                for lang in LANGUAGES
            }  # fmt: skip
    return of_cost | of_item | of_change


def cost_changes(costs: Costs) -> list[tuple[str, float]]:
    """Every item with a percentage of its unit cost at which costs are told once more."""
    return [(item, percent) for item, some in costs.sensitivity.items() for percent in some]


def changed_cost(perspective: str, item: str, percent: float) -> str:
    """Name the column of costs with an item at a percentage of its unit cost: cost_society_hour_125."""
    return f"{COST}{perspective}_{item}_{percent:g}"


def _of_perspective(perspective: str, costs: Costs, listed: Mapping[str, Any], lang: str) -> str:
    code = perspective if perspective in ("society", "citizen") else "payer"
    year, rate = str(costs.options.get("price_year", "")), 100 * float(costs.options.get("discount", 0))
    discount = say("study_cost_discount", lang, rate=_number(rate, lang)) if costs.years > 1 and rate else ""
    span = say("study_cost_span" if costs.years > 1 else "study_cost_span_one", lang, years=costs.years)
    return say(
        f"study_cost_{code}",
        lang,
        payer=say(f"study_payer_{perspective}", lang),
        money=say("study_cost_money", lang, currency=_currency(listed, lang), year=year),
        span=span + discount,
    )


def _of_item(price: pd.Series[Any], listed: Mapping[str, Any], lang: str) -> str:
    shares = {payer: 100 * float(price[payer]) for payer in PAYERS if float(price[payer])}
    payers = ", ".join(f"{say(f'study_payer_{p}', lang)} {_number(s, lang)} %" for p, s in shares.items())
    marks = [say("study_price_refund", lang)] if price["refund"] else []
    marks += [say("study_price_invented", lang)] if listed.get("invented") else []
    sentence = say(
        f"study_price_{price['kind']}",
        lang,
        item=_named(price, lang),
        amount=_number(float(price["unit_cost"]), lang),
        money=say("study_cost_money", lang, currency=_currency(listed, lang), year=price["price_year"]),
        payers=payers,
    )
    return " ".join([sentence, *marks])


def _named(price: pd.Series[Any], lang: str) -> str:
    """Name an item as the list of prices does; the item's code where it does not."""
    name = price.get("name")
    return str(name[lang]) if isinstance(name, Mapping) and lang in name else str(price["item"])


def _currency(listed: Mapping[str, Any], lang: str) -> str:
    return str(listed.get("currency") or say("study_currency", lang))


def _number(value: float, lang: str) -> str:
    if value == int(value):
        return counted(int(value), lang)
    return f"{value:g}".replace(".", "," if lang == "da" else ".")
