"""What a reader needs of a regression and does not get: n, events, estimates, marks with one meaning.

Proof: counting only.  With n people and k predictors there are at most n / 2 of the rarer outcome, so at most
n / (2 k) events for each predictor.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Published
from ipseval.auditing.rules.common import find


def model_told(published: Published) -> Iterator[Finding]:
    """Tell what every regression leaves out."""
    for model in published.models:
        ratios = [r for r in published.ratios if r.model == model.id]
        n, k = model.n or model.n_most, len(ratios)
        if model.n is None or model.events is None:
            missing = "audit_model_no_n" if model.n is None else "audit_model_no_events"
            code = "audit_model_no_n_events" if model.n is None and model.events is None else missing
            yield find(model, NOTE, "model", code)
        if n and k and n / (2 * k) < 10:
            yield find(
                model,
                NOTE,
                "model",
                "audit_model_many",
                n=n,
                k=k,
                events=n // 2,
                per=f"{n / (2 * k):.1f}",
                arithmetic=f"{n}/(2 x {k}) = {n / (2 * k):.1f}",
            )
        hidden = [r for r in ratios if r.hidden]
        if hidden:
            yield find(model, NOTE, "model", "audit_model_hidden", hidden=len(hidden), k=k)
        if ratios and not any(r.p or r.p_below for r in ratios if not r.hidden):
            yield find(model, NOTE, "model", "audit_model_no_p")
        if model.footnotes:
            yield find(model, NOTE, "model", "audit_model_footnotes")
