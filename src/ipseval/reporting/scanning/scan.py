"""Scans files for personal data: where, by which rule and how often; never what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from ipseval.core.errors import DisclosureError
from ipseval.reporting.disclosure.profiles import load_profile
from ipseval.reporting.scanning.dumps import printed_tables, rows_of_persons, tables_by_head
from ipseval.reporting.scanning.known import KnownValues
from ipseval.reporting.scanning.pieces import PICTURE, Budget, Found, Grid, Piece, Place, Trouble
from ipseval.reporting.scanning.rules import LEVELS, hits
from ipseval.reporting.scanning.small_counts import small_in_grid, small_in_text
from ipseval.reporting.scanning.sources import read_source
from ipseval.reporting.scanning.wording import advice, line_words, not_looked_at, place_words

if TYPE_CHECKING:
    import pandas as pd

SKIPPED = frozenset(
    (".git", ".venv", "__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".pytest_cache")
)
"""Folders that are passed over where a folder is scanned whole."""
BY_NATURE = {"data_file": "likely", "pivot_cache": "likely", "author": "likely", "many_marks": "possible"}
"""Troubles that are findings by their nature, and their level."""
SHOWN_LINES = 10
PRINTED = (".log", ".txt", ".out", ".lst", ".html", ".htm")
"""Files whose text is printed results, in which small counts are looked for as in a notebook's outputs."""


@dataclass(frozen=True)
class Finding:
    """One rule in one part of one file: `count` hits.

    `lines` are the first ten lines with one; `more` hits stand on later lines.
    """

    file: str
    place: Place
    rule: str
    level: str
    count: int
    lines: tuple[int, ...] = ()
    more: int = 0

    def where(self, lang: str) -> str:
        """Word the place, with the lines."""
        steps = [place_words(self.place, lang), line_words(self.lines, self.more, lang)]
        return ", ".join(step for step in steps if step)


@dataclass(frozen=True)
class Unread:
    """A file, or a part of one, that could not be read and that a person must look at."""

    file: str
    place: Place
    reason: str


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    `clean` is True only where nothing was found and everything could be read.  `pictures` are the file and
    place of every PNG and JPEG: what they show only a person can see, so they change nothing in `clean`.
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    n_files: int
    pictures: tuple[tuple[str, Place], ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing found, and nothing left unread."""
        return not self.findings and not self.unread

    def __repr__(self) -> str:
        """Give the counts."""
        return f"<Scan: {self.n_files} files, {len(self.findings)} findings, {len(self.unread)} unread>"

    def counts(self) -> pd.DataFrame:
        """Give one row per rule and level: in how many files and how often, without naming a file."""
        import pandas as pd

        rows = self.table()
        kept = ["rule", "level"]
        found = rows.groupby(kept, sort=True).agg(files=("file", "nunique"), hits=("count", "sum"))
        return found.reset_index() if len(rows) else pd.DataFrame(columns=[*kept, "files", "hits"])

    def _repr_html_(self) -> str:
        """Show the counts in a notebook and what to do; where they were found is in `table()`."""
        said = f"<p><code>{escape(repr(self))}</code></p>"
        counts = "" if self.clean else self.counts().to_html(index=False, border=0)
        told = [*advice(self.findings, "en"), *not_looked_at(self.pictures, "en")]
        return said + counts + "".join(f"<p>{escape(line)}</p>" for line in told)

    def at_least(self, level: str) -> Scan:
        """Keep the findings of a level ("possible", "likely", "sure") and above."""
        if level not in LEVELS:
            raise DisclosureError(f"level={level!r} is not offered: choose one of {', '.join(LEVELS)}.")
        kept = tuple(f for f in self.findings if LEVELS.index(f.level) >= LEVELS.index(level))
        return Scan(kept, self.unread, self.n_files, self.pictures)

    def table(self, lang: str = "en") -> pd.DataFrame:
        """Give one row per finding and per part that could not be read: file, place, rule, level, count."""
        import pandas as pd

        rows = [[f.file, f.where(lang), f.rule, f.level, f.count] for f in self.findings]
        rows += [[u.file, place_words(u.place, lang), u.reason, "unread", 1] for u in self.unread]
        return pd.DataFrame(rows, columns=["file", "place", "rule", "level", "count"])


def scan(
    paths: str | Path | Iterable[str | Path],
    known: KnownValues | None = None,
    *,
    profile: str | Path | None = "dst-5",
) -> Scan:
    """Look for personal data in files about to leave: notebooks, pages, documents, workbooks, pictures, logs.

    Parameters
    ----------
    paths
        Files and folders; folders are scanned whole, but for caches and version control.
    known
        Digests of your own identifiers (`ips.known_values`), to find every exact copy of one.
    profile
        Whose number of persons a count must reach: a profile of `ips.release`, or your own .yaml file; None
        leaves counts alone.

    Returns
    -------
    Scan
        `findings` with file, place, rule, level and count, never a value; `unread` lists what could not be
        read.  `clean` says whether there is neither.

    Raises
    ------
    DisclosureError
        When a path or a profile is not there.

    Notes
    -----
    Rules: CPR (date by the century rule; a hyphen and a check digit that holds make it surer), masked CPR,
    12-digit PNR, e-mail, Danish telephone numbers, CVR, IBAN, paths of servers and users, identifiers
    pasted into code, tables with a row per person (by a key, or by columns of names and dates of birth),
    authors in the properties of documents, figures with many marks, files that hold rows by their nature, and
    counts below the profile's persons in printed tables (value_counts, crosstabs, group sizes, describe).
    Notebooks are read with their sources, outputs and metadata; packages part by part.  Names of people in
    running text are found only where they are among the known values.  What shown numbers tell of a small
    cell together, and what pictures show, is not looked at.

    Checked against
    ---------------
    tests/scanning and tests/canary; recall and false alarms in docs/measured/scanning.md.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    if not listed:
        raise DisclosureError("paths= is empty: name the files or folders to scan.")
    least = load_profile(profile).persons if profile is not None else 0
    findings: list[Finding] = []
    unread: list[Unread] = []
    pictures: list[tuple[str, Place]] = []
    files = list(_files(listed))
    for path in files:
        gathered = _Gathered(shown_name(path), least)
        try:
            with path.open("rb") as stream:
                gathered.take(read_source(stream, path.name, (), Budget()), known)
        except OSError:
            gathered.unread.append(Unread(gathered.file, (), "scan_not_opened"))
        gathered.take(iter([Piece((("name", 0),), path.name)]), known)
        findings += gathered.findings()
        unread += gathered.unread
        pictures += gathered.pictures
    return Scan(tuple(findings), tuple(unread), len(files), tuple(pictures))


def scan_stream(stream: BinaryIO, name: str, known: KnownValues | None = None) -> Scan:
    """Scan one file held in memory (a package about to be written)."""
    gathered = _Gathered(name)
    gathered.take(read_source(stream, name, (), Budget()), known)
    return Scan(tuple(gathered.findings()), tuple(gathered.unread), 1, tuple(gathered.pictures))


@dataclass
class _Tally:
    """Hits of one rule in one part: how many, on which first lines, and how many later."""

    count: int = 0
    more: int = 0
    lines: set[int] = field(default_factory=set)

    def add(self, line: int, n: int) -> None:
        self.count += n
        if line in self.lines or not line:
            return
        if len(self.lines) < SHOWN_LINES:
            self.lines.add(line)
        else:
            self.more += 1


class _Gathered:
    """Hits of one file, counted by place and rule."""

    def __init__(self, file: str, least: int = 0) -> None:
        self.file = file
        self.least = least
        self.printed = PurePath(file).suffix.lower() in PRINTED
        self.code = ""
        self.tallies: dict[tuple[Place, str, str], _Tally] = {}
        self.unread: list[Unread] = []
        self.pictures: list[tuple[str, Place]] = []

    def take(self, found: Iterator[Found], known: KnownValues | None) -> None:
        for one in found:
            if isinstance(one, Trouble):
                self._trouble(one)
            elif isinstance(one, Grid):
                self._grid(one)
            else:
                self._piece(one, known)

    def _trouble(self, trouble: Trouble) -> None:
        if trouble.code in BY_NATURE:
            self._count(trouble.place, 0, trouble.code, BY_NATURE[trouble.code], trouble.n)
        elif trouble.code == PICTURE:
            self.pictures.append((self.file, trouble.place))
        else:
            self.unread.append(Unread(self.file, trouble.place, trouble.code))

    def _grid(self, grid: Grid) -> None:
        judged = rows_of_persons(grid)
        if judged is not None:
            self._count(grid.place, 0, "rows_of_persons", *judged)
        elif n := small_in_grid(grid, self.least, self.code):
            self._count(grid.place, 0, "small_count", "likely", n)

    def _piece(self, piece: Piece, known: KnownValues | None) -> None:
        spans = [(hit.start, hit.rule, hit.level) for hit in hits(piece.text)]
        if known is not None:
            spans += [(start, "known_value", "sure") for start, _ in known.spans(piece.text)]
        at = line = 0
        for start, rule, level in sorted(spans):
            line += piece.text.count("\n", at, start)
            at = start
            self._count(piece.place, piece.line and piece.line + line, rule, level, 1)
        if piece.place[-1:] == (("source", 0),):
            self.code = piece.text[:10_000]
        if piece.line and piece.tables:
            self._tables(piece)

    def _tables(self, piece: Piece) -> None:
        """Look for printed frames by their columns, and where there are none by their head."""
        for find in (printed_tables, tables_by_head):
            judged = [(line, rows_of_persons(grid)) for line, grid in find(piece.text)]
            told = [(line, verdict) for line, verdict in judged if verdict is not None]
            for line, (level, n) in told:
                self._count(piece.place, piece.line + line, "rows_of_persons", level, n)
            if told:
                return
        if self.least and (self.printed or "output" in dict(piece.place)):
            for line, n, level in small_in_text(piece.text, self.least, self.code):
                self._count(piece.place, piece.line + line, "small_count", level, n)

    def _count(self, place: Place, line: int, rule: str, level: str, n: int) -> None:
        self.tallies.setdefault((place, rule, level), _Tally()).add(line, n)

    def findings(self) -> list[Finding]:
        """Give one finding per part, rule and level."""
        return [
            Finding(self.file, place, rule, level, t.count, tuple(sorted(t.lines)), t.more)
            for (place, rule, level), t in self.tallies.items()
        ]


def _files(paths: Sequence[str | Path]) -> Iterator[Path]:
    """List files, each once; links are followed for what is named and not for what is inside a folder."""
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise DisclosureError(f"{shown_name(path)!r} is not there; check the path.")
        inside = (
            sorted(p for p in path.rglob("*") if not SKIPPED & set(p.relative_to(path).parts))
            if path.is_dir()
            else [path]
        )
        for file in inside:
            if file.is_file() and not (path.is_dir() and file.is_symlink()) and file not in seen:
                seen.add(file)
                yield file


def shown_name(path: Path) -> str:
    """Write a file's name with anything that a rule hits put out of sight."""
    text = path.as_posix()
    for hit in sorted(hits(text), key=lambda h: h.start, reverse=True):
        if hit.rule not in ("server_path", "user_path"):
            text = text[: hit.start] + "***" + text[hit.end :]
    return text
