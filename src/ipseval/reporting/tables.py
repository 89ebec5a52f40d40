"""`ipseval.table`: from results to the one display object; and the same from a plain frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.language import say
from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Number, Row, Table, TableNote, table_id
from ipseval.reporting.formats import NAMED, Format, check_lang, is_missing
from ipseval.reporting.layouts import LAYOUTS, by_kind, left_out
from ipseval.reporting.layouts.ask import Ask
from ipseval.reporting.layouts.counts import PATTERNS
from ipseval.reporting.layouts.estimates import page_method
from ipseval.reporting.layouts.house import house_labels
from ipseval.reporting.layouts.parts import Est, chosen, picks, read
from ipseval.reporting.layouts.under import how_texts, text_of, under_table

Lang = Literal["da", "en"]
Words = str | Mapping[str, str]


def table(
    result: Result | Sequence[Result],
    *,
    lang: str = "da",
    layout: str = "auto",
    labels: Labels | None = None,
    title: Words = "",
    label: Words = "",
    banner: Words = "",
    decimals: int | Mapping[str, int] | None = None,
    select: Mapping[str, Any] | Sequence[str] | str | None = None,
    order: Mapping[str, Any] | Sequence[str] | str | None = None,
    units: Mapping[str, Words] | None = None,
    by: str = "",
    cells: str = "",
    parts: Sequence[Words] = (),
    notes: Sequence[Words] = (),
    summary: Words = "",
    id: str = "",
) -> Table:
    """Set a result, or several stacked, as a table to show and export in Danish or English.

    Parameters
    ----------
    result
        What an analysis gave, or a list of such.
    lang
        "da" or "en": words, decimal mark and interval mark follow.
    layout
        "auto" (by what the estimates are) or "counts", "statistics", "likert", "compare" (groups side by
        side), "baseline" (a description by arm beside the balance of a design), "bands" (categories
        before and after, their change and one test), "change" (before, after, change and d_z; all else in
        XLSX and CSV), "estimates", "odds" (as the IPS UNG report prints its table 9), "odds_full", "matrix",
        "flow".
    labels
        Words for columns and codes.
    title, label, banner, summary
        What the table is about; "Tabel 1"; what must be seen in every rendering; a sentence for readers
        who cannot see the table.  Each is a text, or one per language.
    decimals
        For shares (as percent) and numbers; or a mapping from an outcome or a kind ("percent", "number",
        "signed", "ratio", "p") to decimals.  Counts have none.
    select, order
        Outcomes, or a mapping from a column of `estimates` to the names to keep, or to put first.  A
        mapping in its place speaks of one outcome only: ``select={"term": {"age": ["min", "max"]}}``.
    units
        Outcome -> unit that follows its numbers, such as "år".
    by
        The column whose codes the groups are, for their words.
    cells
        In counts and likert tables: "count", "percent" or "both".
    parts
        Names of the results, one each, for tables where several say the same things of one outcome;
        without it such results are named by their estimator.
    notes
        Further lines under the table.
    id
        Stable name for HTML ids and Word bookmarks; made from the label or title when empty.

    Returns
    -------
    Table
        Read-only; it holds full numbers.  Under it stand base, n, missing answers by reason, method and
        every note of the result on the rows shown.

    Raises
    ------
    ReportError
        An unknown layout, language or name; a result without rows for the layout.

    Notes
    -----
    Assumptions: none; nothing is estimated.  Missing data: refused rows keep their place as "–" with the
    reason below.  Rounding is half-up from exact counts.  Checked against: tables set by hand in
    tests/reporting_tables.  References: none.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> answers = pd.DataFrame({"sex": ["f", "m", "f", "f"]})
    >>> shown = ips.table(ips.describe(answers, columns=["sex"]), label="Tabel 1", title="Køn")
    >>> shown.to_markdown().splitlines()[4:6]
    ['| f | 3 (75%) |', '| m | 1 (25%) |']
    """
    check_lang(lang)
    require_option(layout, ("auto", *LAYOUTS), argument="layout", error=ReportError)
    require_option(cells, tuple(PATTERNS), argument="cells", error=ReportError)
    results = _as_list(result)
    ask = Ask(
        lang=lang,
        labels=house_labels(results).merged(labels or Labels()),
        decimals=decimals,
        select=picks(select, "select"),
        order=picks(order, "order"),
        units={outcome: text_of(unit, lang) for outcome, unit in (units or {}).items()},
        by=by,
        cells=cells,
        parts=_part_names(results, parts, lang),
    )
    rows = chosen(read(results), ask)
    name = by_kind([r.kind for r in results], rows) if layout == "auto" else layout
    if not rows and name not in ("flow", "matrix"):
        raise ReportError(f"layout={name!r} has no rows to show: the result is empty or select= keeps none.")
    body = LAYOUTS[name](results, rows, ask)
    _some_rows(body.rows, name, rows)
    legend = list(body.legend)
    if left := left_out(name, rows):
        legend.append(TableNote("legend", ask.say("table_left_out", n=len(left))))
    told = [] if name in ("flow", "matrix") else rows  # these show no estimates
    if name in ("change", "bands"):
        results = [replace(r, method=page_method(r.method)) for r in results]
    said = [TableNote("note", text_of(note, lang)) for note in notes]
    under = under_table(results, told, ask, body.columns, body.beside, (*body.left, *left))
    label, title = text_of(label, lang), text_of(title, lang)
    return Table(
        id=id or table_id(label, title, results[0].kind),
        label=label,
        title=title,
        lang=lang,
        stub=body.stub,
        columns=body.columns,
        rows=body.rows,
        notes=(*legend, *under, *said),
        banner=text_of(banner, lang),
        summary=text_of(summary, lang),
        source=results[0].source.fingerprints,
        how=how_texts(results, body.columns, lang),
    )


def _as_list(result: Result | Sequence[Result]) -> list[Result]:
    if isinstance(result, Result):
        return [result]
    results = list(result) if isinstance(result, Iterable) else [result]
    if not results:
        raise ReportError("table: the list of results is empty; give at least one result.")
    for each in results:
        if not isinstance(each, Result):
            raise ReportError(
                f"table: expected a Result or a list of them, got {type(each).__name__}; "
                "for a plain frame use table_from_frame."
            )
    return results


def _part_names(results: Sequence[Result], parts: Sequence[Words], lang: str) -> tuple[str, ...]:
    if parts and len(parts) != len(results):
        raise ReportError(f"parts= names {len(parts)} result(s), but there are {len(results)}: name each.")
    given = [text_of(part, lang) for part in parts] or [""] * len(results)
    return tuple(
        name or say(result.method.estimator, lang) for name, result in zip(given, results, strict=True)
    )


def _some_rows(rows: Sequence[Row], layout: str, estimates: Sequence[Est]) -> None:
    if not any(not row.section for row in rows):
        scales = ", ".join(sorted({r.scale for r in estimates})) or "none"
        raise ReportError(
            f"layout={layout!r} finds no estimate it can show (the scales are: {scales}); "
            "choose another layout."
        )


@dataclass(frozen=True)
class FrameColumn:
    """How a column of a frame is shown.

    `format` is "text", "count", "plain", "percent", "number", "signed", "ratio", "p", a `Format`, or
    "auto" by the column's dtype.  `pattern` merges columns of the frame into one text: "{low}; {high}".
    """

    head: str
    format: str | Format = "auto"
    pattern: str = ""
    decimals: int | None = None
    group: str = ""


def table_from_frame(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, str | FrameColumn],
    lang: str = "da",
    title: str = "",
    label: str = "",
    banner: str = "",
    notes: Sequence[TableNote | str] = (),
    section: str = "",
    summary: str = "",
    id: str = "",
) -> Table:
    """Set a computed frame (a ledger, a list of sources) as a table with the same renderings.

    Parameters
    ----------
    frame
        One row per row of the table; never one row per person.
    columns
        Column of the frame -> its head, or a `FrameColumn`; the first is the head of each row.  A key
        that is no column must have a pattern.
    section
        A column whose change of value starts a section.
    lang, title, label, banner, notes, summary, id
        As for `table`.

    Returns
    -------
    Table
        One row per row of the frame, in its order.

    Raises
    ------
    ReportError
        Unknown columns, an unknown format, or no columns.

    Notes
    -----
    Missing data: an empty number shows as "–", empty words as nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> from ipseval.reporting.tables import FrameColumn
    >>> frame = pd.DataFrame({"what": ["Mænd"], "ours": [0.436]})
    >>> shown = ips.table_from_frame(frame, columns={"what": "Hvad", "ours": FrameColumn("Vores", "percent")})
    >>> shown.to_markdown().splitlines()[2]
    '| Mænd | 44% |'
    """
    check_lang(lang)
    if not columns:
        raise ReportError("columns= is empty: name at least the column that heads each row.")
    specs = {key: FrameColumn(c) if isinstance(c, str) else c for key, c in columns.items()}
    needed = [name for key, spec in specs.items() for name in _fields(key, spec)]
    require_columns(frame, [*needed, *([section] if section else [])], argument="columns", error=ReportError)
    formats = {name: _format(frame[name], spec) for k, spec in specs.items() for name in _fields(k, spec)}
    stub, *rest = specs
    rows: list[Row] = []
    last: object = None
    for record in frame.to_dict("records"):
        if section and record[section] != last:
            last = record[section]
            rows.append(Row(str(last), section=True))
        head = _cell(record, stub, specs[stub], formats).shown(lang)
        rows.append(
            Row(head, tuple(_cell(record, k, specs[k], formats) for k in rest), indent=int(bool(section)))
        )
    return Table(
        id=id or table_id(label, title),
        label=label,
        title=title,
        lang=lang,
        stub=specs[stub].head,
        columns=tuple(_column(key, specs[key], formats) for key in rest),
        rows=tuple(rows),
        notes=tuple(n if isinstance(n, TableNote) else TableNote("note", n) for n in notes),
        banner=banner,
        summary=summary,
    )


def _fields(key: str, spec: FrameColumn) -> list[str]:
    return re.findall(r"{(\w+)}", spec.pattern) if spec.pattern else [key]


def _column(key: str, spec: FrameColumn, formats: Mapping[str, Format | None]) -> Column:
    numeric = tuple((name, name) for name in _fields(key, spec) if formats[name])
    return Column(spec.head, numeric, spec.group, is_text=not numeric)


def _format(column: pd.Series, spec: FrameColumn) -> Format | None:
    """The format of a column, or None for words."""
    if isinstance(spec.format, Format):
        return spec.format
    require_option(spec.format, ("auto", "text", *NAMED), argument="format", error=ReportError)
    name = spec.format
    if name == "auto":
        whole = pd.api.types.is_integer_dtype(column)
        number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        name = "count" if whole else "number" if number else "text"
    if name == "text":
        return None
    found = NAMED[name]
    return found if spec.decimals is None else Format(found.kind, spec.decimals, found.signed)


def _cell(
    record: Mapping[Any, Any], key: str, spec: FrameColumn, formats: Mapping[str, Format | None]
) -> Cell:
    names = _fields(key, spec)
    numbers = tuple(
        Number(name, _number(record[name]), format) for name in names if (format := formats[name]) is not None
    )
    if len(numbers) == len(names):
        return Cell(numbers, spec.pattern)
    if spec.pattern:
        raise ReportError(f"columns[{key!r}]: a pattern merges numbers, and some of its columns hold words.")
    value = record[key]
    return Cell(text="" if is_missing(value) else str(value))


def _number(value: Any) -> int | float | Fraction | None:
    if is_missing(value):
        return None
    if isinstance(value, Fraction | int):
        return value
    if not isinstance(value, str) and hasattr(value, "item"):
        value = value.item()
    try:
        return value if isinstance(value, int) else float(value)
    except (TypeError, ValueError):
        raise ReportError("a column shown as numbers holds words; show it with format='text'.") from None
