"""Writes a questionnaire's answers as a real SPSS file and as a workbook in the layout of SurveyXact.

The workbook follows what public readers of that export expect (henrikmidtiby/SurveyExactDataImporter,
adviceas/adviceverse): a sheet `Labels` with variable, code and label and no header row, a sheet
`Variables` headed variableName and variableDescription, and a sheet `Dataset` headed by variable names.

Both formats carry the clock of their writing; what is the same on every run is their content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ipseval.core.errors import ReadError
from ipseval.core.private_files import fill_private
from ipseval.loading.codebook import Codebook, Variable

FORMATS = ("sav", "xlsx")


def write_sav(frame: pd.DataFrame, codebook: Codebook, path: Path, note: str, lang: str) -> None:
    """Write one SPSS file: labels, codes and user-missing codes of the codebook, and a note on the people."""
    import pyreadstat

    variables = {name: codebook[name] for name in frame.columns}
    dates = [name for name, v in variables.items() if v.type == "date"]
    plain = frame.copy()
    for name in dates:
        plain[name] = [None if pd.isna(d) else d.date() for d in frame[name]]
    for name, variable in variables.items():
        if variable.type in ("integer", "number"):
            plain[name] = frame[name].astype("float64")
    _replacing(
        path,
        lambda target: pyreadstat.write_sav(
            plain,
            str(target),
            file_label=note,
            note=[note],
            column_labels={n: _words(v.label, lang) for n, v in variables.items()},
            variable_value_labels={n: _code_words(v, lang) for n, v in variables.items() if v.values},
            missing_ranges={n: _missing(v) for n, v in variables.items() if _missing(v)},
            variable_measure={n: v.measure for n, v in variables.items()},
            variable_format={n: _format(frame[n]) for n in variables if n not in dates},
        ),
    )


def write_workbook(frame: pd.DataFrame, codebook: Codebook, path: Path, note: str, lang: str) -> None:
    """Write one workbook in the layout of SurveyXact's export."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = book.properties.description = note
    book.properties.creator = "ipseval"
    book.remove(book.worksheets[0])
    labels, names, data = (book.create_sheet(title) for title in ("Labels", "Variables", "Dataset"))
    names.append(["variableName", "variableDescription"])
    data.append(list(frame.columns))
    for name in frame.columns:
        names.append([name, _words(codebook[name].label, lang)])
        for code, words in _code_words(codebook[name], lang).items():
            labels.append([name, code, words])
    for row in frame.itertuples(index=False):
        data.append([_cell(value) for value in row])
    for cells in data.iter_cols(min_row=2):
        for cell in cells:
            if cell.is_date:
                cell.number_format = "yyyy-mm-dd"
    for sheet in book:
        for cell in (c for cells in sheet.iter_rows() for c in cells if c.data_type == "f"):
            cell.data_type = "s"  # a label that begins with = is words, not a formula
    _replacing(path, book.save)


def write_text(path: Path, text: str) -> None:
    """Write a small text file, UTF-8, whole or not at all."""
    _replacing(path, lambda target: target.write_text(text, encoding="utf-8", newline="\n"))


def _replacing(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the target first, for its owner only, so that a file is there whole or not at all."""
    try:
        fill_private(path, write)
    except OSError as problem:
        raise ReadError(
            f"{path.name} cannot be written ({problem.strerror}); choose a folder you may write in."
        ) from None


def _format(column: pd.Series[Any]) -> str:
    if not pd.api.types.is_numeric_dtype(column):
        return "A4"
    return "F8.1" if pd.api.types.is_float_dtype(column) else "F8.0"


def _words(text: Mapping[str, str], lang: str) -> str:
    return text.get(lang) or next(iter(text.values()), "")


def _missing(variable: Variable) -> list[Any]:
    """Give the user-missing codes; SPSS has none for dates, and the ids need none."""
    return [m.low for m in variable.missing] if variable.type in ("integer", "number") else []


def _code_words(variable: Variable, lang: str) -> dict[int | float, str]:
    words: dict[int | float, str] = {int(code): _words(text, lang) for code, text in variable.values.items()}
    for code in variable.missing:
        if isinstance(code.low, int | float):
            words.setdefault(int(code.low), code.label)
    return {code: text for code, text in words.items() if text}


def _cell(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value if isinstance(value, str) else int(value) if value == int(value) else float(value)
