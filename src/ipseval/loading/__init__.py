"""Reads files into data with their meaning: surveys, codebooks, schemas."""
