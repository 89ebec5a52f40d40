"""LaTeX for `booktabs` and `array`; every character that LaTeX reads as a command is made text.

The text is UTF-8; letters outside the Latin ones (a chi in the name of a test) need XeLaTeX or LuaLaTeX.
"""

from __future__ import annotations

from ipseval.reporting.display import Row, Table
from ipseval.reporting.grid import group_heads, row_label, shown_cells, visible
from ipseval.reporting.under_lines import banner_line, note_line, printable

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': "''",
        "[": "{[}",  # a bracket after \\ would be read as a length
        "]": "{]}",
        "*": "{*}",
        "−": "$-$",
        "–": "--",
        "“": "``",
        "”": "''",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "→": r"$\to$",
        "∞": r"$\infty$",
        "†": r"\dag{}",
        "\u00a0": "~",
        "\r": None,
    }
)


def table_latex(table: Table) -> str:
    """Write a floating table with caption, label, banner and notes."""
    columns = [table.columns[i] for i in visible(table)]
    spec = "".join(r">{\raggedright\arraybackslash}p{4cm}" if c.is_text else "r" for c in columns)
    stub = r">{\raggedright\arraybackslash}p{6cm}"
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{_line(table.title or table.caption)}}}\label{{tab:{table.id}}}",
        rf"\textbf{{{_line(banner_line(table))}}}\par\smallskip" if table.banner else "",
        rf"\begin{{tabular}}{{{stub}{spec}}}",
        r"\toprule",
        *_heads(table),
        r"\midrule",
        *(_row(table, row, len(columns)) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}\footnotesize\raggedright",
        *(rf"{_line(note_line(note, table.lang))}\par" for note in table.page_notes),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _line(text: str) -> str:
    return printable(text).translate(_SPECIAL).replace("\n", " ")


def _cell(text: str) -> str:
    """A cell with line breaks becomes a small table of its own."""
    lines = printable(text).translate(_SPECIAL).split("\n")
    if len(lines) == 1:
        return lines[0]
    return r"\begin{tabular}[t]{@{}l@{}}" + r"\\".join(lines) + r"\end{tabular}"


def _heads(table: Table) -> list[str]:
    out = []
    groups = group_heads(table)
    if groups:
        cells = [rf"\multicolumn{{{h.span}}}{{c}}{{{_cell(h.text)}}}" for h in groups]
        out.append(" & ".join(["", *cells]) + r" \\")
        position = 2
        rules = []
        for head in groups:
            if head.text:
                rules.append(rf"\cmidrule(lr){{{position}-{position + head.span - 1}}}")
            position += head.span
        out.append("".join(rules))
    heads = [_cell(table.columns[i].head) for i in visible(table)]
    out.append(" & ".join([_cell(table.stub), *heads]) + r" \\")
    return out


def _row(table: Table, row: Row, columns: int) -> str:
    if row.section:
        return rf"\multicolumn{{{columns + 1}}}{{l}}{{\textbf{{{_cell(row_label(row))}}}}} \\"
    indent = r"\quad " * row.indent
    cells = [_cell(text) for text in shown_cells(table, row)]
    return " & ".join([indent + _cell(row_label(row)), *cells]) + r" \\"
