"""A register file as a stream of batches, only the columns asked for: parquet, CSV, Stata, SAS, XPORT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from ipseval.core.errors import ReadError
from ipseval.core.labels import code_text
from ipseval.loading.registers.delimited import Delimited, look_at_text
from ipseval.loading.survey import Problem

BATCH = 131_072
FORMATS = {
    ".parquet": "parquet", ".csv": "csv", ".txt": "csv", ".dta": "dta", ".sas7bdat": "sas7bdat",
    ".xpt": "xpt",
}  # fmt: skip
NUMBER, TEXT = 8, 16
WIDTHS = {"csv": 2 * TEXT, "xpt": 24, "frame": 1}
"""Bytes of a value while it is read, where the file does not say: text and SAS transport files are parsed
into something larger than the column that it becomes, and a frame is in memory already."""
RECORD = 80
"""Bytes that a SAS transport file is a multiple of; the last ones are blanks."""


@dataclass(frozen=True)
class Source:
    """A file that can be streamed: its columns as the file names them, and its rows if the file says.

    `groups` are the rows of each row group of a parquet file, `widths` the bytes of a value by column where
    the file says them, `text` how delimited text is read, `problems` what its head and bytes tell.
    """

    path: Path
    format: str
    columns: tuple[str, ...]
    n_rows: int | None
    text: Delimited | None = None
    frame: pl.DataFrame | None = None
    groups: tuple[int, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def width(self, columns: Sequence[str]) -> int:
        """Give the most bytes that a value of these columns takes when it is read."""
        plain = WIDTHS.get(self.format, NUMBER)
        return max((self.widths.get(column, plain) for column in columns), default=plain)

    def batches(self, columns: Sequence[str], rows: int = BATCH) -> Iterator[pl.DataFrame]:
        """Give the named columns in pieces of at most `rows` rows, in the order of the file; one at least."""
        streams = {
            "parquet": _parquet,
            "csv": _csv,
            "dta": _stat,
            "sas7bdat": _sas,
            "xpt": _stat,
            "frame": _frame,
        }
        nothing = True
        try:
            for piece in streams[self.format](self, list(columns), rows):
                nothing = False
                yield piece
            if nothing:
                yield pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        except (OSError, pl.exceptions.PolarsError) as problem:
            raise _unreadable(self.path, problem) from None


def open_source(path: str | Path) -> Source:
    """Look at a file's head: format, columns and number of rows."""
    path = Path(path)
    kind = FORMATS.get(path.suffix.casefold())
    if path.is_dir():
        raise ReadError(
            f"{path.name} is a folder, and one file is needed; put yearly files together first (for DREAM: "
            "read them with pandas as text, merge them on the id with how='outer', and give the frame)."
        )
    if kind is None:
        raise ReadError(
            f"{path.name} is not a register file that can be read: give {', '.join(sorted(FORMATS))}."
        )
    if not path.is_file():
        raise ReadError(f"{path.name} is not there; check the folder and the name.")
    heads = {
        "parquet": _parquet_head, "csv": _csv_head, "dta": _stat_head, "sas7bdat": _stat_head,
        "xpt": _xpt_head,
    }  # fmt: skip
    try:
        return heads[kind](path, kind)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> ReadError:
    kind = path.suffix.casefold().lstrip(".")
    return ReadError(
        f"{path.name} cannot be read as {kind} ({type(problem).__name__}): the file is damaged, cut short or "
        "another format; copy it again and compare its size with the original."
    )


def from_frame(frame: Any) -> Source:
    """Take a pandas or polars frame, or an Arrow table, as a source."""
    if isinstance(frame, pl.DataFrame):
        plain = frame
    elif hasattr(frame, "to_batches"):
        plain = pl.DataFrame(frame)
    else:
        plain = _as_polars(frame)
    return Source(Path("frame"), "frame", tuple(plain.columns), len(plain), frame=plain)


def _frame(source: Source, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    assert source.frame is not None  # a source of this format always has one
    for start in range(0, len(source.frame), rows):
        yield source.frame.select(columns).slice(start, rows)


def _parquet_head(path: Path, kind: str) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            sizes = tuple(about.row_group(i).num_rows for i in range(about.num_row_groups))
            schema = file.schema_arrow
            widths = {f.name: _width(f.type) for f in schema}
            return Source(path, kind, tuple(schema.names), about.num_rows, groups=sizes, widths=widths)
    except pa.ArrowException as problem:
        raise _unreadable(path, problem) from None


def _width(kind: Any) -> int:
    try:
        return max(int(kind.bit_width) // 8, 1)
    except ValueError:  # texts and the like have no width of their own
        return TEXT


def _parquet(source: Source, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    """Decode the next piece while the caller works on this one; so at most two are in memory."""
    scan = pl.scan_parquet(source.path).select(columns)
    pieces = [scan.slice(start, n) for start, n in _pieces(source.groups, rows)]
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming = ahead.submit(pieces[0].collect) if pieces else None
        for following in [*pieces[1:], None]:
            if coming is None:
                return
            ready = coming.result()
            coming = None if following is None else ahead.submit(following.collect)
            yield ready


def _pieces(groups: Sequence[int], rows: int) -> Iterator[tuple[int, int]]:
    """Join row groups to pieces of about `rows` rows, so that no group is decoded twice."""
    start = held = 0
    for size in groups:
        if held and held + size > rows:
            yield start, held
            start, held = start + held, 0
        held += size
        while held > 2 * rows:
            yield start, rows
            start, held = start + rows, held - rows
    if held:
        yield start, held


def _csv_head(path: Path, kind: str) -> Source:
    text = look_at_text(path)
    return Source(path, kind, text.names, None, text=text, problems=text.problems)


def _csv(source: Source, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    assert source.text is not None  # a source of this format always has it
    return source.text.pieces(columns, rows)


def _stat_head(path: Path, kind: str) -> Source:
    import pyreadstat

    try:
        _, meta = _reader(kind)(path, metadataonly=True)
    except pyreadstat.ReadstatError as problem:
        raise _unreadable(path, problem) from None
    return Source(path, kind, tuple(meta.column_names), meta.number_rows)


def _xpt_head(path: Path, kind: str) -> Source:
    """Look at a SAS transport file, which does not say how many rows it has: only its end can be judged.

    One that is cut exactly between two rows cannot be told from a whole one.
    """
    head = _stat_head(path, kind)
    width = sum(_reader(kind)(path, metadataonly=True)[1].variable_storage_width.values())
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(min(size, 2_000_000)).find(b"HEADER RECORD*******OBS")
        over = (size - begin - RECORD) % width if begin >= 0 and width else 0
        file.seek(size - over)
        rest = file.read()
    if begin < 0 or size % RECORD or rest.strip(b" "):
        raise ReadError(f"{path.name} ends in the middle of a row: it is cut short; copy it again.")
    return head


def _reader(kind: str) -> Any:
    import pyreadstat

    readers = {"dta": pyreadstat.read_dta, "sas7bdat": pyreadstat.read_sas7bdat, "xpt": pyreadstat.read_xport}
    return readers[kind]


def _stat(source: Source, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    """Read a row-wise file from beginning to end in chunks; a shortened file never passes for a whole one."""
    import pyreadstat

    seen = 0
    try:
        chunks = pyreadstat.read_file_in_chunks(
            _reader(source.format), source.path, chunksize=rows, usecols=columns
        )
        for chunk, _ in chunks:
            seen += len(chunk)
            yield _as_polars(chunk[columns])
    except pyreadstat.ReadstatError as problem:
        raise _unreadable(source.path, problem) from None
    _require_whole(source, seen)


def _sas(source: Source, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    """Read SAS by polars-readstat where it is installed; pyreadstat, several times as slow, is the reference.

    The fast reader gives a shortened file as a file of fewer rows, without a word: the header's count, read
    by pyreadstat, is what it is held against.
    """
    if find_spec("polars_readstat") is None:
        yield from _stat(source, columns, rows)
        return
    from polars_readstat import scan_readstat

    seen = 0
    try:
        scan = scan_readstat(str(source.path), preserve_order=True).select(columns)
        for piece in scan.collect_batches(chunk_size=rows, maintain_order=True):
            seen += len(piece)
            yield piece
    except RuntimeError as problem:
        raise _unreadable(source.path, problem) from None
    _require_whole(source, seen)


def _require_whole(source: Source, seen: int) -> None:
    if source.n_rows is not None and seen != source.n_rows:
        raise ReadError(
            f"{source.path.name} says it holds {source.n_rows} rows and gave {seen}: it is cut short; "
            "copy it again."
        )


def _as_polars(chunk: Any) -> pl.DataFrame:
    return pl.DataFrame([_series(str(name), chunk[name]) for name in chunk.columns])


def _series(name: str, column: Any) -> pl.Series:
    """Take a pandas column; one of mixed types becomes text, whole numbers without decimals."""
    if column.dtype == object:
        texts = [code_text(v) if known else None for v, known in zip(column, column.notna(), strict=True)]
        return pl.Series(name, texts, dtype=pl.String)
    return pl.Series(name, pl.from_pandas(column))
