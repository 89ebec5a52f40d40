"""Readers of registers: their layouts are files in `data_schemas/registers`, and files are streamed."""
