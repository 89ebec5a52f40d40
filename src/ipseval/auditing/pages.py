"""Shows an audit as Markdown, as plain text and as one HTML page in Danish or English."""

from __future__ import annotations

from html import escape

from ipseval.auditing.findings import LEVELS, Audit, Finding
from ipseval.core.language import say

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "article{border-left:.3rem solid #555;padding:.2rem 1rem;margin:1rem 0}"
    "article.contradiction{border-color:#a40000}article.method{border-color:#8a5a00}"
    "p{margin:.3rem 0}code{white-space:pre-wrap}"
)


def _heading(audit: Audit, lang: str) -> str:
    return say("audit_title", lang, title=audit.title) if audit.title else say("audit_title_plain", lang)


def _summary(audit: Audit, lang: str) -> str:
    told = "; ".join(f"{say(f'audit_level_{level}', lang)}: {audit.count(level)}" for level in LEVELS)
    return f"{told}. {_checked(audit, lang)} {_rounding(audit, lang)}"


def _checked(audit: Audit, lang: str) -> str:
    told = say("audit_checked", lang, n=sum(audit.checked.values()))
    if not audit.numbers:
        return told
    return f"{told} {say('audit_not_looked_at', lang, n=audit.ignored, whole=audit.numbers)}"


def _rounding(audit: Audit, lang: str) -> str:
    names = ", ".join(say(f"audit_rounding_{name}", lang) for name in audit.conventions)
    return say("audit_surviving", lang, names=names) if names else say("audit_no_surviving", lang)


def _parts(finding: Finding, lang: str) -> list[tuple[str, str]]:
    parts = [
        (say("audit_arithmetic", lang), finding.sums(lang)),
        (say("audit_consistent", lang), finding.consistent(lang)),
    ]
    return [(name, text) for name, text in parts if text]


def markdown(audit: Audit, lang: str) -> str:
    """Return the audit as Markdown."""
    lines = [f"# {_heading(audit, lang)}", "", _summary(audit, lang), ""]
    for level in LEVELS:
        found = [f for f in audit.findings if f.level == level]
        if not found:
            continue
        lines += [
            f"## {say(f'audit_level_{level}', lang)} ({len(found)})",
            "",
            say(f"audit_about_{level}", lang),
            "",
        ]
        for finding in found:
            lines += [f"- **{_md(finding.where())}**: {_md(finding.text(lang))}"]
            lines += [f"  - {name}: {_md(text)}" for name, text in _parts(finding, lang)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _md(text: str) -> str:
    """Keep stars, underscores and tags of a report's words from becoming Markdown."""
    out = "".join("\\" + c if c in "*_`[]<>|\\" else c for c in text)
    return " ".join(out.split())


def plain(audit: Audit, lang: str) -> str:
    """Return the audit as a plain list."""
    lines = [_heading(audit, lang), _summary(audit, lang), ""]
    for finding in audit.findings:
        lines.append(f"[{say(f'audit_level_{finding.level}', lang)}] {finding.where()}: {finding.text(lang)}")
        lines += [f"    {name}: {text}" for name, text in _parts(finding, lang)]
    return "\n".join(lines).rstrip() + "\n"


def fragment(audit: Audit, lang: str) -> str:
    """Return the audit as HTML without the frame of a page."""
    parts = [f"<h1>{escape(_heading(audit, lang))}</h1><p>{escape(_summary(audit, lang))}</p>"]
    for level in LEVELS:
        found = [f for f in audit.findings if f.level == level]
        if found:
            name = escape(say(f"audit_level_{level}", lang))
            about = escape(say(f"audit_about_{level}", lang))
            parts.append(f"<section><h2>{name} ({len(found)})</h2><p>{about}</p>")
            parts.extend(_article(finding, lang) for finding in found)
            parts.append("</section>")
    return "\n".join(parts)


def _article(finding: Finding, lang: str) -> str:
    body = "".join(
        f"<p>{escape(name)}: <code>{escape(text)}</code></p>" for name, text in _parts(finding, lang)
    )
    return (
        f'<article class="{finding.level}"><h3>{escape(finding.where())}</h3>'
        f"<p>{escape(finding.text(lang))}</p>{body}</article>"
    )


def page(audit: Audit, lang: str) -> str:
    """Return the audit as one HTML page."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_heading(audit, lang))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{fragment(audit, lang)}\n</main>\n</body>\n</html>\n"
    )
