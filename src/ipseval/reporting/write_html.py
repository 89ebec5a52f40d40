"""HTML by our own small writer: semantic, deterministic, without a request.

great-tables was weighed: it sets the title as cells in the table's head instead of a `caption`, brings
ten kilobytes of style sheet with every table, and knows no language of parts.  EN 301 549 asks for
captions, scoped heads and language tags, which are a few lines here.
"""

from __future__ import annotations

from html import escape

from ipseval.reporting.display import Column, Row, Table
from ipseval.reporting.grid import group_heads, row_label, shown_cells, visible
from ipseval.reporting.under_lines import note_head, printable

TABLE_CSS = """
.ips-table{margin:1.5em 0;max-width:100%;overflow-x:auto}
.ips-table table{min-width:24em}
.ips-table table{border-collapse:collapse;font-size:.95em;line-height:1.35}
.ips-table caption{text-align:left;font-weight:600;padding:.3em 0;caption-side:top}
.ips-table .ips-banner{display:block;font-weight:600;color:#5C2E00}
.ips-table .ips-banner{border-left:.3em solid #B35C00;padding-left:.5em}
.ips-table th,.ips-table td{padding:.3em .7em;text-align:right;vertical-align:top}
.ips-table th,.ips-table td{border-bottom:1px solid #D0D0D0}
.ips-table td:not(.ips-text){white-space:nowrap}
.ips-table tbody th{text-align:left;font-weight:400}
.ips-table thead th{border-bottom:2px solid #1A1A1A;font-weight:600;vertical-align:bottom}
.ips-table thead tr:first-child th:first-child,.ips-table .ips-text{text-align:left}
.ips-table thead th[colspan]{text-align:center;border-bottom:1px solid #1A1A1A}
.ips-table th[scope=rowgroup]{font-weight:600;padding-top:.8em}
.ips-table tbody:last-of-type tr:last-child>*{border-bottom:2px solid #1A1A1A}
.ips-table .ips-indent-1{padding-left:1.7em}
.ips-table .ips-indent-2{padding-left:2.7em}
.ips-notes{font-size:.85em;color:#404040;max-width:60em}
.ips-notes p{margin:.25em 0}
.ips-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
""".strip()


def table_html(table: Table) -> str:
    """Write one table with caption, banner and notes; ids come from the table's own."""
    lines = [
        f'<div class="ips-table" lang="{table.lang}">',
        f'<p class="ips-hidden" id="{table.id}-alt">{_text(table.alt)}</p>',
        f'<table id="{table.id}" aria-describedby="{table.id}-alt {table.id}-notes">',
        _caption(table),
        "<thead>",
        *_heads(table),
        "</thead>",
        *_bodies(table),
        "</table>",
        _notes(table),
        "</div>",
    ]
    return "\n".join(line for line in lines if line)


def _text(text: str) -> str:
    return escape(printable(text)).replace("\r\n", "\n").replace("\n", "<br>")


def _caption(table: Table) -> str:
    label = f'<span class="ips-label">{_text(table.label)}</span>' if table.label else ""
    between = ": " if table.label and table.title else ""
    banner = f'<strong class="ips-banner">{_text(table.banner)}</strong>' if table.banner else ""
    return f'<caption id="{table.id}-caption">{label}{between}{_text(table.title)}{banner}</caption>'


def _heads(table: Table) -> list[str]:
    columns = [table.columns[i] for i in visible(table)]
    groups = group_heads(table)
    tall = ' rowspan="2"' if groups else ""
    first = f'<th scope="col"{tall}>{_text(table.stub)}</th>'
    lower = "".join(_head(column) for column in columns)
    if not groups:
        return [f"<tr>{first}{lower}</tr>"]
    upper = ""
    position = 0
    kept = []
    for head in groups:
        if head.text:
            upper += f'<th scope="colgroup" colspan="{head.span}">{_text(head.text)}</th>'
            kept += columns[position : position + head.span]
        else:
            upper += _head(columns[position], ' rowspan="2"')
        position += head.span
    lower = "".join(_head(column) for column in kept)
    return [f"<tr>{first}{upper}</tr>", f"<tr>{lower}</tr>"]


def _head(column: Column, tall: str = "") -> str:
    side = ' class="ips-text"' if column.is_text else ""
    return f'<th scope="col"{tall}{side}>{_text(column.head)}</th>'


def _bodies(table: Table) -> list[str]:
    lines = ["<tbody>"]
    for position, row in enumerate(table.rows):
        if row.section and position:
            lines += ["</tbody>", "<tbody>"]
        lines.append(_row(table, row))
    return [*lines, "</tbody>"]


def _row(table: Table, row: Row) -> str:
    if row.section:
        span = len(visible(table)) + 1
        return f'<tr><th scope="rowgroup" colspan="{span}">{_text(row_label(row))}</th></tr>'
    indent = f' class="ips-indent-{min(row.indent, 2)}"' if row.indent else ""
    cells = "".join(
        f'<td class="ips-text">{_text(text)}</td>' if table.columns[i].is_text else f"<td>{_text(text)}</td>"
        for i, text in zip(visible(table), shown_cells(table, row), strict=True)
    )
    return f'<tr><th scope="row"{indent}>{_text(row_label(row))}</th>{cells}</tr>'


def _notes(table: Table) -> str:
    lines = []
    for note in table.page_notes:
        head = note_head(note, table.lang)
        said = f"<strong>{_text(head)}:</strong> " if head else ""
        lines.append(f'<p class="ips-note-{note.kind}">{said}{_text(note.text)}</p>')
    return f'<div class="ips-notes" id="{table.id}-notes">{"".join(lines)}</div>'
