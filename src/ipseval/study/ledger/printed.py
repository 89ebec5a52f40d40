"""Takes a file of published numbers apart into single printed numbers, each with what it is a number of.

The file's form: `tables`, `figures` and `claims` as in `study/plans/published/ips_ung.yaml`; `ours` says
which result of the plan holds the same quantity.  A claim that only repeats a table is linked through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Entry = Mapping[str, Any]

# Claims that are one number: type -> (quantity, the key that holds the number).
SINGLE = {
    "pct_table": ("percent", "percent"),
    "cell": ("percent", "percent"),
    "pct_n": ("percent", "percent"),
    "count_table": ("count", "count"),
    "le_table": ("count", "count"),
    "equal": ("n", "value"),
    "frac_table": ("fraction", "value"),
    "words_only": ("fraction", "value"),
    "mean_bounds": ("about_mean", "value"),
    "stat": ("mean", "value"),
    "or_count": ("significant", "value"),
    "or_over": ("all_over", "value"),
}


@dataclass(frozen=True)
class Ref:
    """Where ours stands: rows of a result, or the size of a base (as a share of another)."""

    result: str = ""
    outcome: str = ""
    terms: tuple[str, ...] = ()
    base: str = ""
    of: str = ""
    whole_base: bool = False
    """Shares are of everyone in the base, those who did not answer too."""


@dataclass(frozen=True)
class Printed:
    """One printed number: its text as printed, what kind of quantity, and where ours stands.

    `quantity` is one of count, of_n, percent, n, asked, segment, mean, about_mean, minimum, maximum,
    odds_ratio, odds_ratio_hidden, ci_low, ci_high, p, stars, significant (how many rows), all_over,
    fraction, range, wording, or told (no file holds it).
    """

    id: str
    place: str
    what: str
    text: str
    quantity: str
    ref: Ref | None = None
    tolerance: float | None = None
    parts: tuple[str, ...] = field(default=())
    """Printed percentages that the text adds up, where it does."""


def printed_numbers(published: Entry) -> list[Printed]:
    """Return every printed number of the file in its order: bases, tables, figures, claims."""
    tables = {t["id"]: t for t in published.get("tables", ())}
    figures = {f["id"]: f for f in published.get("figures", ())}
    found: list[Printed] = []
    for name, base in (published.get("bases") or {}).items():
        found.append(
            Printed(
                f"base.{name}",
                _lines(base),
                str(base.get("source", name)),
                str(base["n"]),
                "n",
                Ref(base=name),
            )
        )
    for table in tables.values():
        found.extend(_table(table))
    for figure in figures.values():
        found.extend(_figure(figure))
    for claim in published.get("claims", ()):
        found.extend(_claim(claim, tables, figures))
    return found


def _lines(entry: Entry) -> str:
    lines = entry.get("lines") or [entry.get("line")]
    return "l. " + ", ".join(str(line) for line in lines if line is not None)


def _place(table: Entry, row: Entry) -> str:
    return f"{table['title']}, l. {row.get('line', table['lines'][0])}"


def _said(row: Entry) -> str:
    """Return the words of a row in the reader's language."""
    return str(row.get("said", row["label"]))


def _number(value: Any, decimals: int = 0) -> str:
    """Write a number as it was printed; YAML has lost trailing zeros, `decimals` brings them back."""
    if isinstance(value, float) and not (value.is_integer() and decimals == 0):
        return f"{value:.{max(decimals, len(str(value).split('.')[1]) if '.' in str(value) else 0)}f}"
    return str(int(value))


def _table(table: Entry) -> Iterator[Printed]:
    ours, kind = table["ours"], table["kind"]
    outcomes, terms, result = ours["outcomes"], ours["terms"], ours["result"]
    if table.get("n_stated") is not None:
        ref = Ref(base=table["base"]) if table.get("base") else Ref(result, outcomes[0])
        yield Printed(f"{table['id']}.n", _lines(table), table["title"], str(table["n_stated"]), "n", ref)
    for i, row in enumerate(table["rows"]):
        where, label, key = _place(table, row), _said(row), f"{table['id']}.{i + 1}"
        if kind == "likert_percent":
            yield from _likert(table, row, key, Ref(result, outcomes[i]), terms)
        elif kind == "odds_ratios":
            yield from _odds(row, where, key, Ref(result, outcomes[0], (terms[i],)))
        elif kind == "bar_chart_ocr":
            yield from _bars(row, where, key, Ref(result, outcomes[i]))
        elif kind == "statistics":
            quantity = {"min": "minimum", "max": "maximum"}.get(terms[i], "mean")
            yield Printed(
                key, where, label, str(row["value"]), quantity, Ref(result, outcomes[0], (terms[i],))
            )
        else:
            ref = Ref(result, outcomes[0], (str(terms[i]),))
            for quantity in ("count", "percent"):
                if row.get(quantity) is not None:
                    yield Printed(f"{key}.{quantity}", where, label, _number(row[quantity]), quantity, ref)


def _likert(table: Entry, row: Entry, key: str, ref: Ref, terms: Sequence[str]) -> Iterator[Printed]:
    told = row.get("percents_from_text") or row["percents"]
    for j, percent in enumerate(told):
        if percent is not None:
            what = f"{_said(row)}: {table['categories'][j]}"
            at = Ref(ref.result, ref.outcome, (terms[j],))
            yield Printed(f"{key}.{j + 1}", _place(table, row), what, _number(percent), "percent", at)


def _odds(row: Entry, where: str, key: str, ref: Ref) -> Iterator[Printed]:
    if row.get("or") is not None:
        yield Printed(f"{key}.or", where, _said(row), f"{row['or']:.2f}", "odds_ratio", ref)
    else:
        yield Printed(f"{key}.or", where, _said(row), "n.s.", "odds_ratio_hidden", ref)
    for quantity, bound in zip(("ci_low", "ci_high"), row["ci"], strict=True):
        yield Printed(f"{key}.{quantity}", where, _said(row), f"{bound:.2f}", quantity, ref)
    ends = tuple(f"{bound:.2f}" for bound in row["ci"])
    yield Printed(f"{key}.stars", where, _said(row), str(len(row.get("mark", ""))), "stars", ref, parts=ends)


def _bars(row: Entry, where: str, key: str, ref: Ref) -> Iterator[Printed]:
    label = _said(row)
    yield Printed(f"{key}.n", where, label, str(row["n"]), "asked", ref)
    if row.get("mean") is not None:
        at_mean = Ref(ref.result, ref.outcome, ("mean",))
        yield Printed(f"{key}.mean", where, label, f"{row['mean']:.1f}", "mean", at_mean)
    for j, segment in enumerate(row.get("segments_legible", ())):
        yield Printed(f"{key}.segment_{j + 1}", where, _said(row), str(segment), "segment", ref)


def _figure(figure: Entry) -> Iterator[Printed]:
    ours, decimals = figure["ours"], figure["decimals"]
    where = f"{figure['title']}, {_lines(figure)}"
    yield Printed(f"{figure['id']}.n", where, figure["title"], str(figure["n"]), "n", Ref(base="paired"))
    for number, (wave, term) in enumerate((("t1", "before"), ("t2", "after")), start=1):
        places = (figure.get("value_decimals") or {}).get(wave, decimals)
        text = f"{figure['values'][wave]:.{places}f}"
        ref = Ref(ours["result"], ours["outcome"], (term,))
        yield Printed(f"{figure['id']}.{wave}", where, f"{figure['title']} ({number})", text, "mean", ref)
    if figure.get("index_range_published"):
        ends = zip(("minimum", "maximum"), figure["index_range_published"], ours["score_range"], strict=True)
        for end, printed, own in ends:
            ref = Ref(ours["result"], ours["outcome"], (str(own),))
            what = figure["title"]
            yield Printed(f"{figure['id']}.{end}", where, what, str(printed), "range", ref)
    bands = ours.get("bands")
    for wave, outcome in zip(("t1", "t2"), (bands or {}).get("outcomes", ()), strict=False):
        for j, share in enumerate(figure["shares"][wave]):
            ref = Ref(bands["result"], outcome, (str(bands["terms"][j]),))
            what = f"{figure['title']}: {figure['shares']['categories'][j]}"
            yield Printed(f"{figure['id']}.{wave}.{j + 1}", where, what, f"{share:.1f}", "percent", ref)


def _claim(claim: Entry, tables: Mapping[str, Entry], figures: Mapping[str, Entry]) -> Iterator[Printed]:
    where = f"{claim.get('section', '')}, {_lines(claim)}".strip(", ")
    ref = _claim_ref(claim, tables)
    quantity, texts = _claim_numbers(claim)
    if claim["type"] == "grim":
        figure = {p.id.rsplit(".", 1)[1]: p for p in _figure(figures[claim["figure"]])}
        for wave in ("t1", "t2"):
            yield Printed(
                f"{claim['id']}.{wave}", where, claim["what"], figure[wave].text, "mean", figure[wave].ref
            )
        return
    if claim["type"] == "pct_pair":
        yield from _pairs(claim, where, figures)
        return
    if ref is None:
        quantity = "wording" if claim["type"] == "or_as_rr" else "told"
    kinds = quantity if isinstance(quantity, tuple) else (quantity,) * len(texts)
    refs = _single_refs(ref) if claim["type"] == "stat2" and ref else [ref] * len(texts)
    for text, kind, at in zip(texts, kinds, refs, strict=True):
        yield Printed(
            claim["id"], where, claim["what"], text, kind, at, claim.get("tol"), _parts(claim, tables)
        )


def _single_refs(ref: Ref) -> list[Ref | None]:
    """Split a link to several rows into one per row (youngest and oldest)."""
    return [replace(ref, terms=(term,)) for term in ref.terms]


def _claim_numbers(claim: Entry) -> tuple[str | tuple[str, ...], list[str]]:
    """Return the kind of quantity (or one per text) and the printed texts of a claim."""
    kind, ours = claim["type"], claim.get("ours") or {}
    if ours.get("quantity") == "p":
        return "p", [str(claim["p"])]
    if kind in ("pct_count", "frac_count"):
        percent = claim.get("percent")
        texts = [str(claim["count"]), str(claim["n"])] + ([_number(percent)] if percent is not None else [])
        return ("count", "of_n", "percent")[: len(texts)], texts
    if kind in SINGLE:
        quantity, key = SINGLE[kind]
        return quantity, [f"{claim[key]:g}"]
    if kind == "stat2":
        return ("minimum", "maximum"), [str(v) for v in claim["values"]]
    one = claim.get("value", claim.get("months", claim.get("hours", claim.get("p", ""))))
    values = claim.get("values") or claim.get("range") or [one]
    return ("about_mean" if kind == "fact" and ours else "told"), [str(v) for v in values]


def _claim_ref(claim: Entry, tables: Mapping[str, Entry]) -> Ref | None:
    ours = claim.get("ours")
    if ours:
        terms = tuple(str(t) for t in ours.get("terms", ()))
        return Ref(
            result=ours.get("result", ""),
            outcome=ours.get("outcome", ""),
            terms=terms,
            base=ours.get("base", ""),
            of=ours.get("of", ""),
            whole_base=bool(ours.get("whole_base")),
        )
    table = tables.get(str(claim.get("table")))
    if table is None or "ours" not in table:
        return None
    at, own = _rows_named(claim, table), table["ours"]
    if "cols" in claim:
        terms = tuple(own["terms"][j] for j in claim["cols"])
        return Ref(own["result"], own["outcomes"][claim["row"]], terms)
    terms = tuple(str(own["terms"][i]) for i in at)
    return Ref(own["result"], own["outcomes"][0], terms) if terms else None


def _rows_named(claim: Entry, table: Entry) -> list[int]:
    names = [row["label"] for row in table["rows"]]
    wanted = claim.get("rows") or ([claim["row"]] if isinstance(claim.get("row"), str) else [])
    return [names.index(name) for name in wanted if name in names]


def _parts(claim: Entry, tables: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return the printed cells that a text adds up."""
    table = tables.get(str(claim.get("table")))
    if table is None:
        return ()
    if "cols" in claim:
        row = table["rows"][claim["row"]]
        cells = row.get("percents_from_text") or row["percents"]
        return tuple(str(cells[j]) for j in claim["cols"])
    return tuple(str(table["rows"][i].get("percent")) for i in _rows_named(claim, table))


def _pairs(claim: Entry, where: str, figures: Mapping[str, Entry]) -> Iterator[Printed]:
    """Link a pair of shares (start, end) to the figure that holds the same pair."""
    for figure in figures.values():
        bands = figure["ours"].get("bands")
        shares = figure.get("shares")
        if not bands or not shares:
            continue
        for j in range(len(shares["categories"])):
            if [shares["t1"][j], shares["t2"][j]] == list(claim["percents"]):
                for outcome, percent in zip(bands["outcomes"], claim["percents"], strict=True):
                    ref = Ref(bands["result"], outcome, (str(bands["terms"][j]),))
                    yield Printed(claim["id"], where, claim["what"], f"{percent:.1f}", "percent", ref)
