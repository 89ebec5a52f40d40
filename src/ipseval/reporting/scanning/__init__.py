"""Looks for personal data in what is about to leave: notebooks, pages, documents, pictures, logs."""
