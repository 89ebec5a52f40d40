"""The command line: arguments, progress and exit codes; no statistics."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Evaluate IPS programmes from the command line."
)


@app.callback()
def main() -> None:
    """Evaluate IPS programmes from the command line."""
