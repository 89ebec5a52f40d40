"""Why an answer is missing: the five reasons the house knows, in the order they are shown."""

from __future__ import annotations

REASONS: tuple[str, ...] = (
    "dont_know",
    "not_relevant",
    "not_asked",
    "not_answered",
    "system_missing",
)
"""`dont_know` and `not_relevant` are answers that were given; `not_asked` is skip logic;
`not_answered` was asked and left blank (or refused); `system_missing` is a blank whose reason the
file does not tell."""
