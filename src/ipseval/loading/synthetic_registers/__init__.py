"""Invented registers with planted hazards and a known true effect, and twins from layouts alone."""

from __future__ import annotations

from ipseval.loading.synthetic_registers.twin import write_twin
from ipseval.loading.synthetic_registers.write import write_registers

__all__ = ["write_registers", "write_twin"]
