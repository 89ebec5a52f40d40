"""Gives parameters that share a line of a docstring each its own type and default."""

from __future__ import annotations

from typing import Any

import griffe


class OwnDefaults(griffe.Extension):
    """Read type and default of every documented parameter from the signature, not from its neighbour."""

    def on_function(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """Mend the parameters of one function's docstring."""
        if func.docstring is None:
            return
        for section in func.docstring.parsed:
            if section.kind is not griffe.DocstringSectionKind.parameters:
                continue
            for told in section.value:
                if told.name in func.parameters:
                    real = func.parameters[told.name]
                    told.annotation, told.value = real.annotation, real.default
