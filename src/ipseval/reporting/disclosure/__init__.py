"""Disclosure control: what may leave, what must be hidden, and proof that the rest tells nothing more."""
