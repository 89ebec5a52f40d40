"""Invented registers with planted hazards and a known true effect: the test bed of the register readers."""

from __future__ import annotations

from ipseval.loading.synthetic_registers.write import write_registers

__all__ = ["write_registers"]
