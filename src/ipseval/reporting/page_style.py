"""The style sheet of a page: readable on a phone, on paper and without colour."""

from __future__ import annotations

from ipseval.reporting import style
from ipseval.reporting.write_html import TABLE_CSS

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    (style.INK, style.PAPER),
    (style.MUTED, style.PAPER),
    (style.LINK, style.PAPER),
    (style.BANNER_INK, style.BANNER_FILL),
    (style.BANNER_INK, style.PAPER),
    (style.PAPER, style.LINK),
    (style.INK, style.NAV_FILL),
    (style.LINK, style.NAV_FILL),
)
"""Every pair of text and ground that the sheet uses; a test holds each to 4.5 : 1."""

_SHEET = f"""
*{{box-sizing:border-box}}
html{{font-size:100%;scroll-behavior:auto}}
body{{margin:0 auto;padding:1rem 1.25rem 3rem;max-width:62rem;background:{style.PAPER};color:{style.INK};
font-family:"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;line-height:1.5}}
h1{{font-size:1.9rem;line-height:1.2;margin:1rem 0}}
h2{{font-size:1.45rem;line-height:1.25;margin:2.6rem 0 .7rem;
border-bottom:2px solid {style.LINK};padding-bottom:.2rem}}
h3{{font-size:1.15rem;margin:1.8rem 0 .5rem}}
h4,h5,h6{{font-size:1rem;margin:1.4rem 0 .4rem}}
p{{max-width:44rem}}
a{{color:{style.LINK}}}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{{
outline:3px solid {style.BANNER_EDGE};outline-offset:2px}}
main:focus{{outline:none}}
.skip{{position:absolute;left:-100rem}}
.skip:focus{{position:static;display:inline-block;
padding:.5rem 1rem;background:{style.LINK};color:{style.PAPER}}}
.banner{{max-width:none;margin:.6rem 0;
padding:.45rem .8rem;background:{style.BANNER_FILL};color:{style.BANNER_INK};
border:1px solid {style.BANNER_EDGE};border-left-width:.4rem;font-weight:600}}
nav{{background:{style.NAV_FILL};padding:.8rem 1.2rem;margin:1.2rem 0}}
.nav-head{{font-weight:600;margin:0 0 .3rem}}
nav ul{{margin:.1rem 0;padding-left:1.2rem}}
nav li{{margin:.15rem 0}}
.scroll{{overflow-x:auto;max-width:100%;margin:1.6rem 0}}
.scroll .ips-table{{overflow:visible;margin:0;max-width:none}}
.figure{{margin:1.8rem 0;max-width:46rem}}
.figure img{{display:block;width:100%;height:auto;border:1px solid {style.GRID}}}
figcaption{{margin-bottom:.4rem;font-weight:600}}
.ips-banner{{display:block;font-weight:600;border-left:.3em solid {style.BANNER_EDGE};padding-left:.5em;
color:{style.BANNER_INK}}}
.note{{font-size:.85rem;color:{style.MUTED};margin:.2rem 0}}
details{{font-size:.9rem;margin-top:.4rem}}
summary{{cursor:pointer;color:{style.LINK}}}
footer{{margin-top:3rem;border-top:1px solid {style.RULE};font-size:.9rem;color:{style.MUTED}}}
@media (max-width:40rem){{
body{{padding:.6rem .7rem 2rem}}
h1{{font-size:1.5rem}}
h2{{font-size:1.25rem}}
}}
@media print{{
@page{{size:A4;margin:18mm 16mm}}
body{{max-width:none;padding:0;font-size:10pt}}
.skip,details{{display:none}}
nav a{{color:{style.INK};text-decoration:none}}
nav{{break-after:page}}
h1,h2,h3,h4{{break-after:avoid}}
.figure,tr,.banner{{break-inside:avoid}}
.figure{{max-width:none}}
.figure img{{border:none;max-width:16cm}}
.scroll,.ips-table{{overflow:visible}}
.scroll{{break-inside:avoid}}
.ips-table table{{font-size:8.5pt}}
thead{{display:table-header-group}}
caption{{break-after:avoid}}
.banner,.ips-banner{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
}}
"""

PAGE_CSS = f"{TABLE_CSS}\n{_SHEET.strip()}\n"
"""Tables first, so that the page can overrule them."""
