"""Two pages for the self-test of check_pages: one full of planted faults, one sound."""

from __future__ import annotations

PLANTED: tuple[str, ...] = (
    "console error: planted",
    "exception: Error: planted",
    "request: http://outside.invalid/picture.png",
    "request: http://outside.invalid/late",
    "no language",
    "2 headings of level 1",
    "heading order",
    "no alternative text",
    "no caption",
    "no scope",
    "the id 'twice' stands 2 times",
    "goes nowhere: #missing",
    "contrast",
    "scrolls sideways",
)
"""What the checks must say of the bad page, each somewhere in a fault."""

GOOD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sound</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:"></head>
<body><header><h1>Sound</h1></header><main><h2>Part</h2>
<figure><img alt="A dot"
  src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"></figure>
<table><caption>Numbers</caption>
<thead><tr><th scope="col">n</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>
</main></body></html>
"""


def bad_page() -> str:
    """Return a page with every planted fault."""
    return """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Faulty</title></head>
<body><main><h1 id="twice">One</h1><h1 id="twice">Two</h1><h4>Jump</h4>
<p style="color:#999;background-color:#fff">Pale</p><div style="width:900px">Wide</div>
<img src="http://outside.invalid/picture.png"><a href="#missing">Nowhere</a>
<table><tr><th>n</th></tr><tr><td>1</td></tr></table></main>
<script>
console.error("planted");
setTimeout(() => { fetch("http://outside.invalid/late").catch(() => {}); throw new Error("planted"); }, 50);
</script></body></html>
"""
