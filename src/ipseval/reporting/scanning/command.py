"""What the command line needs of a scan: paths in, one table out, and whether anything was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ipseval.core.checks import require_option
from ipseval.core.errors import DisclosureError
from ipseval.core.keys import read_key
from ipseval.core.language import LANGUAGES, say
from ipseval.reporting.scanning.known import load_known
from ipseval.reporting.scanning.rules import LEVELS
from ipseval.reporting.scanning.scan import Scan, scan
from ipseval.reporting.scanning.wording import advice, not_looked_at, place_words

_HEADS = ("scan_head_file", "scan_head_place", "scan_head_rule", "scan_head_level", "scan_head_count")


def scan_text(
    paths: Sequence[Path],
    *,
    known: Path | None = None,
    key: Path | None = None,
    least: str = "possible",
    profile: str = "dst-5",
    lang: str = "da",
) -> tuple[str, bool]:
    """Scan files and give the text to print, and whether they are clean."""
    require_option(lang, LANGUAGES, argument="language", error=DisclosureError)
    require_option(least, LEVELS, argument="least", error=DisclosureError)
    if (known is None) != (key is None):
        raise DisclosureError(
            "known= and key= go together: the digests can be read only with the key they were made with."
        )
    values = load_known(known, read_key(key)) if known is not None else None
    rules = None if profile == "none" else profile
    found = scan(list(paths), known=values, profile=rules).at_least(least)
    return shown(found, lang), found.clean


def shown(found: Scan, lang: str) -> str:
    """Lay out the findings, what could not be read, the sum, what to do, and what nobody looked at."""
    rows = [
        (
            f.file,
            f.where(lang),
            say(f"scan_rule_{f.rule}", lang),
            say(f"scan_level_{f.level}", lang),
            str(f.count),
        )
        for f in found.findings
    ]
    lines = _columns([tuple(say(h, lang) for h in _HEADS), *rows]) if rows else []
    lines += [
        say(
            "scan_unread", lang, file=u.file, place=place_words(u.place, lang), reason=say(u.reason, lang)
        ).replace("  ", " ")
        for u in found.unread
    ]
    sum_code = "scan_clean" if found.clean else "scan_sum"
    lines.append(
        say(sum_code, lang, files=found.n_files, findings=len(found.findings), unread=len(found.unread))
    )
    return "\n".join([*lines, *advice(found.findings, lang), *not_looked_at(found.pictures, lang)])


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    last = len(widths) - 1
    return [
        "  ".join(c.rjust(widths[k]) if k == last else c.ljust(widths[k]) for k, c in enumerate(row)).rstrip()
        for row in rows
    ]
