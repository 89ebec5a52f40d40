"""Markdown: a pipe table, with what pipes and angle brackets would break made harmless."""

from __future__ import annotations

from ipseval.reporting.display import Row, Table
from ipseval.reporting.grid import flat_head, row_label, shown_cells, visible
from ipseval.reporting.under_lines import banner_line, note_line, printable

_SPECIAL = str.maketrans(
    {
        "\\": "\\\\",
        "|": "\\|",
        "*": "\\*",
        "_": "\\_",
        "`": "\\`",
        "[": "\\[",
        "]": "\\]",
        "<": "&lt;",
        ">": "&gt;",
        "&": "&amp;",
        "~": "\\~",
        "#": "\\#",
        "\r": None,
        "\n": "<br>",
    }
)


def table_markdown(table: Table) -> str:
    """Write caption, banner, table and notes, each its own paragraph."""
    columns = [table.columns[i] for i in visible(table)]
    heads = [_text(flat_head(column)) for column in columns]
    lines = [f"| {' | '.join([_text(table.stub), *heads])} |"]
    lines.append("| :-- | " + " | ".join(":--" if c.is_text else "--:" for c in columns) + " |")
    lines += [_row(table, row, len(columns)) for row in table.rows]
    parts = [f"**{_text(table.caption)}**" if table.caption else ""]
    parts.append(f"**{_text(banner_line(table))}**" if table.banner else "")
    parts.append("\n".join(lines))
    parts += [_text(note_line(note, table.lang)) for note in table.page_notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    return printable(text).translate(_SPECIAL)


def _row(table: Table, row: Row, columns: int) -> str:
    if row.section:
        return f"| **{_text(row_label(row))}** |" + " |" * columns
    indent = "&emsp;" * row.indent
    cells = [_text(text) for text in shown_cells(table, row)]
    return f"| {' | '.join([indent + _text(row_label(row)), *cells])} |"
