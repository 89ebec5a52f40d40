"""What the command line needs of an audit: files in, one text out, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ipseval.auditing.audit import audit
from ipseval.auditing.intake.draft import draft_published
from ipseval.core.errors import AuditError

FORMS = ("text", "md", "html")
REPORTS = (".txt", ".docx", ".html", ".htm")


def audit_text(files: Sequence[str | Path], *, lang: str = "da", form: str = "text") -> tuple[str, bool]:
    """Audit files of published numbers, or draft such a file from a report.

    Parameters
    ----------
    files
        One YAML file of published numbers and any further ones laid over it, or one report (.txt, .docx,
        .html), of which a draft of the YAML file is made.
    lang
        `da` or `en`.
    form
        `text`, `md` or `html`.

    Returns
    -------
    tuple
        The text to print or write, and whether there is no contradiction (a draft always holds).
    """
    if form not in FORMS:
        raise AuditError(f"form={form!r} is not offered: choose one of {', '.join(FORMS)}.")
    if lang not in ("da", "en"):
        raise AuditError(f"lang={lang!r} is not offered: choose 'da' or 'en'.")
    if not files:
        raise AuditError("audit: name a file of published numbers, or a report.")
    if len(files) == 1 and Path(files[0]).suffix.lower() in REPORTS:
        return draft_published(files[0], lang=lang).to_yaml(), True
    found = audit(files[0], *files[1:])
    shown = {"text": found.to_text, "md": found.to_markdown, "html": found.to_html}[form]
    return shown(lang), found.holds
